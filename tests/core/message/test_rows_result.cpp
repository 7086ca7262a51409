#include "core/message/rows_result.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <optional>
#include <random>
#include <vector>

using namespace cocql;
using bytes = std::vector<std::byte>;

namespace {

constexpr std::optional<std::size_t> null;

/// How long the cells of a column are: the same for all, or this or that.
using lengths = std::vector<std::optional<std::size_t>>;

bytes cells_of(std::size_t rows, const std::vector<lengths>& columns) {
    message::cell_writer out;
    std::mt19937 random(11);
    const bytes content(4096, std::byte{0x5a});
    for (std::size_t row = 0; row < rows; ++row)
        for (const auto& column : columns) {
            const auto length = column[random() % column.size()];
            out.add(length ? std::optional(std::span(content).first(*length)) : std::nullopt);
        }
    return bytes(out.cells().begin(), out.cells().end());
}

const std::vector<std::vector<lengths>> tables{
    {{8}},
    {{0}},
    {{null}},
    {{8}, {64}},
    {{8}, {0, 1, 2, 3, 4, 300}},
    {{null}, {16}, {null, 4}},
    {{1}, {null, 0}, {1000}},
    std::vector<lengths>(63, lengths{4}),
    std::vector<lengths>(64, lengths{4, null}),
    std::vector<lengths>(65, lengths{8}),
};

} // namespace

TEST_CASE("A walk over many rows ends where a walk over their cells ends, cut at any byte") {
    for (const auto& columns : tables)
        for (const std::size_t rows : {15u, 16u, 17u, columns.size() < 10 ? 40u : 18u}) {
            CAPTURE(columns.size());
            CAPTURE(rows);
            auto cells = cells_of(rows, columns);
            const auto whole = cells.size();
            cells.resize(whole + 5, std::byte{0xff}); // what else a frame may hold
            for (std::size_t size = 0; size <= cells.size(); ++size) {
                const auto some = std::span(cells).first(size);
                const auto expected =
                    size < whole ? std::nullopt : std::optional<std::size_t>(size - whole);
                REQUIRE(message::left_behind_many_rows(some, rows, columns.size()) == expected);
                REQUIRE(message::left_behind_rows(some, rows, columns.size()) == expected);
                REQUIRE(message::left_behind_cells(some, rows * columns.size()) == expected);
            }
        }
}

TEST_CASE("A length that lies, in any row, is found") {
    const auto cells = cells_of(20, {{8}, {64}});
    constexpr std::size_t row_size = 4 + 8 + 4 + 64;
    for (std::size_t row = 0; row < 20; ++row)
        for (const std::size_t column : {0u, 1u})
            for (const std::uint32_t length :
                 {0u, 7u, 9u, 63u, 65u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
                auto lying = cells;
                auto* at = lying.data() + row * row_size + column * 12;
                for (int shift = 24; shift >= 0; shift -= 8)
                    *at++ = static_cast<std::byte>(length >> shift);
                CAPTURE(row);
                CAPTURE(length);
                CHECK(message::left_behind_many_rows(lying, 20, 2) ==
                      message::left_behind_cells(lying, 40));
            }
}

TEST_CASE("No rows, no columns and no bytes") {
    CHECK(message::left_behind_many_rows(bytes(3), 0, 2) == std::optional<std::size_t>(3));
    CHECK(message::left_behind_many_rows({}, 16, 0) == std::optional<std::size_t>(0));
    CHECK(!message::left_behind_many_rows({}, 16, 1));
}
