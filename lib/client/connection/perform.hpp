#pragma once

#include "client/connection/attempt_record.hpp"
#include "client/connection/crossing_request.hpp"
#include "client/connection/request_operation.hpp"
#include "client/connection/work.hpp"
#include "core/base/recycling.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace cocql::client {

/// What an operation of an empty or moved-from connection fails with.
error no_connection();
template <class T>
boost::asio::awaitable<T> fail_without_connection() {
    throw no_connection();
    co_return T();
}
/// The connection's own io_context is gone.
error context_gone();
/// An io_context that was made for one thread is run by several at the same time.
error several_threads();

/// Whom it does not matter to that an attempt fails.
struct nobody {
    void attempt_failed(implementation&, request_operation&, no_record,
                        const error&) const noexcept {}
};

/// One request: lives in the coroutine that awaits it, and is written into it; but what is not
/// usual is in functions of its own, so that the coroutine, which is entered several times, need
/// not keep much in registers.
///
/// Record is what is noted of it: no_record, or attempt_record where things are counted.
template <class Work, class Record = no_record>
class request_of final : public request_operation {
    using answer_type = typename Work::answer;
    using message_type = typename Work::request;

  public:
    [[gnu::always_inline]] request_of(const std::shared_ptr<implementation>& impl, Work& work)
        : request_operation(*impl), work_(work), message_(message_of(*impl, work)) {
        say(written(), work.options());
    }

    [[no_unique_address]] Record record;
    /// After it, where there is an answer and things are counted: how long it took.
    base::duration took() const noexcept { return owner_.protocol()->received_at() - record.begun; }

    /// Before it begins: what it says of the version that its tablet is known by, where it says
    /// such a thing.
    void put_version_block(std::uint8_t block) noexcept {
        if constexpr (requires { message_.put_version_block(block); })
            message_.put_version_block(block);
        else
            static_cast<void>(block);
    }

    /// To be awaited once.
    auto finished() {
        return boost::asio::async_initiate<const boost::asio::deferred_t&, void()>(
            [this](auto&& handler) { this->set_out(std::move(handler)); }, boost::asio::deferred);
    }
    /// After it, before anything else is awaited: the frame is the reader's, which is waiting for
    /// us. Where there is none the witness is told why before that is thrown; it may also want to
    /// hear of answers that are not the usual ones.
    template <class Witness>
    [[gnu::always_inline]] answer_type answer(Witness& witness) {
        if constexpr (requires(Work & work, wire::frame & frame) { work.read_usual(frame); })
            if (auto* const frame = this->frame()) [[likely]]
                if (const auto* const usual = work_.read_usual(*frame)) [[likely]]
                    return answer_type({usual, false});
        return answer_otherwise(witness);
    }

    /// Instead of it: the request was cancelled in the meantime. The witness is told.
    template <class Witness>
    [[noreturn, gnu::noinline]] void throw_cancelled(Witness& witness) {
        throw_to(witness, about(error(errc::cancelled, "the request was cancelled"), owner_,
                                message_, request_outcome::not_sent));
    }

  private:
    template <class Witness>
    [[gnu::noinline]] answer_type answer_otherwise(Witness& witness) {
        if (elsewhere_)
            return elsewhere_->take();
        if (failure())
            throw_to(witness, *failure());
        auto answer = work_.read(message_, owner_, *frame());
        if (!answer)
            throw_to(witness,
                     about(answer.error(), owner_, message_, request_outcome::maybe_executed));
        if constexpr (requires { witness.answered(*answer); })
            witness.answered(*answer);
        return std::move(*answer);
    }
    template <class Witness>
    [[noreturn]] void throw_to(Witness& witness, const error& why) {
        witness.attempt_failed(owner_, *this, record, why);
        throw why;
    }
    const message_type& written() {
        if (const auto refused = work_.write(message_, owner_)) [[unlikely]]
            throw_refused(*refused);
        return message_;
    }
    [[noreturn, gnu::noinline]] void throw_refused(const error& why) {
        throw about(why, owner_, message_, request_outcome::not_sent);
    }
    template <class Handler>
    void set_out(Handler&& handler) {
        if (owner_.is_in_turn()) [[likely]]
            return begin_here(std::move(handler));
        begin_out_of_turn(std::move(handler));
    }
    template <class Handler>
    [[gnu::always_inline]] void begin_here(Handler&& handler) {
        if constexpr (std::is_same_v<Record, attempt_record>) {
            record.begun = owner_.clock().now();
            begin_at(record.begun, std::move(handler));
        } else {
            begin(std::move(handler));
        }
    }
    template <class Handler>
    [[gnu::noinline]] void begin_out_of_turn(Handler&& handler) {
        switch (owner_.where_it_lives().of(boost::asio::get_associated_executor(handler))) {
        case home::place::here:
            if (owner_.is_in_turn_elsewhere())
                return refuse(std::move(handler), several_threads());
            return begin_here(std::move(handler));
        case home::place::elsewhere:
            return begin_elsewhere(std::move(handler));
        case home::place::gone:
            return refuse(std::move(handler), context_gone());
        }
    }
    template <class Handler>
    void refuse(Handler&& handler, error why) {
        begin_to_fail(std::move(handler),
                      about(std::move(why), owner_, message_, request_outcome::not_sent));
    }
    /// Crosses to the connection's executor and back.
    template <class Handler>
    [[gnu::noinline]] void begin_elsewhere(Handler&& handler) {
        const auto crossing = std::allocate_shared<crossing_request<Work>>(
            base::recycling_allocator<crossing_request<Work>>(), owner_.shared_from_this(),
            std::move(work_));
        elsewhere_ = crossing.get();
        crossing->begin(std::move(handler)); // from here on this may be gone
    }

    bool is_of_session() const noexcept override { return std::is_same_v<Record, attempt_record>; }
    void sent_after_waiting(base::time_point now) noexcept override {
        if constexpr (std::is_same_v<Record, attempt_record>)
            record.left_queue = now;
        else
            static_cast<void>(now);
    }
    preparations::statement statement_of(std::span<const std::byte> id) override {
        return prepared_in(work_, id);
    }
    void take_renewed(const preparations::statement& statement) override {
        put_renewed(work_, statement);
    }

    Work& work_;
    message_type message_;
    /// While it is under way, and while the handler runs.
    crossing_request<Work>* elsewhere_ = nullptr;
};

/// A request from beginning to end, in one coroutine: each further one would cost every request.
template <class Work>
boost::asio::awaitable<typename Work::answer> perform(std::shared_ptr<implementation> impl,
                                                      Work work) {
    request_of<Work> request(impl, work);
    co_await request.finished();
    nobody witness;
    co_return request.answer(witness);
}

} // namespace cocql::client
