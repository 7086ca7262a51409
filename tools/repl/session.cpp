#include "session.hpp"

#include "connect_failure.hpp"
#include "result_printer.hpp"
#include "text.hpp"
#include "trace.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <set>
#include <utility>

namespace cocqlsh {

namespace asio = boost::asio;

namespace {

/// Also `USE"Name"`.
bool is_use(std::string_view cql) {
    return upper(cql.substr(0, 3)) == "USE" &&
           (cql.size() == 3 || std::isalnum(static_cast<unsigned char>(cql[3])) == 0) &&
           cql.substr(3, 1) != "_";
}

/// Of the time that nodes are given to have the schema, if a statement may take longer.
constexpr std::chrono::seconds longest_agreement{10};
/// Between two rounds of asking; as long as drivers rest.
constexpr std::chrono::milliseconds agreement_pause{200};

bool is_list(std::string_view cql) {
    return upper(cql.substr(0, 4)) == "LIST";
}

asio::awaitable<void> pause(std::chrono::steady_clock::duration length) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, length);
    co_await timer.async_wait(asio::use_awaitable);
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& each : names)
        text += (text.empty() ? "" : ", ") + each;
    return text;
}

cocql::error followers_not_awaited() {
    cocql::error given_up(cocql::errc::cancelled,
                          "the schema is changed, and some nodes may not have it yet");
    return std::move(given_up.with(cocql::request_outcome::answered));
}

} // namespace

session::session(asio::any_io_executor executor, options given, output& out, bool terminal)
    : settings(std::move(given)),
      out(out),
      keyspace(settings.keyspace),
      terminal(terminal),
      executor_(std::move(executor)) {}

// --- the node

asio::awaitable<bool> session::connect() {
    auto opened = co_await open(true);
    if (!opened)
        print_connect_failure(opened.error());
    co_return opened.has_value();
}

asio::awaitable<cocql::result<void>> session::open(bool in_keyspace) {
    auto opening = coordinator::open(settings, in_keyspace ? keyspace : std::string());
    auto opened = co_await interruptible(std::move(opening));
    if (!opened)
        co_return opened.error();
    node = std::move(*opened);
    is_borrowed_ = false;
    use_given_up_ = false;
    co_return cocql::result<void>();
}

void session::begin_file() {
    outside_.push_back({settings.user, settings.secret, node, keyspace, consistency,
                        serial_consistency, page_size, tracing, waterfall, expanded,
                        out.is_capturing() ? out.capture_path() : std::string(), is_borrowed_});
    is_borrowed_ = true;
}

asio::awaitable<void> session::end_file() {
    auto before = std::move(outside_.back());
    outside_.pop_back();
    const bool was_borrowed = std::exchange(is_borrowed_, before.is_borrowed);
    auto own = std::exchange(node, std::move(before.node));
    if (!was_borrowed)
        co_await own.close();
    settings.user = std::move(before.user);
    settings.secret = std::move(before.secret);
    co_await cluster.close_unless_of(settings);
    keyspace = std::move(before.keyspace);
    consistency = before.consistency;
    serial_consistency = before.serial_consistency;
    page_size = before.page_size;
    tracing = before.tracing;
    waterfall = before.waterfall;
    expanded = before.expanded;
    const auto captured = out.is_capturing() ? out.capture_path() : std::string();
    if (captured == before.capture_path)
        co_return;
    if (!captured.empty() && !out.stop_capture())
        out.error("cannot write all of '" + captured + "'");
    if (!before.capture_path.empty() && !out.capture(before.capture_path))
        out.error("cannot write '" + before.capture_path + "'");
}

asio::awaitable<void> session::close() {
    co_await cluster.close();
    co_await node.close();
}

void session::print_connect_failure(const cocql::error& failure) {
    if (failure.is(cocql::errc::cancelled)) {
        out.error("interrupted; not connected to " + settings.endpoint().to_string());
        return;
    }
    for (const auto& line : connect_failure(failure, settings))
        out.error(line);
}

cocql::error session::rest_not_shown() {
    return std::move(cocql::error(cocql::errc::cancelled, "the rest of the result is not shown")
                         .with(cocql::request_outcome::answered));
}

void session::interrupt() {
    interrupted_.emit(asio::cancellation_type::all);
}

// --- statements

