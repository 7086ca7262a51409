#pragma once

#include "client/connection/executing.hpp"
#include "client/connection/implementation.hpp"
#include "client/connection/submission.hpp"
#include "client/connection/throw_from.hpp"
#include "client/connection/work.hpp"

#include <cocql/error.hpp>
#include <cocql/page.hpp>
#include <cocql/page_handler.hpp>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace cocql::client {

/// Has somebody hear of a failure from the executor's queue.
void post_failure(const boost::asio::any_io_executor& executor, detail::page_handler&& who,
                  error why);

/// The execution of a bound statement on one connection, for a coroutine that is on the
/// connection's executor, with no coroutine of its own: it lies in the block of its statement and
/// keeps itself while it is under way. The one who waits is resumed inline by the reader.
///
/// Asio cancellation of any type ends the wait; the answer that is still owed then belongs to an
/// orphan.
///
/// Side is whom it is done for, a connection of the application's own or a session:
/// - submitted() gives the moment, where it wants to know that;
/// - answered() is told of every answer that has come;
/// - has_failed() of why there is none, or not a good one, and whether there is;
/// - goes_on_after() of every answer that is not the usual one.
/// Of these two, true is that the side has taken it on, by give_up_to_side().
template <class Side>
class page_request final : public submission {
  public:
    /// On the connection's executor.
    [[gnu::always_inline]] static void begin(std::shared_ptr<implementation> impl, executing&& work,
                                             Side&& side, std::uint8_t version_block,
                                             detail::page_handler&& who) {
        static_assert(sizeof(page_request) <= detail::binding::room_size);
        auto* const made = ::new (work.room())
            page_request(std::move(impl), std::move(work), std::move(side), std::move(who));
        made->message_.put_version_block(version_block);
        made->set_out();
    }

    // For the side, while it is asked:

    implementation& where() noexcept { return owner_; }
    const executing& work() const noexcept { return work_; }
    /// Whether who waits was cancelled, which may have been while the end was on its way.
    bool is_cancelled() const noexcept {
        return who_.get_cancellation_state().cancelled() != boost::asio::cancellation_type::none;
    }

    /// What is left where the side takes it on.
    struct rest {
        executing work;
        Side side;
        detail::page_handler who;
    };
    /// Destroys it.
    rest give_up_to_side() noexcept {
        leave_slot();
        rest left{std::move(work_), std::move(side_), std::move(who_)};
        this->~page_request();
        return left;
    }

  private:
    page_request(std::shared_ptr<implementation>&& impl, executing&& work, Side&& side,
                 detail::page_handler&& who)
        : submission(*impl),
          impl_(std::move(impl)),
          work_(std::move(work)),
          message_(work_.make_message(owner_)),
          side_(std::move(side)),
          who_(std::move(who)) {}
    ~page_request() override {
        if (has_renewed()) [[unlikely]]
            put_away();
    }

    /// An end that is on its way through the executor's queue; dropped with that, it takes the
    /// coroutine along.
    class ending {
      public:
        explicit ending(page_request& whose) noexcept : whose_(&whose) {}
        ending(ending&& other) noexcept : whose_(std::exchange(other.whose_, nullptr)) {}
        ending& operator=(ending&&) = delete;
        ~ending() {
            if (whose_ != nullptr)
                whose_->drop();
        }
        void operator()() { std::exchange(whose_, nullptr)->end_from_queue(); }

      private:
        page_request* whose_;
    };

    /// Lies in the slot, which may go before the request, and stays there when that is dropped:
    /// what goes with an io_context may cancel what has gone before it.
    class listener {
      public:
        explicit listener(page_request& whose) noexcept : whose_(&whose) { whose.listener_ = this; }
        listener(const listener&) = delete;
        listener& operator=(const listener&) = delete;
        ~listener() {
            if (whose_ != nullptr)
                whose_->listener_ = nullptr;
        }
        void forget() noexcept { whose_ = nullptr; }
        void operator()(boost::asio::cancellation_type) {
            if (whose_ != nullptr)
                whose_->cancel();
        }

      private:
        page_request* whose_;
    };

