#include "client/connection/fetch_trace.hpp"

#include "core/base/time.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace cocql::client {

namespace asio = boost::asio;
using std::chrono::microseconds;

namespace {

constexpr auto between_questions = std::chrono::milliseconds(50);

std::optional<microseconds> microseconds_of(std::optional<std::int32_t> count) {
    return count ? std::optional(microseconds(*count)) : std::nullopt;
}

/// The columns that all servers have, and those that only some do.
void read_session(const page& sessions, trace& into) {
    const char* names[] = {"request", "coordinator", "started_at", "duration"};
    for (const auto* name : names)
        static_cast<void>(sessions.front()[name]); // told by name when it is missing
    const auto row = sessions.front();
    for (std::size_t i = 0; i < row.size(); ++i) {
        const auto& name = sessions.columns()[i].name;
        const auto read = [&]<class T>(T& out) {
            const auto cell = row[i];
            return !cell.is_null() && codec<T>::reads(cell.type()) &&
                   codec<T>::decode(cell.type(), cell.bytes(), out);
        };
        inet_address client;
        std::int32_t duration = 0;
        if (name == "request")
            read(into.request);
        else if (name == "command")
            read(into.command);
        else if (name == "coordinator")
            read(into.coordinator);
        else if (name == "started_at")
            read(into.started_at);
        else if (name == "parameters")
            read(into.parameters);
        else if (name == "client" && read(client))
            into.client = client;
        else if (name == "duration" && read(duration))
            into.duration = microseconds(duration);
    }
}

void read_events(const page& rows, trace& into) {
    into.events.clear();
    for (auto [id, activity, source, elapsed, thread] :
         rows.rows<uuid, std::optional<std::string>, std::optional<inet_address>,
                   std::optional<std::int32_t>, std::optional<std::string>>()) {
        trace_event event;
        event.id = id;
        event.activity = activity.value_or("");
        event.thread = thread.value_or("");
        event.source = source.value_or(inet_address());
        event.source_elapsed = microseconds_of(elapsed);
        into.events.push_back(std::move(event));
    }
}

} // namespace

asio::awaitable<trace> fetch_trace(trace_question ask, io::clock& clock, uuid id,
                                   time_limit patience) {
    const auto executor = co_await asio::this_coro::executor;
    const auto until = base::after(clock.now(), patience.length_or_longest());
    const auto pause = clock.make_timer(executor);
    statement_options options;
    options.consistency(consistency::one).page_size(std::nullopt).idempotent();
    const auto text = id.to_string();
    trace gathered;
    gathered.id = id;
    for (;;) {
        auto asking =
            ask("SELECT * FROM system_traces.sessions WHERE session_id = " + text, options);
        const auto sessions = co_await std::move(asking);
        if (!sessions.empty())
            read_session(sessions, gathered);
        if (gathered.is_complete() || clock.now() >= until) {
            if (sessions.empty())
                throw error(errc::not_found, "there is no trace " + text);
            break;
        }
        co_await pause->wait_until(base::after(clock.now(), between_questions));
    }
    auto asking =
        ask("SELECT event_id, activity, source, source_elapsed, thread FROM system_traces.events "
            "WHERE session_id = " +
                text,
            options);
    const auto events = co_await std::move(asking);
    read_events(events, gathered);
    co_return gathered;
}

} // namespace cocql::client
