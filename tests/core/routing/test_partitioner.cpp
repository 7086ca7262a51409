#include "../bytes.hpp"
#include "core/routing/murmur3.hpp"
#include "core/routing/partitioner.hpp"
#include "vectors.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <vector>

using namespace cocql;
using namespace cocql::tests;
using routing::partitioner;

namespace {

using part = std::span<const std::byte>;

routing::token token_for(partitioner how, const std::vector<bytes>& key) {
    const std::vector<part> parts(key.begin(), key.end());
    return routing::token_of(how, parts);
}

/// As org.apache.cassandra.utils.MurmurHash has it: byte by byte, each of the tail with its sign.
std::int64_t slow_hash_of(part key) {
    const auto turned = [](std::uint64_t value, int by) {
        return value << by | value >> (64 - by);
    };
    const auto mixed = [](std::uint64_t value) {
        value = (value ^ value >> 33) * 0xff51afd7ed558ccd;
        value = (value ^ value >> 33) * 0xc4ceb9fe1a85ec53;
        return value ^ value >> 33;
    };
    constexpr std::uint64_t c1 = 0x87c37b91114253d5;
    constexpr std::uint64_t c2 = 0x4cf5ad432745937f;
    std::uint64_t h1 = 0;
    std::uint64_t h2 = 0;
    const auto tail = key.size() / 16 * 16;
    for (std::size_t block = 0; block < tail; block += 16) {
        std::uint64_t k[2]{};
        for (std::size_t i = 0; i < 16; ++i)
            k[i / 8] |= std::to_integer<std::uint64_t>(key[block + i]) << (8 * (i % 8));
        h1 = (turned(h1 ^ turned(k[0] * c1, 31) * c2, 27) + h2) * 5 + 0x52dce729;
        h2 = (turned(h2 ^ turned(k[1] * c2, 33) * c1, 31) + h1) * 5 + 0x38495ab5;
    }
    std::uint64_t k[2]{};
    for (std::size_t i = tail; i < key.size(); ++i) {
        const auto with_sign =
            static_cast<std::int64_t>(static_cast<signed char>(std::to_integer<int>(key[i])));
        k[(i - tail) / 8] ^= static_cast<std::uint64_t>(with_sign) << (8 * ((i - tail) % 8));
    }
    h2 ^= turned(k[1] * c2, 33) * c1;
    h1 ^= turned(k[0] * c1, 31) * c2;
    h1 = (h1 ^ key.size()) + (h2 ^ key.size());
    h2 = (h2 ^ key.size()) + h1;
    return static_cast<std::int64_t>(mixed(h1) + mixed(h2));
}

std::int64_t hash_of(part key) {
    routing::murmur3 hash;
    hash.update(key);
    return hash.finish();
}

} // namespace

namespace {

/// Hex digits, or two of them and how often: `ff*65535`.
bytes part_of(const std::string& text) {
    const auto star = text.find('*');
    if (star == text.npos)
        return hex(text);
    return bytes(std::stoul(text.substr(star + 1)), hex(text.substr(0, star)).at(0));
}

} // namespace

TEST_CASE("Tokens of 46 keys are those of Cassandra, ScyllaDB and three drivers") {
    int signs_matter = 0;
    int of_several = 0;
    for (const auto& each : vectors().at("murmur3")) {
        CAPTURE(each.at("name").get<std::string>());
        const auto expected = each.at("token").get<std::int64_t>();
        const auto digits = each.at("key_hex").get<std::string>();
        const bool has_key = digits.find(':') == digits.npos; // else a digest of it
        if (has_key)
            CHECK(hash_of(hex(digits)) == expected);
        std::vector<bytes> columns;
        if (each.contains("components_hex"))
            for (const auto& column : each.at("components_hex"))
                columns.push_back(part_of(column.get<std::string>()));
        else
            columns.push_back(hex(digits));
        // The hash of no bytes is 0, but no key is no partition.
        if (columns != std::vector<bytes>(1))
            CHECK(token_for(partitioner::murmur3, columns).value() == expected);
        of_several += columns.size() > 1 ? 1 : 0;
        const auto otherwise = each.value("token_if_bytes_taken_as_unsigned", expected);
        signs_matter += otherwise != expected ? 1 : 0;
    }
    CHECK(vectors().at("murmur3").size() == 46);
    CHECK(signs_matter == 8);
    CHECK(of_several == 6);
}

TEST_CASE("A hash of pieces is the hash of the whole") {
    std::mt19937 random(7);
    for (int round = 0; round < 2'000; ++round) {
        bytes whole(random() % 100);
        for (auto& byte : whole)
            byte = static_cast<std::byte>(random());
        routing::murmur3 hash;
        part rest(whole);
        while (!rest.empty()) {
            const auto piece = rest.first(1 + random() % rest.size());
            hash.update(piece);
            hash.update({});
            rest = rest.subspan(piece.size());
        }
        CHECK(hash.finish() == hash_of(whole));
        CHECK(routing::murmur3::of(whole) == hash_of(whole));
        CHECK(slow_hash_of(whole) == hash_of(whole));
    }
}

TEST_CASE("The key of several columns has their lengths before them and zeros behind") {
    const auto a = bytes_of("first");
    const auto b = hex("000000ff");
    const auto whole = hex("0005 6669727374 00 0004 000000ff 00");
    CHECK(token_for(partitioner::murmur3, {a, b}).value() == hash_of(whole));
    CHECK(token_for(partitioner::murmur3, {{}, {}}).value() == hash_of(hex("000000 000000")));
    const bytes longest(routing::longest_key_part, std::byte{0x5a});
    auto long_whole = hex("ffff");
    long_whole.insert(long_whole.end(), longest.begin(), longest.end());
    const auto behind = hex("00 0001 01 00");
    long_whole.insert(long_whole.end(), behind.begin(), behind.end());
    CHECK(token_for(partitioner::murmur3, {longest, hex("01")}).value() == hash_of(long_whole));
}

TEST_CASE("No key at all has the least token") {
    CHECK(token_for(partitioner::murmur3, {bytes()}) == routing::token::least());
    CHECK(token_for(partitioner::murmur3, {}) == routing::token::least());
}

TEST_CASE("Tokens of ScyllaDB's logs of changes are what their keys begin with") {
    int found = 0;
    for (const auto& each : vectors().at("cdc")) {
        if (!each.contains("key"))
            continue;
        const auto key = bytes_of(each.at("key").get<std::string>());
        CHECK(token_for(partitioner::cdc, {key}).value() == each.at("token").get<std::int64_t>());
        ++found;
    }
    CHECK(found == 4);
    CHECK(token_for(partitioner::cdc, {hex("8000000000000000 0102")}) == routing::token::least());
    CHECK(token_for(partitioner::cdc, {hex("0102"), hex("030405")}).value() == 0x0002010200000303);
}

TEST_CASE("Partitioners are known by their class, whatever its package") {
    using routing::partitioner_of;
    CHECK(partitioner_of("org.apache.cassandra.dht.Murmur3Partitioner") == partitioner::murmur3);
    CHECK(partitioner_of("Murmur3Partitioner") == partitioner::murmur3);
    CHECK(partitioner_of("com.scylladb.dht.CDCPartitioner") == partitioner::cdc);
    for (const auto* unknown :
         {"", ".", "org.apache.cassandra.dht.RandomPartitioner",
          "org.apache.cassandra.dht.ByteOrderedPartitioner", "Murmur3Partitioner."})
        CHECK(partitioner_of(unknown) == std::nullopt);
}
