#include "core/message/decode_response.hpp"
#include "samples.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace cocql;

namespace {

using kind = data_type::kind;

std::vector<column> two_columns() {
    return {{"ks", "t", "k", kind::int_}, {"ks", "t", "v", kind::text}};
}

/// As a server prepares a statement that returns these columns.
prepared_statement prepared_to_return(std::vector<column> columns) {
    message::prepared_result said;
    said.id = tests::hex("0102");
    said.result.columns = std::move(columns);
    said.result.column_count = said.result.columns.size();
    const auto frame = tests::response_frame(said, protocol_version::v4);
    return message::decode_prepared(tests::header_of(frame), tests::body_of(frame), "SELECT")
        .value();
}

/// Two rows of these columns, every cell of four bytes.
tests::bytes rows_frame(std::vector<column> columns, bool described = true, bool more = false) {
    message::rows_result said;
    said.metadata.column_count = columns.size();
    said.metadata.no_metadata = !described;
    if (described)
        said.metadata.columns = std::move(columns);
    if (more)
        said.metadata.paging_state = tests::hex("0a0b");
    message::cell_writer cells;
    const auto cell = tests::hex("00000007");
    said.row_count = 2;
    for (std::size_t i = 0; i < said.row_count * said.metadata.column_count; ++i)
        cells.add(cell);
    said.cells = cells.cells();
    return tests::response_frame(said, protocol_version::v4);
}

/// As a connection reads the answer to an EXECUTE.
result<page> page_of(wire::frame& frame, const prepared_statement& statement,
                     bool may_be_undescribed) {
    auto content = statement.content();
    if (const auto* const usual = message::decode_usual_page(frame, content))
        return page(boost::intrusive_ptr<const message::page_content>(usual, false));
    message::known_columns known(std::move(content));
    return message::decode_page(frame, message::error_extensions(), &known, may_be_undescribed);
}

result<page> page_of(const tests::bytes& bytes, const prepared_statement& statement, bool owned,
                     bool may_be_undescribed = false) {
    const auto body = tests::body_of(bytes);
    if (owned) {
        wire::owned_frame frame(tests::header_of(bytes), base::shared_bytes::copy_of(body));
        return page_of(frame, statement, may_be_undescribed);
    }
    wire::frame frame(tests::header_of(bytes), body);
    return page_of(frame, statement, may_be_undescribed);
}

bool shares(const page& page, const prepared_statement& statement) {
    return page.columns().data() == statement.result_columns().data();
}

} // namespace

TEST_CASE("Rows described as their statement was share its columns, however the frame came") {
    const auto statement = prepared_to_return(two_columns());
    for (const bool owned : {false, true})
        for (const bool more : {false, true}) {
            auto bytes = rows_frame(two_columns(), true, more);
            const auto made = page_of(bytes, statement, owned);
            REQUIRE(made.has_value());
            // The page does not need the frame any more.
            bytes.assign(bytes.size(), std::byte{0xee});
            CHECK(shares(*made, statement));
            CHECK(made->size() == 2);
            CHECK(made->has_more_pages() == more);
            std::size_t count = 0;
            for (const auto row : made->rows()) {
                CHECK(row[0].decode().value() == value(std::int64_t{7}));
                ++count;
            }
            CHECK(count == 2);
        }
}

