#include "run.hpp"
#include "testing/memory_network.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;

namespace {

/// One who listens, and clients that connect from a port of their own.
class one_listener {
  public:
    one_listener() {
        port = network.listen("127.0.0.1", 0, context.get_executor(),
                              [this](std::unique_ptr<io::byte_stream> stream) {
                                  taken.push_back(std::move(stream));
                              });
    }
    result<std::unique_ptr<io::byte_stream>> connect(std::uint16_t from) {
        std::optional<result<std::unique_ptr<io::byte_stream>>> made;
        context.restart();
        tests::run(context, connecting(*this, from, made));
        REQUIRE(made.has_value());
        return std::move(*made);
    }

    asio::io_context context{1};
    memory_network network;
    std::uint16_t port = 0;
    std::vector<std::unique_ptr<io::byte_stream>> taken;

  private:
    static asio::awaitable<void>
    connecting(one_listener& self, std::uint16_t from,
               std::optional<result<std::unique_ptr<io::byte_stream>>>& made) {
        auto& clock = io::steady_clock();
        io::budget budget(clock.now(), std::nullopt);
        io::interruption stop;
        io::connector_settings settings;
        settings.local_port = from;
        const endpoint where("127.0.0.1", self.port);
        auto connecting = self.network.connect(where, nullptr, clock, budget, stop, settings);
        made.emplace(co_await std::move(connecting));
    }
};

} // namespace

TEST_CASE("In memory a port that has a connection somewhere has no other one there meanwhile") {
    one_listener all;
    auto first = all.connect(40000);
    REQUIRE(first.has_value());
    CHECK(all.taken[0]->peer().address == "127.0.0.1:40000");
    const auto second = all.connect(40000);
    REQUIRE(!second.has_value());
    CHECK(second.error().system_code() == asio::error::address_in_use);
    CHECK(all.connect(40001).has_value());
    (*first)->close();
    CHECK(all.connect(40000).has_value());
    CHECK(all.taken.size() == 3);
}

TEST_CASE("In memory nobody listens twice at one address, and whoever has stopped is not reached") {
    one_listener all;
    const auto nobody = [](std::unique_ptr<io::byte_stream>) {};
    const auto executor = all.context.get_executor();
    CHECK_THROWS_AS(all.network.listen("127.0.0.1", all.port, executor, nobody),
                    boost::system::system_error);
    CHECK(all.network.listen("127.0.0.2", 0, executor, nobody) == all.port);
    CHECK(all.network.listen("127.0.0.1", 0, executor, nobody) == all.port + 1);
    all.network.stop_listening("127.0.0.1", all.port);
    const auto refused = all.connect(0);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().is(errc::connect_failed));
    CHECK(refused.error().system_code() == asio::error::connection_refused);
}
