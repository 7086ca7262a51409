#include "client/connection/home.hpp"
#include "client/connection/serialised.hpp"
#include "client/connection/visit.hpp"

#include <cocql/cancelled_as_error.hpp>
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

/// Shared by the pager and the fetch that is under way, which may outlive it. Lives on the executor
/// that the first page was awaited on, or a strand over it.
class pager::state : public std::enable_shared_from_this<state> {
  public:
    state(fetch_function how, statement_options with)
        : fetch_(std::move(how)), options_(std::move(with)), next_state_(options_.paging_state()) {}

    const std::shared_ptr<client::home>& home_for(const asio::any_io_executor& executor) {
        if (!home_)
            home_ = std::make_shared<client::home>(client::serialised(executor));
        return home_;
    }
    void prefetch(bool on) noexcept { prefetch_ = on; }
    std::span<const std::byte> next_state() const noexcept { return next_state_; }

    asio::awaitable<std::optional<page>> next();
    /// The pager is gone. From any thread.
    void abandon() noexcept {
        if (!home_)
            return;
        static_cast<void>(home_->post([self = shared_from_this()] { self->give_up(); }));
    }

  private:
    class arrival;
    class waiting;

    void begin();
    void arrive(std::exception_ptr failed, page content);
    void give_up();
    bool has_answer() const noexcept { return arrived_.has_value() || failure_ != nullptr; }
    /// Asio has left the executor there, whose end, if it is a strand, touches its context.
    void let_go() noexcept {
        if (!stopping_) // else it is being called
            stop_.slot().clear();
    }

    fetch_function fetch_;
    statement_options options_; ///< of the next page to be fetched
    bool prefetch_ = true;
    std::vector<std::byte> next_state_; ///< where next() goes on
    std::shared_ptr<client::home> home_;

    bool fetching_ = false;
    bool done_ = false;
    std::optional<page> arrived_;
    std::exception_ptr failure_;
    asio::cancellation_signal stop_;
    bool stopping_ = false;
    asio::steady_timer* waiting_ = nullptr; ///< next()'s own, while it waits
};

/// Hears of the end of a fetch; or, destroyed without, that there is none.
class pager::state::arrival {
  public:
    explicit arrival(std::shared_ptr<state> whose) noexcept : whose_(std::move(whose)) {}
    arrival(arrival&&) noexcept = default;
    arrival& operator=(arrival&&) = delete;
    ~arrival() {
        if (whose_)
            whose_->let_go();
    }
    void operator()(std::exception_ptr failure, page content) {
        const auto whose = std::move(whose_);
        whose->arrive(std::move(failure), std::move(content));
    }

  private:
    std::shared_ptr<state> whose_;
};

/// Says which timer to cancel, for as long as it is waited for.
class pager::state::waiting {
  public:
    waiting(asio::steady_timer*& where, asio::steady_timer& timer) noexcept : where_(where) {
        where_ = &timer;
    }
    ~waiting() { where_ = nullptr; }
    waiting(const waiting&) = delete;
    waiting& operator=(const waiting&) = delete;

  private:
    asio::steady_timer*& where_;
};

void pager::state::begin() {
    fetching_ = true;
    asio::co_spawn(home_->executor(), fetch_(options_),
                   asio::bind_cancellation_slot(stop_.slot(), arrival(shared_from_this())));
}

void pager::state::arrive(std::exception_ptr failed, page content) {
    fetching_ = false;
    let_go();
    failure_ = std::move(failed);
    if (!failure_)
        arrived_ = std::move(content);
    if (waiting_ != nullptr)
        waiting_->cancel();
}

void pager::state::give_up() {
    if (!fetching_)
        return;
    stopping_ = true;
    stop_.emit(asio::cancellation_type::terminal);
    stopping_ = false;
    if (!fetching_)
        let_go();
}

asio::awaitable<std::optional<page>> pager::state::next() {
    const auto self = shared_from_this();
    const auto executor = co_await asio::this_coro::executor;
    if (!has_answer()) {
        if (done_)
            co_return std::nullopt;
        if (!fetching_)
            begin();
        asio::steady_timer timer(executor, asio::steady_timer::time_point::max());
        const waiting guard(waiting_, timer);
        auto [woken] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        static_cast<void>(woken);
        if (!has_answer())
            throw error(errc::cancelled, "waiting for a page was cancelled");
    }
    if (failure_)
        std::rethrow_exception(std::exchange(failure_, nullptr));
    auto content = std::move(*arrived_);
    arrived_.reset();
    const auto more = content.paging_state();
    next_state_.assign(more.begin(), more.end());
    done_ = more.empty();
    options_.paging_state(next_state_);
    if (!done_ && prefetch_) {
        begin();
        // The caller may read this page for long before it awaits anything: the request for the
        // next one is to be written before that.
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() == asio::cancellation_type::none)
            co_await asio::post(executor, asio::use_awaitable);
    }
    co_return content;
}

pager::pager(fetch_function fetch, statement_options options)
    : state_(std::make_shared<state>(std::move(fetch), std::move(options))) {}

pager::pager(pager&&) noexcept = default;

pager& pager::operator=(pager&& other) noexcept {
    pager before(std::move(*this)); // gives up what it was fetching
    state_ = std::move(other.state_);
    return *this;
}

pager::~pager() {
    if (state_)
        state_->abandon();
}

pager& pager::prefetch(bool on) {
    if (state_)
        state_->prefetch(on);
    return *this;
}

std::span<const std::byte> pager::paging_state() const noexcept {
    return state_ ? state_->next_state() : std::span<const std::byte>();
}

asio::awaitable<std::optional<page>> pager::next() {
    const auto self = state_;
    if (!self)
        throw error(errc::invalid_argument, "there is no pager: it was moved from");
    const auto home = self->home_for(co_await asio::this_coro::executor);
    co_return co_await detail::cancelled_as_error(client::visit(home, self->next()));
}

} // namespace cocql