TEST_CASE(
    "Rows of any length, of nulls, and none are read the same way with and without a statement") {
    const auto statement = prepared_to_return(two_columns());
    for (const std::size_t rows : {0u, 1u, 3u})
        for (const std::size_t length : {0u, 1u, 5u, 8u, 9u, 200u, 240u, 300u, 5'000u})
            for (const bool null : {false, true})
                for (const bool owned : {false, true}) {
                    CAPTURE(rows);
                    CAPTURE(length);
                    message::rows_result said;
                    said.metadata.columns = two_columns();
                    said.metadata.column_count = 2;
                    message::cell_writer cells;
                    const tests::bytes text(length, std::byte{'x'});
                    for (std::size_t i = 0; i < rows; ++i) {
                        cells.add(tests::hex("00000007"));
                        if (null)
                            cells.add(std::nullopt);
                        else
                            cells.add(text);
                    }
                    said.row_count = rows;
                    said.cells = cells.cells();
                    auto bytes = tests::response_frame(said, protocol_version::v4);
                    const auto made = page_of(bytes, statement, owned);
                    const auto other =
                        message::decode_page(tests::header_of(bytes),
                                             base::shared_bytes::copy_of(tests::body_of(bytes)));
                    bytes.assign(bytes.size(), std::byte{0xee});
                    REQUIRE(made.has_value());
                    REQUIRE(other.has_value());
                    CHECK(shares(*made, statement));
                    CHECK(made->has_rows());
                    CHECK(made->size() == rows);
                    auto expected = other->rows().begin();
                    for (const auto row : made->rows()) {
                        for (std::size_t i = 0; i < 2; ++i) {
                            CHECK(row[i].is_null() == (*expected)[i].is_null());
                            CHECK(row[i].decode().value() == (*expected)[i].decode().value());
                        }
                        ++expected;
                    }
                }
}

TEST_CASE("Rows that need no description because of their id are read without one") {
    message::prepared_result prepared;
    prepared.id = tests::hex("0102");
    prepared.result_metadata_id = tests::hex("0304");
    prepared.result.columns = two_columns();
    prepared.result.column_count = 2;
    const auto frame = tests::response_frame(prepared, protocol_version::v4);
    const auto statement =
        message::decode_prepared(tests::header_of(frame), tests::body_of(frame), "SELECT", true)
            .value();
    for (const bool described : {false, true}) {
        const auto bytes = rows_frame(two_columns(), described);
        const auto made = page_of(bytes, statement, false, true);
        REQUIRE(made.has_value());
        CHECK(shares(*made, statement));
        CHECK(made->size() == 2);
        for (std::size_t size = wire::frame_header::size; size < bytes.size(); ++size) {
            const tests::bytes cut(bytes.begin(),
                                   bytes.begin() + static_cast<std::ptrdiff_t>(size));
            CHECK_FALSE(page_of(cut, statement, false, true).has_value());
        }
    }
}

TEST_CASE("The columns outlive the prepared statement in the page that shares them") {
    result<page> made = page();
    {
        const auto statement = prepared_to_return(two_columns());
        made = page_of(rows_frame(two_columns()), statement, false);
    }
    REQUIRE(made.has_value());
    CHECK(made->columns()[1].name == "v");
}

TEST_CASE("Rows described otherwise, as after ALTER TABLE, have the columns of their description") {
    const auto statement = prepared_to_return(two_columns());
    auto renamed = two_columns();
    renamed[1].name = "w";
    auto retyped = two_columns();
    retyped[1].type = kind::int_;
    auto longer = two_columns();
    longer.push_back({"ks", "t", "z", kind::int_});
    auto shorter = two_columns();
    shorter.pop_back();
    auto of_two_tables = two_columns();
    of_two_tables[1].table = "u";
    for (const auto& columns : {renamed, retyped, longer, shorter, of_two_tables}) {
        const auto made = page_of(rows_frame(columns), statement, false);
        REQUIRE(made.has_value());
        CHECK_FALSE(shares(*made, statement));
        CHECK(std::vector<column>(made->columns().begin(), made->columns().end()) == columns);
        CHECK(made->size() == 2);
    }
}

TEST_CASE(
    "Rows without a description are refused unless they were asked for, and unless they fit") {
    const auto statement = prepared_to_return(two_columns());
    const auto undescribed = rows_frame(two_columns(), false);
    CHECK(page_of(undescribed, statement, false).error().is(errc::protocol_error));
    const auto made = page_of(undescribed, statement, false, true);
    REQUIRE(made.has_value());
    CHECK(shares(*made, statement));
    const auto other = prepared_to_return({{"ks", "t", "k", kind::int_}});
    CHECK(page_of(undescribed, other, false, true).error().is(errc::protocol_error));
}

TEST_CASE(
    "A body cut short at any byte, or longer than its rows, is refused with known columns too") {
    const auto statement = prepared_to_return(two_columns());
    const auto whole = rows_frame(two_columns());
    for (std::size_t size = wire::frame_header::size; size < whole.size(); ++size) {
        CAPTURE(size);
        const tests::bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK_FALSE(page_of(cut, statement, false).has_value());
    }
    auto longer = whole;
    longer.push_back(std::byte{0});
    CHECK_FALSE(page_of(longer, statement, false).has_value());
    // A number of rows that its bytes do not bear out.
    auto many = whole;
    const auto count_at = many.size() - 2 * 2 * 8 - 4;
    for (std::size_t i = 0; i < 4; ++i)
        many[count_at + i] = std::byte{0x7f};
    CHECK_FALSE(page_of(many, statement, false).has_value());
}

TEST_CASE("A statement that was described by a table and no columns is no reason to divide by it") {
    const auto body = tests::hex("00000004 0002 0102 00000000 00000000 00000000" // no markers
                                 "00000001 00000000 0002 6b73 0001 74");         // one table
    wire::frame_header header;
    header.version = 0x84;
    header.opcode = wire::opcode::result;
    const auto statement = message::decode_prepared(header, body, "SELECT");
    REQUIRE(statement.has_value());
    const auto rows = tests::hex("00000002 00000001 00000000 0002 6b73 0001 74 00000000");
    wire::frame frame(header, rows);
    const auto made = page_of(frame, *statement, false);
    REQUIRE(made.has_value());
    CHECK(made->has_rows());
    CHECK(made->size() == 0);
    CHECK(made->columns().empty());
}

TEST_CASE("Of a frame of its own a page keeps the bytes, unless they are few") {
    const std::vector<column> one = {{"ks", "t", "v", kind::text}};
    const auto statement = prepared_to_return(one);
    for (const std::size_t length : {std::size_t{10}, std::size_t{100'000}}) {
        CAPTURE(length);
        message::rows_result said;
        said.metadata.column_count = 1;
        said.metadata.columns = one;
        message::cell_writer cells;
        cells.add(tests::bytes(length, std::byte{'x'}));
        said.row_count = 1;
        said.cells = cells.cells();
        const auto bytes = tests::response_frame(said, protocol_version::v4);
        auto body = base::shared_bytes::copy_of(tests::body_of(bytes));
        const auto kept = body.view();
        wire::owned_frame frame(tests::header_of(bytes), std::move(body));
        const auto made = page_of(frame, statement, false);
        REQUIRE(made.has_value());
        CHECK(shares(*made, statement));
        const auto cell = made->front()[0].bytes();
        CHECK(cell.size() == length);
        const bool inside = cell.data() >= kept.data() && cell.data() < kept.data() + kept.size();
        CHECK(inside == (length > 4096));
    }
}
