#include "client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace cocql::tests {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

using clock = std::chrono::steady_clock;

/// Longer than any life.
constexpr auto generous = 20s;
/// What a life's trouble with another's node may take.
constexpr auto time_to_open = 10s;

asio::awaitable<void> sleep(clock::duration time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    auto [stopped] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(stopped);
}

/// After a while whatever else is awaited beside it is to end.
asio::awaitable<void> cut_after(clock::duration time, under_way& what, bool& cut) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    auto [stopped] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (stopped)
        co_return;
    cut = true;
    what.cut();
}

template <class T>
asio::awaitable<void> into(asio::awaitable<T> operation, std::optional<result<T>>& out) {
    auto outcome = co_await as_result(std::move(operation));
    out = std::move(outcome);
}

bool is_end_of_connection(const error& failure) {
    return failure.has(errc::connection_closed) || failure.has(errc::connection_lost) ||
           failure.has(errc::heartbeat_failed);
}

bool is_refusal(const error& failure) {
    return failure.has(errc::connection_draining) || failure.has(errc::connection_busy);
}

} // namespace

/// A statement, and what is to come of it.
class client::question {
  public:
    std::string cql;
    std::string right;               ///< empty: no answer at all
    bool wrong = false;              ///< an ERROR is right
    std::optional<duration> timeout; ///< nothing: the connection's
    duration limit{};
};

/// What a handler shares with the client that waits for it.
class client::spawned {
  public:
    spawned(life& whose, std::string what, time_point latest)
        : entry(whose.book(), whose.seed(), std::move(what), latest) {}
    under_way entry;
    asio::cancellation_signal signal;
    bool cancelled = false;
    std::atomic<bool> over = false;
};

client::client(life& whose, connection mine, std::uint64_t seed, bool serial, bool robust)
    : life_(whose),
      mine_(std::move(mine)),
      dice_(seed),
      serial_(serial),
      robust_(robust),
      name_(std::to_string(seed)) {}

void client::fault(const std::string& what) {
    life_.book().fault(life_.seed(), what + " [" + life_.describe() + "]");
}

std::string client::tag() {
    return name_ + "/" + std::to_string(++asked_);
}

std::size_t client::size_by_chance() {
    return dice_.below(dice_.one_in(10) ? 150'000 : 5'000);
}

client::question client::question_by_chance() {
    question made;
    const auto own = tag();
    switch (dice_.below(9)) {
    case 0:
        if (life_.may_be_silent()) {
            made.cql = "silent " + own;
            break;
        }
        [[fallthrough]];
    case 1:
    case 2:
        made.cql = made.right =
            "later " + std::to_string(1 + dice_.below(longest_delay.count())) + " " + own;
        break;
    case 3:
        made.cql = "long " + std::to_string(1 + size_by_chance()) + " " + own;
        made.right = made.cql;
        break;
    case 4:
        // A statement that fills segments and records.
        made.cql = made.right = "echo " + own + std::string(size_by_chance(), 'x');
        break;
    case 5:
        made.cql = made.right = "wrong " + own;
        made.wrong = true;
        break;
    default:
        made.cql = made.right = "echo " + own;
    }
    switch (dice_.below(3)) {
    case 0:
        made.timeout = 10ms + std::chrono::milliseconds(dice_.below(120));
        break;
    case 1:
        if (!made.right.empty())
            made.timeout = generous;
        break;
    default:
        break;
    }
    made.limit = made.timeout.value_or(life_.request_timeout());
    return made;
}

statement_options client::options_of(const question& what) const {
    statement_options options;
    if (what.timeout)
        options.timeout(*what.timeout);
    return options;
}

