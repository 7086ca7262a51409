#include "show_cluster.hpp"

#include "cells.hpp"
#include "connect_failure.hpp"
#include "known_cluster.hpp"
#include "result_printer.hpp"
#include "seen_cluster.hpp"
#include "wait_for.hpp"

#include <cocql/as_result.hpp>
#include <cocql/request_route.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <tuple>
#include <utility>

namespace cocqlsh {

namespace asio = boost::asio;

namespace {

using steady = std::chrono::steady_clock;

/// When it is to be over; nothing: never.
class time_left {
  public:
    explicit time_left(std::optional<steady::duration> all) {
        if (all)
            until_ = steady::now() + std::min(*all, steady::duration(std::chrono::hours(24 * 365)));
    }
    std::optional<steady::duration> now() const {
        if (!until_)
            return std::nullopt;
        return std::max(*until_ - steady::now(), steady::duration::zero());
    }

  private:
    std::optional<steady::time_point> until_;
};

constexpr const char* question = "SELECT key FROM system.local";

/// Asks it the same way, whoever is asked: a session, or a connection to the node.
template <class Asked>
asio::awaitable<cocql::result<void>> ask(Asked& who, seen_host& seen, cocql::statement_options how,
                                         time_left limit) {
    how.consistency(cocql::consistency::local_one).timeout(limit.now());
    const auto begun = steady::now();
    auto answer = co_await cocql::as_result(who.query(question, how));
    if (!answer)
        co_return answer.error();
    seen.answer = steady::now() - begun;
    if (seen.host.shards == 0)
        co_return cocql::result<void>();
    how.timeout(limit.now());
    auto version = co_await cocql::as_result(
        who.query("SELECT version FROM system.versions WHERE key = 'local'", how));
    if (version && !version->empty())
        seen.own_version = text_of(*version, version->front(), "version");
    co_return cocql::result<void>();
}

/// By a connection of its own, for so long as there is time: the session is still at it.
asio::awaitable<cocql::result<void>> ask_anew(seen_host& seen, cocql::connection_options how,
                                              time_left limit) {
    if (const auto left = limit.now())
        how.connect_timeout(std::min(how.connect_timeout().value_or(*left), *left));
    auto opened = co_await cocql::as_result(cocql::connection::open(seen.host.where, how));
    if (!opened)
        co_return opened.error();
    auto answered = co_await ask(*opened, seen, cocql::statement_options(), limit);
    co_await opened->close();
    co_return answered;
}

/// `settled`: that the session has no connection to it is because it could not be had just now.
asio::awaitable<void> ask_host(cocql::session cluster, seen_host& seen,
                               cocql::connection_options how, time_left limit, bool settled) {
    cocql::statement_options there;
    there.route(cocql::request_route::to_host(seen.host.id));
    auto answered = co_await ask(cluster, seen, there, limit);
    if (!answered && answered.error().is(cocql::errc::no_host_available)) {
        if (const auto* const why = answered.error().cause(); settled && why != nullptr) {
            seen.failure = *why;
            co_return;
        }
        answered = co_await ask_anew(seen, how, limit);
    }
    if (!answered)
        seen.failure = answered.error();
}

/// All at the same time.
asio::awaitable<void> ask_hosts(cocql::session cluster, std::vector<seen_host>& hosts,
                                cocql::connection_options how, time_left limit, bool settled) {
    if (hosts.empty())
        co_return;
    const auto executor = co_await asio::this_coro::executor;
    const auto begin = [&](seen_host& host) {
        return asio::co_spawn(executor, ask_host(cluster, host, how, limit, settled),
                              asio::deferred);
    };
    std::vector<decltype(begin(hosts.front()))> questions;
    questions.reserve(hosts.size());
    for (auto& each : hosts)
        questions.push_back(begin(each));
    auto all = asio::experimental::make_parallel_group(std::move(questions));
    const auto ended =
        co_await all.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    for (const auto& thrown : std::get<1>(ended))
        if (thrown)
            std::rethrow_exception(thrown);
}

/// Puts down what has become of the nodes meanwhile.
void look_again(seen_cluster& seen, const cocql::cluster_metadata& known,
                const cocql::session_metrics& metrics) {
    for (auto& each : seen.hosts) {
        if (const auto* now = known.host(each.host.id))
            each.host = *now;
        if (each.answer)
            each.host.status = cocql::host_status::up;
        const auto counted =
            std::ranges::find(metrics.hosts, each.host.id, &cocql::host_metrics::id);
        if (counted != metrics.hosts.end())
            each.metrics = *counted;
    }
}

asio::awaitable<seen_cluster> look_at(known_cluster& cluster, options settings) {
    auto session = co_await cluster.open(settings);
    const auto whole = settings.connection().request_timeout();
    const time_left limit(whole);
    // It tries nodes that it has lost again after a rest; whoever asks wants to hear how it is now.
    auto connections = cluster.is_new() ? session.ready() : session.reconnect();
    const bool settled =
        co_await wait_for(std::move(connections), whole ? std::optional(*whole / 2) : std::nullopt);
    const auto known = co_await session.metadata();
    seen_cluster seen;
    seen.name = known.cluster_name();
    seen.partitioner = known.partitioner();
    for (const auto& each : known.hosts())
        seen.hosts.emplace_back().host = each;
    co_await ask_hosts(session, seen.hosts, settings.connection(), limit, settled);
    const auto now = co_await session.metadata();
    const auto metrics = co_await session.metrics();
    look_again(seen, now, metrics);
    seen.sort();
    seen.warnings = cluster.take_warnings();
    co_return seen;
}

cocql::error not_shown() {
    return cocql::error(cocql::errc::cancelled, "the cluster is not shown");
}

std::vector<cell> cells_of(const seen_host& seen) {
    std::vector<cell> cells;
    for (auto& text : host_row(seen))
        cells.emplace_back(std::move(text), seen.answer ? colour::yellow : colour::red);
    return cells;
}

void print_hosts(session& where, const seen_cluster& seen) {
    std::vector<std::vector<cell>> rows;
    for (const auto& each : seen.hosts)
        rows.push_back(cells_of(each));
    result_printer(where.out, where.expanded, where.terminal).print(host_columns(), rows);
    if (!where.terminal && !where.expanded)
        where.out.line("");
    bool all_answered = true;
    for (const auto& each : seen.hosts)
        if (each.failure) {
            where.out.line(failure_line(each));
            all_answered = false;
        }
    if (!all_answered)
        where.out.line("");
}

/// With the node of the connection, where that is known.
void print_seen(session& where, const seen_cluster& seen, const seen_host* connected) {
    auto& out = where.out;
    const auto given = where.settings.endpoint().to_string();
    const auto address = connected != nullptr ? connected->host.where.to_string() : given;
    out.line("");
    out.line("Cluster: " + seen.name);
    out.line("Partitioner: " + seen.partitioner);
    out.line("Connected to: " + address + (address == given ? "" : " (by " + given + ")"));
    out.line("");
    print_hosts(where, seen);
    where.print_warnings(seen.warnings);
}

} // namespace

asio::awaitable<cocql::result<void>> show_cluster(session& where) {
    // By the node itself: which of them statements go to, the cluster's session does not know.
    auto own = co_await where.ask("SELECT host_id FROM system.local WHERE key = 'local'");
    if (where.out.is_interrupted())
        co_return not_shown();
    if (!own && own.error().server() == nullptr)
        co_return own.error();
    auto seen = co_await where.interruptible(look_at(where.cluster, where.settings));
    if (!seen && (seen.error().is(cocql::errc::cancelled) || where.out.is_interrupted()))
        co_return not_shown();
    if (!seen) {
        for (const auto& line : connect_failure(seen.error(), where.settings))
            where.out.error(line);
        co_return cocql::error(seen.error().code(),
                               "the cluster is not shown; the connection is as it was");
    }
    const auto id = own && !own->empty()
                        ? cocql::uuid::parse(text_of(*own, own->front(), "host_id"))
                        : std::nullopt;
    print_seen(where, *seen, id ? seen->find(*id) : nullptr);
    co_return cocql::result<void>();
}

} // namespace cocqlsh
