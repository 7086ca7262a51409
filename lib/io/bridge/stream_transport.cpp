#include "io/bridge/stream_transport.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

namespace cocql::io {

namespace asio = boost::asio;

namespace {

/// For what has no caller to throw to.
template <class Work>
std::exception_ptr thrown_by(Work&& work) {
    try {
        work();
    } catch (...) {
        return std::current_exception();
    }
    return nullptr;
}

} // namespace

stream_transport::stream_transport(std::unique_ptr<byte_stream> stream,
                                   protocol::protocol& protocol, clock& clock, turn& turn)
    : stream_(std::move(stream)),
      context_(&asio::query(stream_->get_executor(), asio::execution::context)),
      protocol_(protocol),
      clock_(clock),
      turn_(turn),
      timer_(clock.make_timer(stream_->get_executor())),
      reading_resumed_(stream_->get_executor()),
      task_ended_(stream_->get_executor()) {
    join(asio::query(stream_->get_executor(), asio::execution::context));
}

stream_transport::~stream_transport() {
    leave();
}

void stream_transport::context_destroyed() noexcept {
    // Destroyed at the end of the scope, when no member is touched any more: the last one may take
    // this object with it.
    const auto reader = reading_resumed_.take();
    const auto owner = task_ended_.take();
}

asio::awaitable<void> stream_transport::run() {
    try {
        protocol_.connection_made(*this, clock_.now());
        wait_for_deadline();
        make_own_room(read_size_at_rest);
        // Not a coroutine of its own: each connection at rest would keep its frame.
        for (bool reads = true; reads;) {
            while (reading_paused_ && !closing_)
                co_await reading_resumed_.wait();
            const auto more = co_await stream_->read_on(*this);
            reads = reads_on(more);
        }
    } catch (...) {
        // The protocol threw (memory ran out). The connection cannot go on in the middle of a
        // callback; whoever owns us gets the exception when everything is put away.
        thrown_ = std::current_exception();
        turn_.end();
        read_error_ = error(errc::connection_lost, "the protocol threw an exception");
    }

    const bool closed_by_us = closing_ && graceful_;
    const bool in_good_order = !read_error_ && !write_error_;
    closing_ = true;
    if (!closed_by_us || !in_good_order)
        pending_.clear();
    limit_linger();
    if (!closed_by_us)
        report_lost(cause());
    if (in_write_ != 0 && !closed_by_us)
        stream_->cancel();
    // Without memory what is left is not written; but the timer is still set, and borrows this.
    if (auto thrown = thrown_by([this] { write_soon(); }); thrown && !thrown_)
        thrown_ = std::move(thrown);
    while (under_way_ > 0)
        co_await task_ended_.wait();
    if (in_good_order && graceful_ && !write_error_)
        co_await stream_->shutdown();
    stream_->close();
    finished_ = true;
    timer_->cancel();
    while (keeps_time_ || under_way_ > 0)
        co_await task_ended_.wait();
    report_lost(cause());
    if (thrown_)
        std::rethrow_exception(thrown_);
}

std::optional<error> stream_transport::cause() const {
    if (!read_error_)
        return write_error_;
    auto both = *read_error_;
    // The kernel tells a reset once: when the writer has it the reader sees a bare end.
    if (write_error_ && both.is(errc::connection_lost) && both.cause() == nullptr)
        both.because(*write_error_);
    return both;
}

/// Of what is under way beside run(), something is over.
void stream_transport::go_on_after(std::exception_ptr thrown) {
    if (thrown && !thrown_) {
        thrown_ = std::move(thrown);
        abort();
    }
    task_ended_.notify();
}

void stream_transport::report_lost(std::optional<error> cause) {
    if (std::exchange(lost_reported_, true))
        return;
    // Cancelled: by our own close() or abort(), whose reason the protocol knows.
    if (cause && closing_ && cause->is(errc::cancelled))
        cause.reset();
    try {
        protocol_.connection_lost(std::move(cause), clock_.now());
    } catch (...) {
        // Others are still under way, and keep this; run() tells when they are over.
        if (!thrown_)
            thrown_ = std::current_exception();
    }
}

// --- reading

/// Whether there is more to be read, after it was left off.
bool stream_transport::reads_on(const result<bool>& more) {
    if (!more) {
        // After a failed write the reader's error tells more, unless we made it fail ourselves.
        if (!more.error().is(errc::cancelled) || !write_error_)
            read_error_ = more.error();
        if (closing_ && more.error().is(errc::cancelled))
            read_error_.reset();
        return false;
    }
    if (!*more && write_error_) {
        read_error_ = error(errc::connection_lost, "the peer closed the connection");
        return false;
    }
    if (!*more) {
        graceful_ = true; // the goodbye is answered, but nothing more is sent
        pending_.clear();
        protocol_.eof_received(clock_.now());
        return false;
    }
    return !closing_ || graceful_;
}

std::span<std::byte> stream_transport::room() {
    const auto theirs = protocol_.get_buffer();
    in_own_room_ = theirs.empty();
    return in_own_room_ ? own_room_ : theirs;
}

void stream_transport::make_own_room(std::size_t size) {
    base::buffer made(size);
    own_room_ = {made.grow(size), size};
    read_buffer_ = std::move(made);
}

void stream_transport::go_to_rest() {
    resting_ = false;
    make_own_room(read_size_at_rest);
    if (pending_.empty())
        pending_.bytes = base::buffer();
    if (in_write_ == 0)
        in_flight_.bytes = base::buffer();
    if (!writes_soon_)
        memory_.reset();
    stream_->rest();
}

// In line with what it calls: between two waits everything is cold, and a call costs as much as
// what is called.
[[gnu::flatten]] std::span<std::byte> stream_transport::received(std::size_t count) {
    const bool begun = begin_turn();
    if (in_own_room_) [[likely]]
        protocol_.data_received(own_room_.first(count), clock_.now());
    else
        protocol_.buffer_updated(count, clock_.now());
    if (begun) [[likely]]
        end_turn();
    if (resting_) [[unlikely]]
        go_to_rest();
    else if (count == read_size_at_rest && own_room_.size() == count) [[unlikely]]
        make_own_room(read_size);
    const bool stops = closing_ ? !graceful_ : reading_paused_;
    if (stops) [[unlikely]]
        return {};
    return room();
}

bool stream_transport::begin_turn() noexcept {
    if (turn_.is_on()) [[unlikely]]
        return false;
    turn_.begin(context_);
    return true;
}

void stream_transport::end_turn() {
    turn_.end();
    if (pending_.empty())
        return;
    if (in_write_ != 0) [[unlikely]]
        return show_size(); // the writer goes on with it
    if (shares_turns_ || writes_soon_) [[unlikely]] {
        show_size();
        write_with_others();
    } else if (!begin_write())
        start_writer();
}

void stream_transport::resume_reading() {
    reading_paused_ = false;
    reading_resumed_.notify();
}

// --- writing

void stream_transport::write(std::span<const std::byte> bytes) {
    if (closing_)
        return;
    pending_.bytes.append(bytes);
    write_appended();
}

void stream_transport::write_apart(base::piece_apart piece) {
    pending_.apart_size += piece.bytes.size();
    pending_.apart.push_back(std::move(piece));
}

void stream_transport::outgoing::list(std::vector<std::span<const std::byte>>& parts) const {
    parts.clear();
    const auto whole = bytes.view();
    std::size_t done = 0;
    const auto add = [&](std::span<const std::byte> part) {
        if (!part.empty())
            parts.push_back(part);
    };
    for (const auto& piece : apart) {
        add(whole.subspan(done, piece.position - done));
        add(piece.bytes.view());
        done = piece.position;
    }
    add(whole.subspan(done));
}

void stream_transport::write_appended() {
    // While bytes are received nothing is to be done: their end is also the turn's.
    if (closing_ || write_buffer_size() > high_water_ || !turn_.is_on()) [[unlikely]]
        write_appended_otherwise();
}

void stream_transport::write_appended_otherwise() {
    if (closing_) {
        pending_.clear();
        return;
    }
    show_size();
    if (write_buffer_size() > high_water_ && !writing_paused_) {
        writing_paused_ = true;
        protocol_.pause_writing();
    }
    if (in_write_ == 0 && !turn_.is_on()) {
        written_between_turns_ = true;
        write_with_others();
    }
}

void stream_transport::set_write_buffer_limits(std::size_t high, std::size_t low) {
    high_water_ = high;
    low_water_ = std::min(low, high);
}

/// In the queue. Its memory may outlive the transport, where the queue is destroyed with it in.
class stream_transport::posted_write {
  public:
    using allocator_type = handler_memory::allocator<void>;