std::string client::judge_failure(const std::string& what, const error& failure, duration limit,
                                  const beginning& begun, bool cancelled) {
    const auto name = what.substr(0, 60);
    if (failure.is(errc::timed_out)) {
        const auto early = limit - (clock::now() - begun.at);
        if (early > duration::zero() && limit >= 1s && early <= begun.early_at_most)
            life_.book().ended_early();
        else if (early > duration::zero())
            fault(name + " timed out " +
                  std::to_string(std::chrono::nanoseconds(early).count() / 1'000) +
                  " µs early: " + failure.what());
        return "timed out";
    }
    if (failure.is(errc::cancelled)) {
        if (!cancelled)
            fault(name + " says it was cancelled, and was not");
        return "cancelled";
    }
    if (is_end_of_connection(failure) && (life_.is_ending() || life_.may_drain()))
        return "the connection ended";
    if (is_refusal(failure) && life_.may_drain())
        return "refused";
    fault(name + " failed: " + failure.what());
    return "failed";
}

std::string client::judge(const question& what, const result<page>& got, const beginning& begun,
                          bool cancelled) {
    if (got) {
        if (what.right.empty() || what.wrong)
            fault(what.cql.substr(0, 60) + " was answered");
        else if (text_of(*got).substr(0, what.right.size()) != what.right)
            fault(what.cql.substr(0, 60) + " got " + text_of(*got).substr(0, 60));
        return "answered";
    }
    const auto& failure = got.error();
    if (failure.is(errc::server_error)) {
        if (!what.wrong || failure.server() == nullptr || failure.server()->message != what.cql)
            fault(what.cql.substr(0, 60) + " got another's error");
        return "answered by an ERROR";
    }
    return judge_failure(what.cql, failure, what.limit, begun, cancelled);
}

asio::awaitable<void> client::act() {
    const auto self = shared_from_this();
    const life::presence here(life_);
    while (!life_.is_stopping()) {
        const auto now = clock::now();
        if (life_.pause() > now)
            co_await sleep(life_.pause() - now);
        else if (dice_.one_in(400))
            life_.pause_for(300ms + std::chrono::milliseconds(dice_.below(1'500)));
        else
            co_await do_something();
        co_await sleep(std::chrono::milliseconds(dice_.below(12)));
    }
    mine_ = {};
}

asio::awaitable<void> client::do_something() {
    const auto choice = dice_.below(100);
    if (choice < 30)
        co_await ask();
    else if (choice < 45)
        co_await ask_and_cancel();
    else if (choice < 55)
        co_await ask_by_handler();
    else if (choice < 67)
        co_await execute();
    else if (choice < 72)
        co_await query_with_arguments();
    else if (choice < 77)
        co_await execute_batch();
    else if (choice < 84)
        co_await turn_pages();
    else if (choice < 88)
        co_await read_rows();
    else if (choice < 90)
        co_await fetch_a_trace();
    else if (choice < 93)
        co_await send_raw();
    else if (choice < 95)
        co_await open_in_vain();
    else if (choice < 97)
        co_await open_another();
    else if (choice < 99) {
        // Handles may be copied and dropped at any time.
        auto copy = mine_;
        mine_ = std::move(copy);
        static_cast<void>(mine_.state());
    } else if (dice_.one_in(12))
        co_await close();
}

asio::awaitable<void> client::ask() {
    const auto what = question_by_chance();
    const beginning begun;
    under_way entry(life_.book(), life_.seed(), what.cql.substr(0, 60),
                    life_.is_over() ? begun.at : begun.at + what.limit);
    auto operation = mine_.query(what.cql, options_of(what));
    auto got = co_await as_result(std::move(operation));
    entry.end(judge(what, got, begun, false));
}

asio::awaitable<void> client::ask_and_cancel() {
    if (!serial_)
        co_return;
    using namespace asio::experimental::awaitable_operators;
    const auto what = question_by_chance();
    const beginning begun;
    under_way entry(life_.book(), life_.seed(), what.cql.substr(0, 60) + ", to be cancelled",
                    life_.is_over() ? begun.at : begun.at + what.limit);
    const auto after = std::chrono::microseconds(dice_.below(30'000));
    std::optional<result<page>> got;
    bool cut = false;
    auto operation = mine_.query(what.cql, options_of(what));
    auto asking = into(std::move(operation), got);
    auto both = std::move(asking) || cut_after(after, entry, cut);
    co_await std::move(both);
    if (!got)
        fault(what.cql.substr(0, 60) + " has no ending");
    else
        entry.end(judge(what, *got, begun, cut));
}

asio::awaitable<void> client::ask_by_handler() {
    const auto what = question_by_chance();
    const beginning begun;
    const auto latest = life_.is_over() ? begun.at : begun.at + what.limit;
    const auto shared =
        std::make_shared<spawned>(life_, what.cql.substr(0, 60) + ", by a handler", latest);
    const bool throws = robust_ && dice_.one_in(2);
    const bool cancels = serial_ && dice_.one_in(2);
    static constexpr std::array types{asio::cancellation_type::terminal,
                                      asio::cancellation_type::partial,
                                      asio::cancellation_type::total};
    const auto type = dice_.one_of(types);
    const auto after = std::chrono::microseconds(dice_.below(30'000));
    auto ask = [](connection mine, std::string cql,
                  statement_options options) -> asio::awaitable<result<page>> {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        auto operation = mine.query(std::move(cql), std::move(options));
        auto outcome = co_await as_result(std::move(operation));
        co_return outcome;
    };
    auto hear = [self = shared_from_this(), shared, what, begun, throws](std::exception_ptr thrown,
                                                                         result<page> got) {
        if (thrown)
            self->fault("an exception where results are wanted");
        shared->entry.end(self->judge(what, got, begun, shared->cancelled));
        shared->over = true;
        if (throws)
            throw thrown_on_purpose();
    };
    const auto executor = co_await asio::this_coro::executor;
    if (cancels)
        asio::co_spawn(executor, ask(mine_, what.cql, options_of(what)),
                       asio::bind_cancellation_slot(shared->signal.slot(), std::move(hear)));
    else
        asio::co_spawn(executor, ask(mine_, what.cql, options_of(what)), std::move(hear));
    if (cancels) {
        co_await sleep(after);
        if (!shared->over) {
            shared->cancelled = true;
            shared->entry.cut();
            shared->signal.emit(type);
        }
    }
    while (!shared->over)
        co_await sleep(2ms);
}

asio::awaitable<void> client::execute() {
    question what;
    what.right = what.cql = "bound " + tag();
    if (dice_.one_in(2))
        what.timeout = 20ms + std::chrono::milliseconds(dice_.below(100));
    what.limit = what.timeout.value_or(life_.request_timeout());
    const beginning begun;
    under_way entry(life_.book(), life_.seed(), what.cql,
                    life_.is_over() ? begun.at : begun.at + what.limit);
    auto operation = mine_.execute(life_.statement(), options_of(what), what.cql);
    auto got = co_await as_result(std::move(operation));
    entry.end(judge(what, got, begun, false));
}

asio::awaitable<void> client::query_with_arguments() {
    question what;
    what.right = what.cql = "given " + tag();
    what.limit = life_.request_timeout();
    const beginning begun;
    // Two requests, each with the connection's time-out.
    under_way entry(life_.book(), life_.seed(), what.cql,
                    life_.is_over() ? begun.at : begun.at + 2 * what.limit);
    auto operation = mine_.query("SELECT text FROM answers WHERE text = ?", what.cql);
    auto got = co_await as_result(std::move(operation));
    entry.end(judge(what, got, begun, false));
}

asio::awaitable<void> client::execute_batch() {
    batch statements;
    statements.add("echo " + tag()).add(life_.statement(), "batched " + tag());
    const auto limit = life_.request_timeout();
    const beginning begun;
    under_way entry(life_.book(), life_.seed(), "a batch",
                    life_.is_over() ? begun.at : begun.at + limit);
    auto operation = mine_.execute(std::move(statements));
    auto got = co_await as_result(std::move(operation));
    entry.end(got ? "answered" : judge_failure("a batch", got.error(), limit, begun, false));
}

/// Pages come in order and once each, whatever is cancelled in between.
asio::awaitable<void> client::turn_pages() {
    using namespace asio::experimental::awaitable_operators;
    const auto cql = "pages 4 " + tag();
    const auto limit = life_.request_timeout();
    auto pages = mine_.pages(cql);
    if (dice_.one_in(3))
        pages.prefetch(false);
    for (int next = 1; next <= 5;) {
        const beginning begun;
        under_way entry(life_.book(), life_.seed(), cql,
                        life_.is_over() ? begun.at : begun.at + limit);
        std::optional<result<std::optional<page>>> got;
        bool cut = false;
        auto turning = into(pages.next(), got);
        if (serial_ && dice_.one_in(3)) {
            const auto after = std::chrono::microseconds(dice_.below(10'000));
            auto both = std::move(turning) || cut_after(after, entry, cut);
            co_await std::move(both);
        } else {
            co_await std::move(turning);
        }
        if (!got) {
            fault(cql + " has no ending");
            co_return;
        }
        if (!*got) {
            // A page that was on its way before may be late before it is asked for.
            const auto& failure = got->error();
            if (failure.is(errc::timed_out))
                entry.end("timed out");
            else
                entry.end(judge_failure(cql, failure, limit, begun, cut));
            if (!failure.is(errc::cancelled) || dice_.one_in(3))
                co_return;
            continue;
        }
        entry.end("answered");
        const auto& page = got->value();
        if (page.has_value() != (next <= 4) ||
            (page && text_of(*page) != cql + " " + std::to_string(next)))
            fault(cql + " gave another page than number " + std::to_string(next));
        ++next;
        if (dice_.one_in(12))
            co_return; // dropped while the next one is fetched
        if (dice_.one_in(6))
            co_await sleep(std::chrono::milliseconds(dice_.below(30)));
    }
}

asio::awaitable<void> client::read_rows() {
    const auto cql = "pages 3 " + tag();
    const auto limit = life_.request_timeout();
    auto rows = mine_.pages(cql).rows<std::string>();
    for (int next = 1; next <= 4; ++next) {
        const beginning begun;
        under_way entry(life_.book(), life_.seed(), cql,
                        life_.is_over() ? begun.at : begun.at + limit);
        auto got = co_await as_result(rows.next());
        if (!got) {
            const auto& failure = got.error();
            entry.end(failure.is(errc::timed_out)
                          ? "timed out"
                          : judge_failure(cql, failure, limit, begun, false));
            co_return;
        }
        entry.end("answered");
        const auto& row = got.value();
        if (row.has_value() != (next <= 3) ||
            (row && std::get<0>(*row) != cql + " " + std::to_string(next)))
            fault(cql + " gave another row than number " + std::to_string(next));
    }
}

asio::awaitable<void> client::fetch_a_trace() {
    const auto patience = std::chrono::milliseconds(dice_.below(80));
    const beginning begun;
    // Each time it asks, it asks for two tables. In between it hears of no end.
    const auto limit = 2 * life_.request_timeout() + patience;
    under_way entry(life_.book(), 0, "a trace", begun.at + limit);
    auto operation = mine_.fetch_trace(uuid(), patience);
    auto got = co_await as_result(std::move(operation));
    if (got)
        fault("a trace that does not exist was found");
    entry.end(!got && got.error().is(errc::not_found)
                  ? "not found"
                  : judge_failure("a trace", got.error(), life_.request_timeout(), begun, false));
}

asio::awaitable<void> client::send_raw() {
    const auto limit = life_.request_timeout();
    const beginning begun;
    under_way entry(life_.book(), life_.seed(), "OPTIONS",
                    life_.is_over() ? begun.at : begun.at + limit);
    auto operation = mine_.request(raw_request(opcode::options, {}));
    auto got = co_await as_result(std::move(operation));
    if (got && got->opcode != opcode::supported)
        fault("OPTIONS got something else than SUPPORTED");
    entry.end(got ? "answered" : judge_failure("OPTIONS", got.error(), limit, begun, false));
}

asio::awaitable<void> client::open_another() {
    const beginning begun;
    under_way entry(life_.book(), 0, "opening another", begun.at + time_to_open);
    auto options = life_.options();
    options.connect_timeout(time_to_open);
    auto operation = connection::open(life_.where(), options);
    auto got = co_await as_result(std::move(operation));
    if (!got && !life_.is_ending())
        fault("opening another failed: " + std::string(got.error().what()));
    entry.end(got ? "opened" : "not opened");
    if (!got)
        co_return;
    auto other = std::move(*got);
    question what;
    what.cql = what.right = "echo " + tag();
    auto asking = other.query(what.cql);
    auto answer = co_await as_result(std::move(asking));
    if (answer && text_of(*answer) != what.right)
        fault(what.cql + " got another's answer");
    if (dice_.one_in(2))
        co_return; // dropped
    const auto closing = clock::now();
    under_way closed(life_.book(), 0, "closing another", closing + 1s);
    co_await other.close();
    closed.end("closed");
}

/// Of a node that never answers, by time or by cancellation.
asio::awaitable<void> client::open_in_vain() {
    using namespace asio::experimental::awaitable_operators;
    const auto limit = 20ms + std::chrono::milliseconds(dice_.below(150));
    const beginning begun;
    under_way entry(life_.book(), 0, "opening in vain", begun.at + limit);
    connection_options options;
    options.connect_timeout(limit);
    std::optional<result<connection>> got;
    bool cut = false;
    auto opening = into(connection::open(life_.mute(), options), got);
    if (serial_ && dice_.one_in(2)) {
        const auto after = std::chrono::milliseconds(dice_.below(60));
        auto both = std::move(opening) || cut_after(after, entry, cut);
        co_await std::move(both);
    } else {
        co_await std::move(opening);
    }
    if (!got || got->has_value()) {
        fault("opening in vain has no ending, or a good one");
        co_return;
    }
    entry.end(judge_failure("opening in vain", got->error(), limit, begun, cut));
}

asio::awaitable<void> client::close() {
    life_.begin_to_end();
    const beginning begun;
    // The peer has one second to say goodbye.
    under_way entry(life_.book(), 0, "close()", begun.at + 1s);
    auto closing = mine_.close();
    life_.be_over();
    co_await std::move(closing);
    if (mine_.state().open)
        fault("it is open after close()");
    entry.end("closed");
}

} // namespace cocql::tests
