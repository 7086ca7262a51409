#include <cocql/pager.hpp>
#include <cocql/result.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <vector>

namespace cocql {

namespace asio = boost::asio;

/// Shared by the pager and the fetch that is under way, which may outlive it.
struct pager::state {
    state(fetch_function how, statement_options with)
        : fetch(std::move(how)), options(std::move(with)) {}

    void begin(const std::shared_ptr<state>& self, const asio::any_io_executor& executor) {
        fetching = true;
        asio::co_spawn(executor, fetch(options),
                       asio::bind_cancellation_slot(
                           stop.slot(), [self](std::exception_ptr failure, page content) {
                               self->arrive(failure, std::move(content));
                           }));
    }

    void arrive(std::exception_ptr failed, page content) {
        fetching = false;
        failure = failed;
        if (!failure)
            arrived = std::move(content);
        if (waiting != nullptr)
            waiting->cancel();
    }

    bool has_answer() const noexcept { return arrived.has_value() || failure != nullptr; }

    fetch_function fetch;
    statement_options options; ///< of the next page to be fetched
    bool prefetch = true;
    bool fetching = false;
    bool done = false;
    std::optional<page> arrived;
    std::exception_ptr failure;
    std::vector<std::byte> next_state; ///< where next() goes on
    asio::cancellation_signal stop;
    asio::steady_timer* waiting = nullptr; ///< next()'s own, while it waits
};

pager::pager(fetch_function fetch, statement_options options)
    : state_(std::make_shared<state>(std::move(fetch), std::move(options))) {
    state_->next_state = state_->options.paging_state();
}

pager::pager(pager&&) noexcept = default;

pager& pager::operator=(pager&& other) noexcept {
    pager before(std::move(*this)); // gives up what it was fetching
    state_ = std::move(other.state_);
    return *this;
}

pager::~pager() {
    if (state_ && state_->fetching)
        state_->stop.emit(asio::cancellation_type::terminal);
}

pager& pager::prefetch(bool on) {
    state_->prefetch = on;
    return *this;
}

std::span<const std::byte> pager::paging_state() const noexcept {
    return state_->next_state;
}

namespace {

/// Says in `where` which timer to cancel, for as long as it is waited for.
class announced {
  public:
    announced(asio::steady_timer*& where, asio::steady_timer& timer) noexcept : where_(where) {
        where_ = &timer;
    }
    ~announced() { where_ = nullptr; }
    announced(const announced&) = delete;
    announced& operator=(const announced&) = delete;

  private:
    asio::steady_timer*& where_;
};

} // namespace

asio::awaitable<std::optional<page>> pager::next() {
    const auto self = state_;
    const auto executor = co_await asio::this_coro::executor;
    if (!self->has_answer()) {
        if (self->done)
            co_return std::nullopt;
        if (!self->fetching)
            self->begin(self, executor);
        asio::steady_timer arrival(executor, asio::steady_timer::time_point::max());
        const announced guard(self->waiting, arrival);
        auto [woken] = co_await arrival.async_wait(asio::as_tuple(asio::use_awaitable));
        static_cast<void>(woken);
        if (!self->has_answer())
            throw error(errc::cancelled, "waiting for a page was cancelled");
    }
    if (self->failure)
        std::rethrow_exception(std::exchange(self->failure, nullptr));
    auto content = std::move(*self->arrived);
    self->arrived.reset();
    const auto more = content.paging_state();
    self->next_state.assign(more.begin(), more.end());
    self->done = more.empty();
    self->options.paging_state(self->next_state);
    if (!self->done && self->prefetch) {
        self->begin(self, executor);
        // The caller may read this page for long before it awaits anything: the request for the
        // next one is to be written before that.
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() == asio::cancellation_type::none)
            co_await asio::post(executor, asio::use_awaitable);
    }
    co_return content;
}

} // namespace cocql