    explicit posted_write(stream_transport& whose) noexcept
        : whose_(&whose), memory_(whose.memory_) {}
    allocator_type get_allocator() const noexcept { return allocator_type(*memory_); }
    void operator()() { whose_->write_posted(); }

  private:
    stream_transport* whose_;
    std::shared_ptr<handler_memory> memory_;
};

void stream_transport::write_soon() {
    if (writes_soon_ || in_write_ != 0 || finished_)
        return; // a writer goes on with it
    if (memory_ == nullptr)
        memory_ = std::make_shared<handler_memory>();
    writes_soon_ = true;
    ++under_way_;
    try {
        post_to(stream_->get_executor(), posted_write(*this));
    } catch (...) { // no memory
        writes_soon_ = false;
        --under_way_;
        throw;
    }
}

void stream_transport::write_with_others() {
    if (writes_soon_)
        more_came_ = true;
    else
        write_soon();
}

void stream_transport::write_posted() {
    writes_soon_ = false;
    auto thrown = thrown_by([this] {
        if (std::exchange(more_came_, false) && rounds_waited_ < most_rounds && !closing_ &&
            pending_.size() < enough_to_write) {
            ++rounds_waited_;
            return write_soon();
        }
        rounds_waited_ = 0;
        shares_turns_ = std::exchange(written_between_turns_, false);
        write_pending();
    });
    --under_way_;
    go_on_after(std::move(thrown));
}

void stream_transport::write_pending() {
    if (in_write_ != 0)
        return;
    while (in_write_ == 0 && !pending_.empty() && !writing_failed_)
        if (!begin_write())
            return start_writer();
    nothing_left_to_write();
}

void stream_transport::start_writer() {
    ++under_way_;
    const auto over = [this](std::exception_ptr thrown) {
        --under_way_;
        go_on_after(std::move(thrown));
    };
    auto thrown = thrown_by([&] { asio::co_spawn(stream_->get_executor(), write_on(), over); });
    if (thrown)
        over(std::move(thrown)); // what is in flight is never written
}

/// Until there is nothing to wait for. Who is told that writing goes on may run the loop, in which
/// another writer starts: what is pending then is for that one.
asio::awaitable<void> stream_transport::write_on() {
    bool is_to_wait = false;
    do {
        const auto outcome = co_await write_rest();
        in_write_ = 0;
        in_flight_.clear();
        show_size();
        written(outcome);
        is_to_wait = false;
        while (in_write_ == 0 && !pending_.empty() && !writing_failed_)
            is_to_wait = !begin_write();
    } while (is_to_wait);
    nothing_left_to_write();
}

/// A reader that waits for the peer keeps the goodbye from being said.
void stream_transport::nothing_left_to_write() {
    if (closing_ && !writing_failed_ && in_write_ == 0)
        stream_->cancel();
}

bool stream_transport::begin_write() {
    const auto size = pending_.size();
    handed_over_ += size;
    auto rest = pending_.bytes.view();
    if (pending_.apart_size == 0) [[likely]] {
        // From where it was put: nothing is put there meanwhile.
        const auto at_once = stream_->write_at_once(rest);
        if (!at_once || *at_once) [[likely]] {
            pending_.clear();
            show_size();
            written(at_once ? result<void>() : at_once.error());
            return true;
        }
    }
    std::swap(pending_, in_flight_);
    rest_ = rest;
    in_write_ = size;
    show_size();
    return false;
}

asio::awaitable<result<void>> stream_transport::write_rest() {
    if (in_flight_.apart_size == 0)
        return stream_->write(rest_);
    in_flight_.list(parts_);
    return stream_->write_all(parts_);
}

void stream_transport::written(const result<void>& outcome) {
    if (outcome) [[likely]]
        check_low_water();
    else
        write_failed(outcome.error());
}

void stream_transport::write_failed(error cause) {
    writing_failed_ = true;
    if (!write_error_ && !(closing_ && cause.is(errc::cancelled)))
        write_error_ = std::move(cause);
    closing_ = true;
    graceful_ = false;
    pending_.clear();
    limit_linger();
    // The peer may have said why before it closed (a TLS alert): the reader is about to see it. Any
    // other failure is ours alone.
    if (!write_error_ || !write_error_->has(errc::connection_lost))
        stream_->cancel();
    reading_resumed_.notify();
}

void stream_transport::check_low_water() {
    if (writing_paused_ && write_buffer_size() <= low_water_) [[unlikely]] {
        writing_paused_ = false;
        protocol_.resume_writing(clock_.now());
    }
}

// --- closing

void stream_transport::close() {
    if (std::exchange(closing_, true))
        return;
    graceful_ = true;
    limit_linger();
    reading_resumed_.notify();
    write_soon();
}

void stream_transport::abort() {
    if (closing_ && !graceful_)
        return;
    closing_ = true;
    graceful_ = false;
    pending_.clear();
    limit_linger();
    stream_->cancel();
    reading_resumed_.notify();
    write_soon();
}

// --- time

void stream_transport::limit_linger() {
    if (linger_until_ == base::never) {
        linger_until_ = base::after(clock_.now(), linger);
        if (linger_until_ < armed_for_)
            timer_->cancel();
    }
}

void stream_transport::deadline_changed() {
    if (std::min(protocol_.next_deadline(), linger_until_) != armed_for_)
        timer_->cancel();
}

void stream_transport::wait_for_deadline() {
    armed_for_ = std::min(protocol_.next_deadline(), linger_until_);
    timer_->begin_wait(armed_for_, [this] {
        keeps_time_ = false;
        ++under_way_; // who is called may run the loop, in which run() is not to end
        auto thrown = thrown_by([this] { deadline_passed(); });
        --under_way_;
        go_on_after(std::move(thrown));
    });
    keeps_time_ = true;
}

/// Or is another one than the timer was set for.
void stream_transport::deadline_passed() {
    armed_for_ = base::never;
    if (finished_)
        return;
    const auto now = clock_.now();
    if (now >= linger_until_) {
        linger_until_ = base::time_point::max() - std::chrono::hours(1);
        stream_->close();
    }
    if (now >= protocol_.next_deadline())
        protocol_.handle_timeout(now);
    wait_for_deadline();
}

} // namespace cocql::io
