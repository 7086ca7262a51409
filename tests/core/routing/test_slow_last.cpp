#include "core/routing/slow_last.hpp"
#include "rings.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace cocql;
using namespace cocql::tests;
using routing::query_plan;
using routing::replica_order;

namespace {

/// A, B, C and D are in dc1, A and B in its rack r1; E, F and G are in dc2.
class slow_planner {
  public:
    explicit slow_planner(routing::preference wanted, const std::string& replicas)
        : ring_({{"A", {"dc1", "r1"}},
                 {"B", {"dc1", "r1"}},
                 {"C", {"dc1", "r2"}},
                 {"D", {"dc1", "r2"}},
                 {"E", {"dc2", "r1"}},
                 {"F", {"dc2", "r1"}},
                 {"G", {"dc2", "r2"}}},
                {}),
          near_(*ring_.topology(), wanted) {
        for (const char name : replicas)
            replicas_.push_back(ring_.index_of(std::string(1, name)));
    }

    query_plan usual(std::uint32_t chance) const {
        return query_plan(near_, replicas_, replica_order::shuffled, chance);
    }
    std::string names(std::uint32_t chance) const { return names_of(usual(chance)); }
    std::string names(const std::string& slow, std::uint32_t chance) const {
        const auto is_slow = [&](routing::host_index which) { return has(slow, which); };
        return names_of(routing::slow_last(usual(chance), near_, replicas_, is_slow));
    }
    /// What is expected of it, made with lists.
    std::string expected(const std::string& slow, std::uint32_t chance) const {
        std::string all;
        std::string behind;
        int stretch = -1;
        auto plan = usual(chance);
        while (const auto each = plan.next()) {
            const auto now = stretch_of(*each);
            if (now != stretch)
                all += std::exchange(behind, "");
            stretch = now;
            (has(slow, *each) ? behind : all) += ring_.name_of(*each);
        }
        return all + behind;
    }

  private:
    template <class Plan>
    std::string names_of(Plan plan) const {
        std::string all;
        while (const auto each = plan.next())
            all += ring_.name_of(*each);
        CHECK(plan.next() == std::nullopt);
        return all;
    }
    bool has(const std::string& names, routing::host_index which) const {
        return names.find(ring_.name_of(which)) != names.npos;
    }
    int stretch_of(routing::host_index which) const {
        const bool is_replica = std::ranges::find(replicas_, which) != replicas_.end();
        const bool is_remote = near_.of(which) == routing::distance::remote;
        return (is_replica ? 0 : 2) + (is_remote ? 1 : 0);
    }

    named_ring ring_;
    routing::neighbourhood near_;
    std::vector<routing::host_index> replicas_;
};

routing::preference nearest(const std::string& datacenter, const std::string& rack,
                            bool remote_hosts) {
    routing::preference wanted;
    wanted.datacenter = datacenter;
    wanted.rack = rack;
    wanted.remote_hosts = remote_hosts;
    return wanted;
}

} // namespace

TEST_CASE(
    "Slow hosts come behind those that are like them: replicas behind replicas, and near ones "
    "before remote ones") {
    struct row {
        const char* what;
        std::string datacenter;
        std::string rack;
        bool remote;
        std::string replicas;
        std::string slow;
        std::string expected; ///< with chance 0
    };
    const std::vector<row> table = {
        {"nobody is slow", "dc1", "", true, "ACE", "", "ACEBDFG"},
        {"a replica", "dc1", "", true, "ACE", "A", "CAEBDFG"},
        {"all near replicas", "dc1", "", true, "ACE", "AC", "ACEBDFG"},
        {"a remote replica", "dc1", "", true, "AEF", "E", "AFEBCDG"},
        {"the only replica", "dc1", "", true, "A", "A", "ABCDEFG"},
        {"who has not the data", "dc1", "", true, "ACE", "BF", "ACEDBGF"},
        {"of a rack, behind those of others", "dc1", "r1", false, "AC", "A", "CABD"},
        {"of another rack", "dc1", "r1", false, "AC", "C", "ACBD"},
        {"who has not the data, of a rack", "dc1", "r1", false, "D", "A", "DBCA"},
        {"no replicas are known", "dc1", "", false, "", "AB", "CDAB"},
        {"all are near", "", "", false, "ABE", "AB", "EABCDFG"},
        {"all of all", "", "", false, "ABE", "ABCDEFG", "ABECDFG"},
        {"one that is ignored", "dc1", "", false, "AE", "E", "ABCD"},
        {"nowhere", "dc9", "", false, "AE", "A", ""},
    };
    for (const auto& each : table) {
        INFO(each.what);
        const slow_planner plans(nearest(each.datacenter, each.rack, each.remote), each.replicas);
        CHECK(plans.names(each.slow, 0) == each.expected);
    }
}

TEST_CASE("Whichever hosts are slow, each is there once, and those that are alike are as the plan "
          "has them") {
    const std::string everyone = "ABCDEFG";
    int compared = 0;
    for (const auto& wanted :
         {nearest("", "", false), nearest("dc1", "", false), nearest("dc1", "", true),
          nearest("dc1", "r2", true), nearest("dc2", "r2", true)})
        for (const std::string replicas : {"", "A", "CA", "EDB", "FBGA", "ABCDEFG"}) {
            const slow_planner plans(wanted, replicas);
            for (unsigned subset = 0; subset < 128; ++subset)
                for (const std::uint32_t chance : {0U, 1U, 2U, 11U}) {
                    std::string slow;
                    for (std::size_t i = 0; i < everyone.size(); ++i)
                        if ((subset & (1U << i)) != 0)
                            slow += everyone[i];
                    const auto found = plans.names(slow, chance);
                    const auto usual = plans.names(chance);
                    compared += found == plans.expected(slow, chance) ? 1 : 0;
                    CHECK(std::ranges::is_permutation(found, usual));
                    if (subset == 0 || subset == 127)
                        CHECK(found == usual);
                }
        }
    CHECK(compared == 5 * 6 * 128 * 4);
}
