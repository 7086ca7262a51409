#include "core/message/decode_response.hpp"
#include "samples.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <type_traits>

using namespace cocql;
using tests::hex;
using tests::to_hex;

namespace {

template <class Page>
concept gives_rows = requires(Page&& page) {
    std::forward<Page>(page).rows();
};
template <class Page>
concept gives_front = requires(Page&& page) {
    std::forward<Page>(page).front();
};

result<page> page_of(const message::response& said,
                     const message::response_envelope& envelope = {}) {
    const auto frame = tests::response_frame(said, protocol_version::v4, envelope);
    return message::decode_page(tests::header_of(frame),
                                base::shared_bytes::copy_of(tests::body_of(frame)));
}

} // namespace

TEST_CASE("Rows cannot be taken from a temporary page") {
    static_assert(gives_rows<page&> && gives_rows<const page&>);
    static_assert(!gives_rows<page> && !gives_rows<const page>);
    static_assert(gives_front<page&> && !gives_front<page>);
}

TEST_CASE("A page shows its rows by position and by name") {
    const auto made = page_of(tests::sample_rows());
    REQUIRE(made.has_value());
    const page& rows = *made;
    CHECK(rows.has_rows());
    CHECK(rows.size() == 2);
    CHECK(!rows.empty());
    REQUIRE(rows.columns().size() == 2);
    CHECK(rows.columns()[1].name == "v");
    CHECK(to_hex(rows.paging_state()) == "0a0b0c");
    CHECK(rows.has_more_pages());

    std::int64_t expected = 1;
    for (const auto row : rows.rows()) {
        CHECK(row.size() == 2);
        const auto key = row["k"].decode();
        REQUIRE(key.has_value());
        CHECK(*key == value(expected));
        CHECK(row[0].type() == data_type(data_type::kind::int_));
        CHECK(row.cells().size() == 2);
        ++expected;
    }
    CHECK(expected == 3);
    CHECK(rows.front()[1].is_null());
    CHECK_THROWS_AS(static_cast<void>(rows.front()["nosuch"]), error);
    std::ostringstream shown;
    shown << rows.front()["k"] << ' ' << rows.front()["v"];
    CHECK(shown.str() == "1 null");
}

TEST_CASE("A copy of a page keeps the rows alive") {
    std::vector<row_view> kept;
    page copy;
    {
        const auto made = page_of(tests::sample_rows());
        copy = *made;
        for (const auto row : made->rows())
            kept.push_back(row);
    }
    REQUIRE(kept.size() == 2);
    CHECK(*kept[1][0].decode() == value(2));
}

TEST_CASE("An empty page has columns and no rows") {
    auto rows = tests::sample_rows();
    rows.row_count = 0;
    rows.cells = {};
    rows.metadata.paging_state.reset();
    const auto made = page_of(rows);
    REQUIRE(made.has_value());
    CHECK(made->has_rows());
    CHECK(made->empty());
    CHECK(!made->has_more_pages());
    CHECK(made->columns().size() == 2);
    for (const auto row : made->rows())
        FAIL("a row of " << row.size());
    CHECK_THROWS_AS(static_cast<void>(made->front()), error);
}

TEST_CASE("Pages without rows say what happened") {
    const auto done = page_of(message::void_result());
    REQUIRE(done.has_value());
    CHECK(!done->has_rows());
    CHECK(done->size() == 0);
    CHECK(page_of(message::set_keyspace_result{"ks"})->keyspace() == "ks");
    const auto changed = page_of(schema_change{"DROPPED", "TABLE", "ks", "t", {}});
    REQUIRE(changed.has_value());
    REQUIRE(changed->schema_change().has_value());
    CHECK(changed->schema_change()->name == "t");
    CHECK(page().size() == 0);
    CHECK(!page().tracing_id());
}

TEST_CASE("A page keeps warnings, custom payload and tracing id") {
    message::response_envelope envelope;
    envelope.warnings = {"slow"};
    envelope.custom_payload = {{"k", hex("aa")}};
    envelope.tracing_id = uuid::parse("d83dff19-8b75-4a2b-96fa-bb0aba4878a8");
    const auto made = page_of(tests::sample_rows(), envelope);
    REQUIRE(made.has_value());
    CHECK(made->warnings().at(0) == "slow");
    CHECK(made->custom_payload().at("k") == hex("aa"));
    CHECK(made->tracing_id() == envelope.tracing_id);
    CHECK(made->size() == 2);
}

TEST_CASE("A statement answered by PREPARED, READY or an EVENT is a protocol error") {
    CHECK(page_of(tests::sample_prepared(protocol_version::v4)).error().is(errc::protocol_error));
    CHECK(page_of(message::ready()).error().is(errc::protocol_error));
    CHECK(page_of(event(unknown_event{"X"})).error().is(errc::protocol_error));
}

TEST_CASE("A statement answered by ERROR fails with what the server said") {
    const auto made = page_of(tests::sample_errors()[10]);
    REQUIRE(!made.has_value());
    REQUIRE(made.error().server() != nullptr);
    CHECK(made.error().server()->code == server_error_code::unavailable);
}

TEST_CASE("A prepared statement knows its parameters, key and columns") {
    const auto frame =
        tests::response_frame(tests::sample_prepared(protocol_version::v4), protocol_version::v4);
    const auto made =
        message::decode_prepared(tests::header_of(frame), tests::body_of(frame), "SELECT");
    REQUIRE(made.has_value());
    CHECK(made->cql() == "SELECT");
    CHECK(to_hex(made->id()) == "00112233");
    CHECK(made->parameters() == tests::sample_columns());
    CHECK(made->partition_key_indices() == std::vector<std::uint16_t>{0});
    CHECK(made->result_columns().at(1).table == "u");

    const auto rows = tests::response_frame(tests::sample_rows(), protocol_version::v4);
    CHECK(message::decode_prepared(tests::header_of(rows), tests::body_of(rows), "")
              .error()
              .is(errc::protocol_error));
}