    [[gnu::always_inline]] void set_out() {
        if (const auto* const refused = work_.write(message_, owner_)) [[unlikely]]
            return end_later(about(*refused, owner_, message_, request_outcome::not_sent));
        if (work_.options() != nullptr) [[unlikely]] {
            if (!take_options())
                return;
        } else {
            say(message_, nullptr);
        }
        // Only after it: it is not to be resumed while it is being suspended.
        if (const auto now = side_.submitted(owner_))
            submit_at(*now);
        else
            submit();
        begun_ = true;
        if (failure_) [[unlikely]]
            return end_later(*failure_);
        const auto slot = who_.get_cancellation_slot();
        if (slot.is_connected()) [[unlikely]]
            listen_to_slot();
    }
    /// False where they are none for this.
    [[gnu::noinline]] bool take_options() {
        try {
            say(message_, work_.options());
            return true;
        } catch (const error& why) {
            end_later(why);
            return false;
        }
    }
    [[gnu::noinline]] void end_later(error why) {
        failure_ = std::move(why);
        boost::asio::post(owner_.executor(), ending(*this));
    }
    void end_from_queue() {
        auto why = std::move(*failure_);
        if (begun_ && side_.has_failed(*this, why, false))
            return;
        auto thrown = std::make_exception_ptr(std::move(why));
        leave_slot();
        auto who = std::move(who_);
        destroy();
        who(std::move(thrown), page());
    }

    void response_received(wire::frame& frame) override {
        side_.answered(owner_);
        if (const auto* const usual = work_.read_usual(frame)) [[likely]]
            return end(nullptr, page({usual, false}));
        answered_otherwise(frame);
    }
    void error_received(wire::frame& frame) override {
        if (!goes_on_after(frame))
            response_received(frame);
    }
    [[gnu::noinline]] void answered_otherwise(wire::frame& frame) {
        try {
            auto answer = work_.read(message_, owner_, frame);
            if (!answer) {
                const auto why =
                    about(answer.error(), owner_, message_, request_outcome::maybe_executed);
                if (!side_.has_failed(*this, why, true))
                    end(std::make_exception_ptr(why), page());
            } else if (!side_.goes_on_after(*this, *answer)) {
                end(nullptr, std::move(*answer));
            }
        } catch (...) {
            end(std::current_exception(), page());
        }
    }
    void request_failed(error failure) override {
        stop_waiting(failure);
        if (!begun_)
            failure_ = std::move(failure);
        else if (!side_.has_failed(*this, failure, false))
            end(std::make_exception_ptr(std::move(failure)), page());
    }
    void forgotten(request_outcome) noexcept override {
        stop_waiting();
        drop();
    }
    bool is_of_session() const noexcept override { return Side::is_of_session; }
    preparations::statement statement_of(std::span<const std::byte> id) override {
        return work_.prepared(id);
    }
    void take_renewed(const preparations::statement& statement) override { work_.renew(statement); }

    /// Here and now. What the handler throws leaves from the executor's queue: the caller, who may
    /// be in the middle of anything, is not to know of it; and keeps the connection meanwhile.
    [[gnu::always_inline]] void end(std::exception_ptr thrown, page&& given) noexcept {
        if (listener_ != nullptr) [[unlikely]]
            leave_slot();
        const auto& executor = owner_.executor();
        auto who = std::move(who_);
        destroy(); // first of all: the next request takes its room
        try {
            who(std::move(thrown), std::move(given));
        } catch (...) {
            throw_from(executor, std::current_exception());
        }
    }
    /// Nobody is to hear of it any more. What the slot belongs to may be gone.
    [[gnu::noinline]] void drop() noexcept {
        if (listener_ != nullptr)
            listener_->forget();
        const auto who = std::move(who_);
        destroy();
    }
    [[gnu::always_inline]] void destroy() noexcept {
        const auto room = std::move(work_); // whose end is that of the memory as well
        this->~page_request();
    }

    [[gnu::noinline]] void listen_to_slot() {
        who_.get_cancellation_slot().template emplace<listener>(*this);
    }
    [[gnu::noinline]] void leave_slot() noexcept {
        if (listener_ != nullptr)
            who_.get_cancellation_slot().clear();
    }
    void cancel() {
        if (failure_)
            return;           // its end is on its way
        end_later(give_up()); // not inline: we are inside the caller's cancellation signal
    }

    std::shared_ptr<implementation> impl_;
    executing work_;
    message::bound_execute message_;
    [[no_unique_address]] Side side_;
    detail::page_handler who_;
    std::optional<error> failure_; ///< before it has begun, or while its end is on its way
    listener* listener_ = nullptr; ///< null where nobody is to cancel it
    bool begun_ = false;
};

} // namespace cocql::client
