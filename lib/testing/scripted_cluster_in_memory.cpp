#include "testing/memory_world.hpp"
#include "testing/node_server.hpp"

#include <cocql/testing/scripted_cluster.hpp>

#include <boost/asio/this_coro.hpp>

#include <stdexcept>
#include <utility>

// What a cluster does otherwise that is in memory.

namespace cocql::testing {

namespace asio = boost::asio;

std::unique_ptr<scripted_node> scripted_cluster::make_node(node_options how) const {
    if (world_ == nullptr)
        return std::make_unique<scripted_node>(context_, std::move(how));
    std::shared_ptr<memory_network> network(world_, &world_->network);
    std::shared_ptr<io::clock> clock(world_, &world_->clock);
    return std::unique_ptr<scripted_node>(new scripted_node(
        node_server::listening(context_, std::move(how), std::move(network), std::move(clock))));
}

memory_world& scripted_cluster::in_memory() const {
    if (world_ == nullptr)
        throw std::logic_error("only a cluster in memory can do that");
    return *world_;
}

void scripted_cluster::run_until(const std::function<bool()>& is_so) {
    in_memory().run_until(context_, is_so);
}

void scripted_cluster::run_for(std::chrono::nanoseconds time) {
    in_memory().run_for(context_, time);
}

asio::awaitable<void> scripted_cluster::wait_for(std::chrono::nanoseconds time) {
    auto& clock = in_memory().clock;
    const auto timer = clock.make_timer(co_await asio::this_coro::executor);
    co_await timer->wait_until(base::after(clock.now(), time));
}

std::chrono::steady_clock::time_point scripted_cluster::now() const {
    return in_memory().clock.now();
}

void scripted_cluster::cut_off(int number) {
    in_memory().network.cut_off(node(number).where().host());
}

void scripted_cluster::join(int number) {
    in_memory().network.join(node(number).where().host());
}

void scripted_cluster::kill(int number) {
    in_memory().network.reset(node(number).where().host());
    stop(number);
}

void scripted_cluster::name(const std::string& host, const std::vector<int>& numbers) {
    std::vector<std::string> addresses;
    for (const int number : numbers)
        addresses.push_back(node(number).where().host());
    in_memory().network.name(host, std::move(addresses));
}

} // namespace cocql::testing
