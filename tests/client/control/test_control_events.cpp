#include "control_cluster.hpp"

#include <malloc.h>

using namespace cocql;
using namespace cocql::testing;
using namespace cocql::tests;
using namespace std::chrono_literals;

TEST_CASE("An event makes it read what it is about, soon and once") {
    cluster all(2);
    all.open();
    all.advance(2s);
    all.nodes[0]->tell(new_node);
    all.settle();
    all.advance(99ms);
    CHECK(all.readings("system.local") == 1);
    all.clock.advance(1ms);
    all.until([&] { return all.heard.pictures.size() == 2; });
    CHECK(all.readings("system.local") == 2);
    CHECK(all.readings("system_schema.tables") == 1);
    CHECK(all.heard.pictures[1].schema == all.heard.pictures[0].schema);
    CHECK(all.heard.pictures[1].hosts != all.heard.pictures[0].hosts);
    all.nodes[0]->tell(new_table);
    all.settle();
    all.clock.advance(1s);
    all.until([&] { return all.heard.pictures.size() == 3; });
    CHECK(all.readings("system.local") == 2);
    CHECK(all.readings("system_schema.tables") == 2);
    CHECK(all.heard.pictures[2].hosts == all.heard.pictures[1].hosts);
    all.close();
}

TEST_CASE("A status is told as it came, and makes it read the topology") {
    cluster all(1);
    all.open();
    all.advance(2s);
    all.nodes[0]->tell(status_change{"DOWN", "127.0.0.7", 9042});
    all.until([&] { return !all.heard.statuses.empty(); });
    CHECK(all.heard.statuses == std::vector<std::string>{"DOWN 127.0.0.7"});
    all.clock.advance(100ms);
    all.until([&] { return all.readings("system.local") == 2; });
    all.close();
}

TEST_CASE("Many events are few readings") {
    cluster all(1);
    all.open();
    all.advance(2s);
    for (int i = 0; i < 200; ++i) {
        all.nodes[0]->tell(status_change{"UP", "127.0.0.7", 9042});
        all.nodes[0]->tell(new_table);
    }
    all.until([&] { return all.heard.statuses.size() == 200; });
    CHECK(all.readings("system.local") == 1);
    all.clock.advance(100ms);
    all.until([&] { return all.heard.pictures.size() == 2; });
    all.settle();
    for (int i = 0; i < 30; ++i)
        all.advance(100ms);
    CHECK(all.readings("system.local") == 2);
    CHECK(all.readings("system_schema.tables") <= 3);
    all.close();
}

namespace {

/// What the program holds, in bytes; zero under a sanitizer, whose own allocator it is then.
std::size_t held() {
    return mallinfo2().uordblks;
}

/// Four events about what was not told of before.
void tell_of(cluster& all, int number) {
    const auto address =
        "127.1." + std::to_string(number / 256) + "." + std::to_string(number % 256);
    auto& node = *all.nodes[0];
    node.tell(topology_change{"NEW_NODE", address, 9042});
    node.tell(status_change{"UP", address, 9042});
    auto table = new_table;
    table.name = "t" + std::to_string(number);
    node.tell(table);
    table.change = "DROPPED";
    node.tell(table);
}

} // namespace

TEST_CASE("100,000 events in one second, each about something else, are five readings at most, and "
          "nothing is kept of them") {
    cluster all(1);
    all.open();
    all.advance(2s);
    const auto read_before = all.readings("system.local") + all.readings("system_schema.tables");
    const auto pictures_before = all.heard.pictures.size();
    const auto held_before = held();
    for (int number = 0; number < 25'000;) {
        for (const int end = number + 250; number < end; ++number)
            tell_of(all, number);
        all.until([&] { return all.heard.statuses.size() == 250; });
        all.heard.statuses = {};
        all.advance(10ms);
    }
    for (int i = 0; i < 30; ++i)
        all.advance(100ms);
    const auto read =
        all.readings("system.local") + all.readings("system_schema.tables") - read_before;
    CHECK(all.heard.pictures.size() - pictures_before <= 5);
    CHECK(all.heard.pictures.size() > pictures_before);
    CHECK(read <= 2 * 5); // of the topology and of the schema
    all.heard.pictures.resize(pictures_before);
    const auto held_now = held();
    MESSAGE(read << " tables read, " << (held_now > held_before ? held_now - held_before : 0)
                 << " bytes more held");
    CHECK(held_now < held_before + 256 * 1024);
    CHECK(all.heard.lost.empty());
    all.close();
}
