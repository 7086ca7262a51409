#pragma once

#include "client/connection/crossing.hpp"
#include "client/connection/submission.hpp"
#include "client/connection/work.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace cocql::client {

/// One request of a coroutine that is on another executor than the connection. Its answer is read
/// on the connection's, where the frame is, and brought back.
template <class Work>
class crossing_request final : public crossing {
  public:
    using answer = typename Work::answer;

    crossing_request(const std::shared_ptr<implementation>& impl, Work&& work)
        : crossing(std::shared_ptr<home>(impl, &impl->where_it_lives())),
          impl_(*impl),
          work_(std::move(work)),
          message_(message_of(*impl, work_)),
          submission_(*this) {}

    /// After it is over.
    answer take() {
        if (thrown_)
            std::rethrow_exception(thrown_);
        if (failure_)
            throw *failure_;
        return std::move(given_);
    }

  private:
    class request final : public submission {
      public:
        explicit request(crossing_request& owner) noexcept
            : submission(owner.impl_), whole_(owner) {}
        ~request() override { put_away(); }
        void begin() {
            say(whole_.message_, whole_.work_.options());
            submit();
        }
        using submission::give_up;
        /// Or it was refused before it set out.
        bool is_of_session() const noexcept override { return true; }

      private:
        void response_received(wire::frame& frame) override { whole_.answered(frame); }
        void error_received(wire::frame& frame) override {
            if (!goes_on_after(frame))
                whole_.answered(frame);
        }
        void request_failed(error failure) override {
            stop_waiting(failure);
            whole_.failed(std::move(failure));
        }
        void forgotten(request_outcome last) noexcept override {
            stop_waiting();
            whole_.known_ = known(last);
            whole_.lose();
        }
        preparations::statement statement_of(std::span<const std::byte> id) override {
            return prepared_in(whole_.work_, id);
        }
        void take_renewed(const preparations::statement& statement) override {
            put_renewed(whole_.work_, statement);
        }

        crossing_request& whole_;
    };

    void arrive() override {
        // Written here: what it borrows has come along.
        if (const auto refused = work_.write(message_, impl_))
            return failed(about(*refused, impl_, message_, request_outcome::not_sent));
        submission_.begin();
    }
    void cancel(boost::asio::cancellation_type) override { failed(submission_.give_up()); }
    void be_lost() override {
        failure_ =
            about(error(errc::connection_closed, "the io_context of the connection was destroyed"),
                  impl_, message_, known_);
    }
    void answered(wire::frame& frame) {
        try {
            read(frame);
        } catch (...) {
            thrown_ = std::current_exception();
        }
        come_back();
    }
    void read(wire::frame& frame) {
        if constexpr (requires { work_.read_usual(frame); })
            if (const auto* const usual = work_.read_usual(frame)) [[likely]] {
                given_ = answer({usual, false});
                return;
            }
        auto read = work_.read(message_, impl_, frame);
        if (read)
            given_ = std::move(*read);
        else
            failure_ = about(read.error(), impl_, message_, request_outcome::maybe_executed);
    }
    void failed(error failure) {
        failure_ = std::move(failure);
        come_back();
    }

    implementation& impl_; ///< which crossing keeps
    Work work_;
    typename Work::request message_;
    request submission_;
    request_outcome known_ = request_outcome::not_sent; ///< where it is lost
    std::exception_ptr thrown_;
    std::optional<error> failure_;
    answer given_{};
};

} // namespace cocql::client
