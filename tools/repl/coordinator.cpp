#include "coordinator.hpp"

#include "wait_for.hpp"

#include <cocql/metadata_listener.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace cocqlsh {

namespace asio = boost::asio;

namespace {

/// One that begins now is to end by its own time-out, and to be put away, before whoever waits for
/// it gives up.
constexpr std::chrono::seconds moment{2};

/// Nothing if the node speaks the version.
std::optional<cocql::error> refused_version(const cocql::connection_info& opened,
                                            const std::string& wanted) {
    const auto found = opened.supported.find("CQL_VERSION");
    if (wanted.empty() || found == opened.supported.end() ||
        std::find(found->second.begin(), found->second.end(), wanted) != found->second.end())
        return std::nullopt;
    std::string spoken;
    for (const auto& each : found->second)
        spoken += (spoken.empty() ? "" : ", ") + each;
    cocql::error refused(cocql::errc::bad_configuration,
                         "the server does not speak CQL " + wanted + ", but " + spoken);
    return refused.with_advice("leave out --cqlversion, or [cql] version in cqlshrc");
}

} // namespace

/// Hears of each loss when it happens: later the session only knows why it cannot connect again.
class coordinator::losses final : public cocql::metadata_listener {
  public:
    void host_down(const cocql::host_info& which, const cocql::cluster_metadata&) override {
        note(which.last_failure);
    }
    void note(const std::optional<cocql::error>& why) {
        if (!first)
            first = why;
    }

    std::optional<cocql::error> first;
};

asio::awaitable<coordinator> coordinator::open(options settings, std::string keyspace) {
    coordinator made;
    made.losses_ = std::make_shared<losses>();
    auto connection = settings.connection();
    made.patience_ = connection.connect_timeout();
    connection.keyspace(std::move(keyspace));
    cocql::options wanted(settings.endpoint());
    wanted.connection(std::move(connection))
        .control_connection(false)
        .connections_per_node(1)
        // It knows of no other node that could have another schema.
        .schema_agreement_timeout(std::chrono::seconds(0))
        .listener(made.losses_);
    auto connecting = cocql::connect(std::move(wanted));
    made.session_ = co_await std::move(connecting);
    const auto opened = co_await made.connection();
    const auto refused = opened ? refused_version(*opened, settings.cql_version) : std::nullopt;
    if (refused) {
        co_await made.close();
        throw *refused;
    }
    co_return made;
}

asio::awaitable<void> coordinator::close() const {
    auto session = session_;
    co_await session.close();
}

asio::awaitable<cocql::page> coordinator::query(std::string cql,
                                                cocql::statement_options options) const {
    auto session = session_;
    auto asking = session.query(std::move(cql), std::move(options));
    co_return co_await std::move(asking);
}

asio::awaitable<cocql::trace> coordinator::fetch_trace(cocql::uuid id,
                                                       cocql::time_limit patience) const {
    auto session = session_;
    auto fetching = session.fetch_trace(id, patience);
    co_return co_await std::move(fetching);
}

asio::awaitable<coordinator::condition> coordinator::look() const {
    auto session = session_;
    const auto heard = losses_;
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
    const auto hosts = co_await session.hosts();
    condition found;
    for (const auto& each : hosts) {
        found.is_connected = each.connections != 0;
        if (!found.is_connected)
            heard->note(each.last_failure); // which the listener may yet be told of
    }
    found.loss = heard->first;
    co_return found;
}

asio::awaitable<void> coordinator::reach() const {
    auto session = session_;
    // An attempt that is under way may take all of its time, and the one after it as long again:
    // by then the first has failed, and says why.
    const auto limit = patience_ ? std::optional(*patience_ + moment) : std::nullopt;
    auto connecting = wait_for(session.reconnect(), limit);
    const bool over = co_await std::move(connecting);
    const auto hosts = co_await session.hosts();
    for (const auto& each : hosts) {
        if (each.connections != 0)
            co_return;
        // What it was lost by may be all that is known.
        if (!over && !(each.last_failure && each.last_failure->phase()))
            throw cocql::error(cocql::errc::timed_out, "no attempt to connect has ended yet");
        if (each.last_failure)
            throw *each.last_failure;
    }
}

void coordinator::forget_loss() const noexcept {
    losses_->first.reset();
}

asio::awaitable<std::optional<cocql::connection_info>> coordinator::connection() const {
    auto session = session_;
    const auto all = co_await session.connections();
    const auto found = std::ranges::find_if(all, &cocql::connection_info::takes_requests);
    co_return found == all.end() ? std::nullopt : std::optional(*found);
}

} // namespace cocqlsh
