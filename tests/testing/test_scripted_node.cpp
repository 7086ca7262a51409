#include "client/node.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;

namespace {

asio::awaitable<void> open_to_listen(endpoint where, connection_options options,
                                     std::optional<connection>& out) {
    out = co_await connection::open(where, options);
}

} // namespace

TEST_CASE("A node that is told of a thousand events at once sends each, in their order, and takes "
          "its time for nothing else") {
    for_each_speech([](speech how) {
        asio::io_context context(1);
        testing::scripted_node node(context, node_of(how, echo()));
        std::vector<std::string> heard;
        auto options = client_of(how);
        options.events({event_type::status_change}, [&](const event& happened) {
            heard.push_back(std::get<status_change>(happened).address);
        });
        std::optional<connection> open;
        start(context, open_to_listen(node.where(), options, open));
        while (!open)
            REQUIRE(context.run_one() != 0);
        std::vector<std::string> told;
        for (int i = 0; i < 1000; ++i) {
            told.push_back("127.0." + std::to_string(i / 256) + "." + std::to_string(i % 256));
            node.tell(status_change{"UP", told.back(), 9042});
        }
        std::size_t steps = 0;
        while (heard.size() < told.size()) {
            REQUIRE(context.run_one() != 0);
            REQUIRE(++steps < 100 * told.size());
        }
        CHECK(heard == told);
        start(context, open->close());
        context.restart();
        while (context.poll() != 0) {
        }
    });
}
