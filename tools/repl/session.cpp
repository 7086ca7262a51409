#include "session.hpp"

#include "result_printer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <utility>

namespace cocqlsh {

namespace asio = boost::asio;

session::session(asio::any_io_executor executor, options given, output& out, bool terminal)
    : settings(std::move(given)), out(out), keyspace(settings.keyspace), terminal(terminal),
      executor_(std::move(executor)) {}

// --- the connection

asio::awaitable<bool> session::connect() {
    auto wanted = settings.connection();
    wanted.keyspace(keyspace);
    auto opened = co_await interruptible(cocql::connection::open(settings.endpoint(), wanted));
    if (!opened) {
        print_connect_failure(opened.error());
        co_return false;
    }
    connection = std::move(*opened);
    co_return true;
}

asio::awaitable<void> session::close() {
    if (connection)
        co_await connection.close();
}

void session::print_connect_failure(const cocql::error& failure) {
    out.error("Could not connect to " + settings.endpoint().to_string());
    const auto phase = failure.phase();
    if (phase) {
        auto line = "  phase: " + std::string(to_string(*phase));
        if (!failure.times().empty())
            line += " (" + to_string(failure.times()) + ")";
        out.error(line);
    }
    std::string cause(failure.message());
    for (const auto* beneath = failure.cause(); beneath != nullptr; beneath = beneath->cause())
        cause += ": " + std::string(beneath->message());
    out.error("  cause: " + cause);
    for (const auto& attempt : failure.attempts())
        out.error("  tried: " + std::string(attempt.message()));
    std::string advice(failure.advice());
    using cocql::errc;
    if (failure.has(errc::authentication_required) || failure.has(errc::authentication_failed))
        advice = "check -u and -p";
    else if (failure.has(errc::client_certificate_required))
        advice = "give a client certificate with --tls-cert and --tls-key";
    else if (failure.has(errc::certificate_rejected) || failure.x509_code())
        advice += " (--tls-ca, --tls-server-name, --tls-verify)";
    else if (failure.is(errc::tls_failed))
        advice += " (leave --ssl and the --tls options out for a plain port)";
    else if (!settings.tls && phase == cocql::phase::options &&
             (failure.has(errc::connection_lost) || failure.has(errc::timed_out)))
        advice = "the port may want TLS: try --ssl or --tls-ca";
    else if (failure.has(errc::timed_out))
        advice = "check host and port, or raise --connect-timeout";
    if (!advice.empty())
        out.error("  try:   " + advice);
}

void session::interrupt() { interrupted_.emit(asio::cancellation_type::all); }

// --- statements

cocql::statement_options session::statement_options() const {
    cocql::statement_options options;
    options.consistency(consistency).page_size(page_size ? page_size : std::optional<std::int32_t>(0));
    options.tracing(tracing);
    if (serial_consistency)
        options.serial_consistency(*serial_consistency);
    return options;
}

asio::awaitable<cocql::result<cocql::page>> session::ask(std::string cql) {
    cocql::statement_options options;
    options.consistency(cocql::consistency::one).page_size(std::nullopt);
    auto answer = co_await interruptible(connection.query(std::move(cql), options));
    co_return answer;
}

asio::awaitable<cocql::result<void>> session::execute(std::string cql) {
    auto answer = co_await interruptible(connection.query(cql, statement_options()));
    if (!answer)
        co_return answer.error();
    auto page = std::move(*answer);
    const auto traced = page.tracing_id();
    if (!page.keyspace().empty())
        keyspace = page.keyspace();
    if (page.has_rows()) {
        auto printed = co_await print_rows(std::move(cql), std::move(page));
        if (!printed)
            co_return printed.error();
    } else {
        print_warnings(page);
    }
    if (traced) {
        auto shown = co_await print_trace(*traced);
        co_return shown;
    }
    co_return cocql::result<void>();
}

asio::awaitable<cocql::result<void>> session::print_rows(std::string cql, cocql::page page) {
    result_printer printer(out, expanded, terminal);
    for (;;) {
        printer.print(page);
        print_warnings(page);
        if (!page.has_more_pages())
            break;
        if (terminal && !out.is_capturing() && ask_for_more) {
            const bool more = co_await ask_for_more();
            if (!more)
                co_return cocql::result<void>();
        }
        auto options = statement_options();
        options.tracing(false);
        const auto state = page.paging_state();
        options.paging_state(std::vector<std::byte>(state.begin(), state.end()));
        auto next = co_await interruptible(connection.query(cql, options));
        if (!next)
            co_return next.error();
        page = std::move(*next);
    }
    printer.finish();
    co_return cocql::result<void>();
}

void session::print_warnings(const cocql::page& page) {
    if (page.warnings().empty())
        return;
    out.note("");
    out.note("Warnings :");
    for (const auto& warning : page.warnings())
        out.note(warning);
}

asio::awaitable<cocql::result<void>> session::print_trace(cocql::uuid id) {
    // The server writes a trace after it has answered; its duration comes last.
    constexpr auto longest_wait = std::chrono::seconds(10);
    const auto give_up = std::chrono::steady_clock::now() + longest_wait;
    const auto text = id.to_string();
    cocql::page head;
    for (;;) {
        auto found = co_await ask("SELECT * FROM system_traces.sessions WHERE session_id = " + text);
        if (!found)
            co_return found.error();
        head = std::move(*found);
        if (!head.empty() && !head.front()["duration"].is_null())
            break;
        if (std::chrono::steady_clock::now() > give_up) {
            if (head.empty())
                co_return cocql::error(cocql::errc::not_found, "the trace " + text + " is not there");
            break;
        }
        asio::steady_timer pause(executor_, std::chrono::milliseconds(50));
        auto [ignored] = co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        static_cast<void>(ignored);
    }
    auto events = co_await ask("SELECT event_id, activity, source, source_elapsed, thread FROM "
                               "system_traces.events WHERE session_id = " + text);
    if (!events)
        co_return events.error();
    const auto shown = [](const cocql::value_view& view) {
        const auto decoded = view.decode();
        return decoded ? cocql::format(view.type(), *decoded) : std::string("<undecodable>");
    };
    const auto session_row = head.front();
    const auto client = shown(session_row["client"]);
    const auto begun = shown(session_row["started_at"]);
    std::vector<std::vector<cell>> rows;
    const auto add = [&](std::string activity, std::string when, std::string source, std::string elapsed) {
        std::vector<cell> row;
        row.emplace_back(std::move(activity), colour::yellow);
        row.emplace_back(std::move(when), colour::green);
        row.emplace_back(std::move(source), colour::green);
        row.emplace_back(std::move(elapsed), colour::green);
        row.emplace_back(client, colour::green);
        rows.push_back(std::move(row));
    };
    add("Execute CQL3 query", begun, shown(session_row["coordinator"]), "0");
    for (const auto row : events->rows()) {
        // A version 1 uuid counts 100 ns since 1582-10-15.
        std::string when;
        if (const auto decoded = row["event_id"].decode(); decoded && decoded->get<cocql::uuid>() != nullptr) {
            const auto& bytes = decoded->get<cocql::uuid>()->bytes;
            const auto part = [&](std::size_t i) { return std::to_integer<std::uint64_t>(bytes[i]); };
            const std::uint64_t ticks = (part(6) & 0x0f) << 56 | part(7) << 48 | part(4) << 40 |
                                        part(5) << 32 | part(0) << 24 | part(1) << 16 |
                                        part(2) << 8 | part(3);
            constexpr std::uint64_t epoch = 0x01b21dd213814000;
            when = cocql::timestamp{static_cast<std::int64_t>((ticks - epoch) / 10000)}.to_string();
        }
        add(shown(row["activity"]), when, shown(row["source"]), shown(row["source_elapsed"]));
    }
    add("Request complete", begun, shown(session_row["coordinator"]), shown(session_row["duration"]));
    out.line("");
    out.line("Tracing session: " + text);
    out.line("");
    result_printer printer(out, false, terminal);
    printer.print({"activity", "timestamp", "source", "source_elapsed", "client"}, rows);
    out.line("");
    co_return cocql::result<void>();
}

} // namespace cocqlsh
