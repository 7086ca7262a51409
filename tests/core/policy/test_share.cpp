#include "core/policy/share.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

using namespace cocql;
using policy::share;

namespace {

std::vector<std::uint32_t> shards_in(const share& which, std::uint32_t shards) {
    std::vector<std::uint32_t> all;
    for (std::uint32_t shard = 0; shard < shards; ++shard)
        if (which.has(shard, shards))
            all.push_back(shard);
    return all;
}

} // namespace

TEST_CASE(
    "Each shard is one's of those who share them out, and nobody has many more than another") {
    for (std::uint32_t shards = 1; shards <= 40; ++shards)
        for (std::uint32_t of = 1; of <= shards; ++of) {
            std::vector<int> owners(shards, 0);
            for (std::uint32_t place = 0; place < of; ++place) {
                const auto own = shards_in({place, of}, shards);
                CHECK(own.size() >= shards / of);
                CHECK(own.size() <= shards / of + 1);
                for (const auto shard : own)
                    ++owners[shard];
            }
            CHECK(owners == std::vector<int>(shards, 1));
        }
}

TEST_CASE("More than there are shards have one each, in turns") {
    using list = std::vector<std::uint32_t>;
    for (std::uint32_t place = 0; place < 7; ++place)
        CHECK(shards_in({place, 7}, 3) == list{place % 3});
    CHECK(shards_in({5, 6}, 1) == list{0}); // as of a node that has no shards
}

TEST_CASE("Unless said otherwise all shards are of one") {
    CHECK(shards_in(share(), 5).size() == 5);
}
