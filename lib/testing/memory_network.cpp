#include "testing/memory_network.hpp"

#include "io/bridge/shutdown_registry.hpp"
#include "io/bridge/signal_event.hpp"
#include "io/connect/alarm.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>

namespace cocql::testing {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::uint16_t first_server_port = 9042;

// Where Linux has the ports that it chooses itself.
constexpr std::uint16_t first_client_port = 32768;
constexpr std::uint16_t last_client_port = 60999;

std::string text_of(const std::string& host, std::uint16_t port) {
    return endpoint(host, port).to_string();
}

error not_connected(boost::system::error_code why) {
    return error(errc::connect_failed, "cannot connect: " + why.message())
        .with(why)
        .with_advice("check the address and the port, and that the server runs");
}

} // namespace

/// Somebody who connects to a host that is cut off.
class memory_network::waiting final : private io::shutdown_registry::member {
  public:
    waiting(std::shared_ptr<std::list<waiting*>> all, const asio::any_io_executor& executor)
        : all_(std::move(all)), woken_(executor), place_(all_->insert(all_->end(), this)) {
        join(asio::query(executor, asio::execution::context));
    }
    ~waiting() override {
        leave();
        all_->erase(place_);
    }

    auto wait() { return woken_.wait(); }
    void wake() { woken_.notify(); }

  private:
    void context_destroyed() noexcept override { const auto sleeper = woken_.take(); }

    const std::shared_ptr<std::list<waiting*>> all_;
    io::signal_event woken_;
    std::list<waiting*>::iterator place_;
};

// --- hosts

std::uint16_t memory_network::free_port(const std::string& host, std::uint16_t from) const {
    while (listeners_.contains({host, from}))
        ++from;
    return from;
}

std::uint16_t memory_network::listen(const std::string& host, std::uint16_t port,
                                     asio::any_io_executor executor, taker by) {
    if (port == 0)
        port = free_port(host, first_server_port);
    auto made = std::make_shared<const listener>(listener{std::move(executor), std::move(by)});
    if (!listeners_.try_emplace({host, port}, std::move(made)).second)
        throw boost::system::system_error(asio::error::address_in_use, "listen");
    return port;
}

void memory_network::stop_listening(const std::string& host, std::uint16_t port) {
    listeners_.erase({host, port});
}

template <class Function>
void memory_network::at_each_of(const std::string& host, Function what) {
    forget_ended();
    for (const auto& each : connections_)
        if (const auto between = each.between.lock(); between && each.to.first == host)
            what(*between);
}

void memory_network::cut_off(const std::string& host) {
    cut_off_.insert(host);
    at_each_of(host, [](memory_wire& between) { between.hold(); });
}

void memory_network::join(const std::string& host) {
    cut_off_.erase(host);
    at_each_of(host, [](memory_wire& between) { between.release(); });
    for (auto* const each : *waiting_)
        each->wake();
}

void memory_network::reset(const std::string& host) {
    at_each_of(host, [](memory_wire& between) { between.reset(); });
}

void memory_network::name(const std::string& name, std::vector<std::string> hosts) {
    names_[name] = std::move(hosts);
}

// --- clients

asio::awaitable<result<std::vector<tcp::endpoint>>>
memory_network::resolve(const endpoint& where, io::interruption& stop,
                        io::resolver_settings settings) {
    static_cast<void>(settings);
    if (stop.why())
        co_return *stop.why();
    const auto known = names_.find(where.host());
    const auto hosts = known != names_.end() ? known->second : std::vector{where.host()};
    std::vector<tcp::endpoint> found;
    for (const auto& each : hosts) {
        boost::system::error_code no_address;
        const auto address = asio::ip::make_address(each, no_address);
        if (no_address) {
            const boost::system::error_code code = asio::error::host_not_found;
            co_return error(errc::resolve_failed,
                            "cannot resolve '" + where.host() + "': " + code.message())
                .with(code)
                .with_advice("check the host name");
        }
        found.emplace_back(address, where.port());
    }
    co_return found;
}

asio::awaitable<result<std::unique_ptr<io::byte_stream>>>
memory_network::connect(const endpoint& where, const io::tls_client_settings* tls, io::clock& clock,
                        io::budget& budget, io::interruption& stop,
                        io::connector_settings settings) {
    const auto executor = co_await asio::this_coro::executor;
    const io::alarm deadline(clock, executor, budget.deadline(), [&stop, &budget, &clock] {
        stop.interrupt(budget.phases().timed_out(clock.now()));
    });
    budget.phases().enter(phase::resolve, clock.now());
    auto resolving = resolve(where, stop, settings.names);
    const auto addresses = co_await std::move(resolving);
    if (!addresses)
        co_return addresses.error();
    budget.phases().enter(phase::tcp_connect, clock.now());
    result<std::unique_ptr<io::byte_stream>> made = not_connected(asio::error::host_not_found);
    for (const auto& each : *addresses) {
        const place to(each.address().to_string(), each.port());
        waiting reachable(waiting_, executor);
        const io::interruption::guard guard(stop, [&reachable] { reachable.wake(); });
        while (cut_off_.contains(to.first) && !stop.why())
            co_await reachable.wait();
        if (stop.why())
            co_return *stop.why();
        made = connect_at_once(to, settings.local_port, executor);
        if (made)
            break;
    }
    if (made && tls != nullptr) {
        budget.phases().enter(phase::tls_handshake, clock.now());
        co_return error(errc::tls_failed, "there is no TLS in memory");
    }
    co_return std::move(made);
}

result<std::unique_ptr<io::byte_stream>>
memory_network::connect_at_once(const place& to, std::uint16_t from,
                                asio::any_io_executor executor) {
    const auto found = listeners_.find(to);
    if (found == listeners_.end())
        return not_connected(asio::error::connection_refused);
    forget_ended();
    if (from != 0 && is_taken(from, to))
        return not_connected(asio::error::address_in_use);
    if (from == 0)
        from = next_port(to);
    const auto by = found->second; // whom it tells may stop to listen
    auto ends = memory_pipe::connected(executor, text_of("127.0.0.1", from), by->executor,
                                       text_of(to.first, to.second));
    connections_.push_back({from, to, ends.between});
    by->by(std::move(ends.server));
    return std::unique_ptr<io::byte_stream>(std::move(ends.client));
}

std::uint16_t memory_network::next_port(const place& to) {
    do
        last_port_ = last_port_ < first_client_port || last_port_ == last_client_port
                         ? first_client_port
                         : static_cast<std::uint16_t>(last_port_ + 1);
    while (is_taken(last_port_, to));
    return last_port_;
}

bool memory_network::is_taken(std::uint16_t from, const place& to) const {
    return std::ranges::any_of(
        connections_, [&](const connection& each) { return each.from == from && each.to == to; });
}

void memory_network::forget_ended() {
    std::erase_if(connections_, [](const connection& each) {
        const auto between = each.between.lock();
        // Its client has closed it, and the other end can know that.
        return !between ||
               (!between->is_held() && between->to_server.ended && between->to_client.refused);
    });
}

} // namespace cocql::testing
