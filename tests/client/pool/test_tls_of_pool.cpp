#include "node_and_pool.hpp"

#include <algorithm>
#include <filesystem>
#include <random>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;
using client::host_pool;
using client::pool_settings;

namespace {

/// The same over TLS, with what a session prepares of it.
class tls_pool : public node_and_pool {
  public:
    tls_pool(speech how, bool with_answer) : node_and_pool(0) {
        auto options = node_of(how);
        options.tls->tickets_with_answer = with_answer;
        usual = std::make_unique<testing::scripted_node>(context, options);
        settings.options = client_of(how);
        settings.tls = std::make_shared<io::tls_tickets>(prepared());
    }
    io::tls_context prepared() const {
        return io::tls_context::for_client(*settings.options.tls_settings()).value();
    }
};

} // namespace

TEST_CASE("With TLS it never goes to the plain port of the shards") {
    node_and_pool node(4);
    node.usual->options().tls.reset();
    node.begin();
    node.settle();
    CHECK(node.by_source->accepted() == 3);
    node.close();

    node_and_pool with_tls(4);
    auto options = node_of(speech::tls_1_3, with_tls.options(false));
    with_tls.usual = std::make_unique<testing::scripted_node>(with_tls.context, options);
    with_tls.settings.options = client_of(speech::tls_1_3);
    with_tls.begin();
    with_tls.until([&] { return with_tls.pool->is_full(); });
    CHECK(with_tls.by_source->accepted() == 0);
    CHECK(with_tls.pool->size() == 4);
    with_tls.close();
}

TEST_CASE("Files of TLS are read once, and not for each connection") {
    node_and_pool node(0);
    node.usual = std::make_unique<testing::scripted_node>(
        node.context, node_of(speech::tls_1_3, node.options(false)));
    const auto path = std::filesystem::temp_directory_path() /
                      ("cocql_pool_ca_" + std::to_string(std::random_device()()));
    std::filesystem::copy_file(certificate("ca.pem"), path);
    node.settings.options.tls(tls_options().ca_file(path.string()));
    node.settings.tls = std::make_shared<io::tls_tickets>(
        io::tls_context::for_client(*node.settings.options.tls_settings()).value());
    std::filesystem::remove(path);
    node.fill();
    CHECK(node.pool->connection_to(0)->peer().tls_version == "TLSv1.3");
    node.close();
}

TEST_CASE("Of ten connections nine resume a TLS session, whenever the node gives its tickets") {
    for (const auto& each : {std::pair(speech::tls_1_2, false), std::pair(speech::tls_1_3, false),
                             std::pair(speech::tls_1_3, true)}) {
        const auto how = each.first;
        const bool with_answer = each.second;
        INFO(name_of(how) << ", tickets with the first answer: " << with_answer);
        tls_pool node(how, with_answer);
        node.settings.limits.per_shard = 10;
        node.fill();
        const auto& counted = node.settings.tls->counted();
        MESSAGE(name_of(how) << ": " << counted.resumed << " of " << counted.resumed + counted.full
                             << " resumed");
        CHECK(counted.full == 1);
        CHECK(counted.resumed == 9);
        CHECK(node.usual->resumed() == 9);
        // All are lost, and none has to show its certificate again.
        node.usual->drop_connections();
        node.until([&] { return node.usual->accepted() == 20 && node.pool->is_full(); });
        CHECK(counted.full == 1);
        CHECK(counted.resumed == 19);
        node.close();
    }
}

TEST_CASE("A pool whose TLS is prepared anew replaces its connections, and those being opened") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3})
        for (std::size_t turns = 0; turns < 60; turns += 3) {
            tls_pool node(how, false);
            node.settings.limits.per_shard = 3;
            node.begin();
            node.context.restart();
            for (std::size_t i = 0; i < turns && !node.pool->is_full(); ++i)
                node.context.run_one();
            std::size_t before = 0;
            std::uint64_t full = 0;
            bool renewed = false;
            asio::post(node.context, [&] {
                before = node.pool->size();
                full = node.settings.tls->counted().full;
                node.settings.tls->renew(node.prepared());
                node.pool->renew();
                CHECK(node.pool->size() == before); // they serve on
                renewed = true;
            });
            node.until([&] { return renewed && node.pool->is_full(); });
            node.settle();
            CHECK(node.pool->size() == 3);
            // The first by what is new, and one whose handshake was already over on our side.
            CHECK(node.settings.tls->counted().full >= full + 1);
            CHECK(node.settings.tls->counted().full <= full + 2);
            const auto ended = std::ranges::count(node.usual->endings(), "end");
            CHECK(static_cast<std::size_t>(ended) >= before);
            CHECK(node.heard.told == std::vector<std::string>{"reached 1"});
            node.close();
        }
}