cocql::statement_options session::statement_options(const std::string& cql) const {
    cocql::statement_options options;
    options.consistency(consistency)
        .page_size(page_size ? page_size : std::optional<std::int32_t>(0));
    // Tracing the reading of traces would never end.
    const bool reads_traces =
        upper(std::string_view(cql).substr(0, 6)) == "SELECT" &&
        (cql.find("system_traces.") != cql.npos || keyspace == "system_traces");
    options.tracing(tracing && !reads_traces);
    if (serial_consistency)
        options.serial_consistency(*serial_consistency);
    return options;
}

asio::awaitable<cocql::result<cocql::page>> session::ask(std::string cql) {
    cocql::statement_options options;
    options.consistency(cocql::consistency::local_one).page_size(std::nullopt);
    auto answer = co_await query(std::move(cql), options);
    co_return answer;
}

asio::awaitable<cocql::result<cocql::page>> session::query(std::string cql,
                                                           cocql::statement_options options) {
    auto answer = co_await when_connected<cocql::page>([&] { return node.query(cql, options); });
    co_return answer;
}

asio::awaitable<cocql::result<void>> session::revive() {
    auto now = co_await interruptible(node.look());
    if (!now)
        co_return now.error().with(cocql::request_outcome::not_sent);
    if (now->is_connected && !now->loss)
        co_return cocql::result<void>();
    const auto where = settings.endpoint().to_string();
    const bool drains = now->loss && now->loss->is(cocql::errc::connection_draining);
    const bool is_told = !(drains && std::exchange(use_given_up_, false));
    if (is_told)
        out.error(drains ? "Too many statements were given up; connecting to " + where + " again"
                         : "The connection was lost" +
                               (now->loss ? ": " + std::string(now->loss->what()) : ""));
    auto reached = co_await interruptible(node.reach());
    auto alive = co_await connected(std::move(reached));
    if (alive) {
        node.forget_loss();
        if (is_told)
            out.error("reconnected to " + where +
                      (keyspace.empty() ? "" : ", keyspace " + keyspace));
    } else if (!alive.error().is(cocql::errc::cancelled)) {
        is_lost = true;
    }
    co_return alive;
}

asio::awaitable<cocql::result<void>> session::connected(cocql::result<void> outcome) {
    if (!outcome && outcome.error().phase() == cocql::phase::use_keyspace &&
        outcome.error().server() != nullptr) {
        // It may have been dropped meanwhile. What comes next then says that it has no keyspace.
        const std::string reason(outcome.error().server()->message);
        const auto before = node;
        const bool was_borrowed = is_borrowed_;
        outcome = co_await open(false);
        if (outcome) {
            out.error("no longer in keyspace " + std::exchange(keyspace, {}) + ": " + reason);
            if (!was_borrowed)
                co_await before.close();
        }
    }
    if (outcome)
        co_return cocql::result<void>();
    auto failure = outcome.error();
    if (failure.is(cocql::errc::cancelled))
        co_return failure.with(cocql::request_outcome::not_sent);
    print_connect_failure(failure);
    co_return cocql::error(cocql::errc::connection_lost,
                           "not connected; the statement was not sent");
}

asio::awaitable<cocql::result<void>> session::execute(std::string cql) {
    if (is_borrowed_ && is_use(cql)) {
        // No connection can go back to having no keyspace.
        auto opened = co_await open(true);
        auto own = co_await connected(std::move(opened));
        if (!own)
            co_return own;
    }
    // As it was typed: what the server says of its end then has a place there.
    cql += ';';
    auto answer = co_await query(cql, statement_options(cql));
    if (!answer) {
        use_given_up_ =
            use_given_up_ ||
            (is_use(cql) && answer.error().outcome() == cocql::request_outcome::maybe_executed);
        co_return answer.error();
    }
    auto page = std::move(*answer);
    const auto traced = page.tracing_id();
    if (!page.keyspace().empty())
        keyspace = page.keyspace();
    const bool schema_changed = page.schema_change().has_value();
    if (schema_changed)
        roles_.forget();
    if (page.has_rows()) {
        auto printed = co_await print_rows(std::move(cql), std::move(page));
        if (!printed)
            co_return printed.error();
    } else {
        if (is_list(cql)) {
            // No columns come with nothing; a person still wants to see that it is nothing.
            out.line("");
            out.line("(0 rows)");
        }
        print_warnings(page.warnings());
    }
    if (schema_changed) {
        auto followed = co_await await_followers();
        if (!followed)
            co_return followed.error();
    }
    if (traced) {
        auto shown = co_await print_trace(*traced);
        co_return shown;
    }
    co_return cocql::result<void>();
}

