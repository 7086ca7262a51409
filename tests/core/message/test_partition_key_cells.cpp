#include "../bytes.hpp"
#include "core/message/partition_key_cells.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace cocql;
using kind = data_type::kind;
using tests::to_hex;

namespace {

/// With so many markers of type text, of which these are the key.
prepared_statement prepared(std::size_t markers, std::vector<std::uint16_t> key) {
    prepared_statement::parts parts;
    parts.id = {std::byte{1}};
    for (std::size_t i = 0; i < markers; ++i)
        parts.parameters.push_back({"ks", "t", "c" + std::to_string(i), kind::text});
    parts.partition_key_indices = std::move(key);
    return prepared_statement(std::move(parts));
}

std::vector<std::string> key_of(const bound_statement& bound) {
    const message::partition_key_cells key(bound);
    std::vector<std::string> cells;
    if (bound.statement().partition_key_indices().size() == 1) {
        const auto one = message::partition_key_cells::only_one(bound);
        CHECK(one.has_value() == !key.get().empty());
        if (one)
            CHECK(one->data() == key.get().front().data());
    }
    for (const auto cell : key.get())
        cells.emplace_back(reinterpret_cast<const char*>(cell.data()), cell.size());
    return cells;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("The key's cells are found among the values, in the order of the key") {
    CHECK(key_of(prepared(1, {0}).bind("a").value()) == texts{"a"});
    CHECK(key_of(prepared(3, {2}).bind("a", "b", "c").value()) == texts{"c"});
    CHECK(key_of(prepared(3, {0, 2}).bind("a", "b", "c").value()) == texts{"a", "c"});
    CHECK(key_of(prepared(3, {2, 0, 1}).bind("a", "b", "c").value()) == texts{"c", "a", "b"});
    CHECK(key_of(prepared(3, {1, 1}).bind("a", "b", "c").value()) == texts{"b", "b"});
    CHECK(key_of(prepared(2, {1}).bind(null, "b").value()) == texts{"b"});
    CHECK(key_of(prepared(2, {1}).bind(unset, "b").value()) == texts{"b"});
    CHECK(key_of(prepared(2, {0, 1}).bind("", "b").value()) == texts{"", "b"});
}

TEST_CASE("A key of more columns than one would have is found, too") {
    std::vector<std::uint16_t> all;
    std::vector<value> values;
    texts expected;
    for (std::uint16_t i = 0; i < 100; ++i) {
        all.push_back(i);
        expected.push_back("cell " + std::to_string(i));
        values.emplace_back(expected.back());
    }
    CHECK(key_of(bound_statement::of_values(prepared(100, all), values).value()) == expected);
    std::ranges::reverse(all);
    std::ranges::reverse(expected);
    CHECK(key_of(bound_statement::of_values(prepared(100, all), values).value()) == expected);
}

TEST_CASE("A key that is not all there is none") {
    CHECK(key_of(prepared(2, {}).bind("a", "b").value()).empty());
    CHECK(key_of(prepared(2, {0}).bind(null, "b").value()).empty());
    CHECK(key_of(prepared(2, {0, 1}).bind("a", unset).value()).empty());
    CHECK(key_of(prepared(2, {1, 0}).bind("a", null).value()).empty());
    CHECK(key_of(prepared(2, {2}).bind("a", "b").value()).empty()); // a server that is mistaken
}

TEST_CASE(
    "A part of a key of several may have 65,535 bytes, that of a key of one as many as it likes") {
    const std::string longest(message::partition_key_cells::longest_of_several, 'x');
    CHECK(key_of(prepared(2, {0, 1}).bind(longest, "b").value()) == texts{longest, "b"});
    CHECK(key_of(prepared(2, {0, 1}).bind("a", longest + "x").value()).empty());
    CHECK(key_of(prepared(2, {0}).bind(longest + "x", "b").value()) == texts{longest + "x"});
}
