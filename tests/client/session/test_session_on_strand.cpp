#include <cocql/as_result.hpp>
#include <cocql/session.hpp>
#include <cocql/testing/scripted_cluster.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>

// On an io_context that is made for many threads a session lives on a strand, whose end touches the
// context: nothing that outlives that may keep one.

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace std::chrono_literals;

namespace {

/// One that has been connected to just now, and left in the middle of what this begins.
template <class Begin>
void leave_in_the_middle(std::uint32_t shards, int turns, Begin begin) {
    CAPTURE(shards);
    CAPTURE(turns);
    auto context = std::make_unique<asio::io_context>();
    cluster_settings settings;
    settings.size = 3;
    settings.shards = shards;
    settings.in_memory = true;
    scripted_cluster cluster(*context, settings);
    auto app = cluster.run(connect(options(cluster.node(1).where())));
    begin(cluster, app);
    context->restart();
    for (int i = 0; i < turns; ++i)
        context->poll_one();
    context.reset();
}

void forget(std::exception_ptr, result<void>) {}

} // namespace

TEST_CASE("A session on a strand outlives its io_context in the middle of anything") {
    for (const std::uint32_t shards : {0U, 4U})
        for (int turns = 0; turns < 200; ++turns) {
            leave_in_the_middle(shards, turns, [](scripted_cluster&, session&) {});
            leave_in_the_middle(shards, turns, [](scripted_cluster& cluster, session& app) {
                cluster.run(app.ready());
                asio::co_spawn(app.get_executor(), as_result(app.use_keyspace("other")), forget);
            });
            leave_in_the_middle(shards, turns, [turns](scripted_cluster& cluster, session& app) {
                cluster.run(app.ready());
                for (int number = 1; number <= cluster.size(); ++number)
                    cluster.slow(number, 5ms);
                cluster.run_for(2s);
                cluster.tell_all(schema_change{"CREATED", "TABLE", "app", "other", {}});
                cluster.run_for(90ms + turns * 1ms); // the schema is read meanwhile
            });
            leave_in_the_middle(shards, turns, [](scripted_cluster& cluster, session& app) {
                cluster.run(app.ready());
                cluster.node(1).drop_connections();
            });
        }
}