asio::awaitable<cocql::result<void>> session::await_followers() {
    using clock = std::chrono::steady_clock;
    const auto most = settings.connection().request_timeout();
    const clock::duration limit =
        std::min<clock::duration>(most.value_or(longest_agreement), longest_agreement);
    const auto until = clock::now() + limit;
    for (;;) {
        // First the others: what they tell is not to be newer than what ours tells of itself.
        auto answer = co_await ask(schema_followers::question);
        if (answer && !answer->has_rows())
            co_return cocql::result<void>();
        schema_followers::versions versions;
        if (answer) {
            versions = schema_followers::versions_in(*answer);
            if (versions.empty())
                co_return cocql::result<void>();
            answer = co_await ask(schema_followers::question_of_own);
        }
        if (out.is_interrupted())
            co_return followers_not_awaited();
        if (!answer && is_lost)
            co_return answer.error();
        if (!answer) {
            if (answer.error().server() == nullptr)
                out.error("not known whether all nodes have the schema: " +
                          std::string(answer.error().what()));
            co_return cocql::result<void>();
        }
        const auto version = schema_followers::version_in(*answer);
        const auto behind =
            version ? followers_.behind(*version, versions) : std::vector<std::string>();
        if (behind.empty())
            co_return cocql::result<void>();
        if (clock::now() + agreement_pause >= until) {
            followers_.give_up(*version, versions);
            out.error("not all nodes have the schema after " +
                      short_decimal(std::chrono::duration<double>(limit).count()) +
                      " s: " + listed(behind));
            co_return cocql::result<void>();
        }
        auto paused = co_await interruptible(pause(agreement_pause));
        if (!paused)
            co_return followers_not_awaited();
    }
}

asio::awaitable<void> session::learn_roles(cocql::column column) {
    if (!out.is_coloured() || roles_.knows(column))
        co_return;
    auto answer = co_await ask(column_roles::query(column.keyspace, column.table));
    roles_.learn(column, answer ? &*answer : nullptr);
}

asio::awaitable<cocql::result<void>> session::print_rows(std::string cql, cocql::page page) {
    if (!page.columns().empty())
        co_await learn_roles(page.columns().front());
    const bool counted = upper(std::string_view(cql).substr(0, 6)) == "SELECT" || is_list(cql);
    result_printer printer(out, expanded, terminal, &roles_, settings.style);
    std::vector<std::string> warnings;
    std::set<std::string, std::less<>> told;
    for (;;) {
        printer.print(page);
        if (out.is_interrupted())
            co_return rest_not_shown();
        for (const auto& warning : page.warnings())
            if (told.insert(warning).second)
                warnings.push_back(warning);
        if (!page.has_more_pages())
            break;
        if (terminal && !out.is_capturing() && ask_for_more) {
            const bool more = co_await ask_for_more();
            if (out.is_interrupted())
                co_return rest_not_shown();
            if (!more)
                co_return cocql::result<void>();
        }
        auto options = statement_options(cql);
        options.tracing(false);
        const auto state = page.paging_state();
        options.paging_state(std::vector<std::byte>(state.begin(), state.end()));
        auto next = co_await query(cql, options);
        if (!next)
            co_return next.error();
        page = std::move(*next);
    }
    if (counted)
        printer.finish();
    else
        printer.finish_uncounted();
    print_warnings(warnings);
    co_return cocql::result<void>();
}

void session::print_warnings(const std::vector<std::string>& warnings) {
    if (warnings.empty())
        return;
    out.line("");
    out.line("Warnings :");
    for (const auto& warning : warnings) {
        out.line(warning);
        out.line("");
    }
}

asio::awaitable<cocql::result<void>> session::print_trace(cocql::uuid id) {
    auto fetched = co_await when_connected<cocql::trace>(
        [this, id] { return node.fetch_trace(id, settings.trace_patience); });
    if (!fetched) {
        if (fetched.error().is(cocql::errc::not_found))
            co_return cocql::error(cocql::errc::not_found,
                                   "Session " + id.to_string() + " wasn't found.");
        if (fetched.error().is(cocql::errc::cancelled))
            co_return cocql::error(cocql::errc::cancelled, "the trace is not shown");
        co_return fetched.error();
    }
    if (!fetched->is_complete())
        out.line("Statement trace did not complete within " +
                 short_decimal(std::chrono::duration<double>(settings.trace_patience).count()) +
                 " seconds; trace data may be incomplete.");
    if (waterfall)
        print_waterfall(out, *fetched);
    else
        print_trace_table(out, *fetched, terminal);
    co_return cocql::result<void>();
}

} // namespace cocqlsh
