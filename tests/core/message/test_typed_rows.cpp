#include "core/message/decode_response.hpp"
#include "samples.hpp"

#include <boost/describe/class.hpp>
#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <set>

using namespace cocql;
using kind = data_type::kind;

namespace {

struct citizen {
    std::int32_t id = 0;
    std::string name;
    std::optional<cocql::date> born;
};
BOOST_DESCRIBE_STRUCT(citizen, (), (id, name, born))

/// As the servers give what was written with every collection empty: null.
struct family {
    std::int32_t id = 0;
    std::vector<std::string> children{"nobody"};
    std::map<std::string, std::int32_t> ages{{"nobody", 0}};
    std::optional<std::set<std::int32_t>> lucky = std::set<std::int32_t>{7};
};
BOOST_DESCRIBE_STRUCT(family, (), (id, children, ages, lucky))

/// Its columns have other names than its fields, and one of them the page does not have.
struct renamed {
    std::string called;
    std::int32_t number = 0;
};

struct too_much {
    std::int32_t id = 0;
    std::string name;
    std::optional<cocql::date> born;
    std::string street;
};
BOOST_DESCRIBE_STRUCT(too_much, (), (id, name, born, street))

template <class Page>
concept gives_typed_rows = requires(Page&& page) {
    std::forward<Page>(page).template rows<std::int32_t>();
};

page page_of(std::vector<column> columns, const std::vector<std::vector<value>>& rows) {
    message::rows_result said;
    said.metadata.columns = columns;
    said.metadata.column_count = columns.size();
    said.row_count = rows.size();
    message::cell_writer cells;
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) {
            std::vector<std::byte> bytes;
            if (row[i].is_null())
                cells.add(std::nullopt);
            else {
                REQUIRE(encode(columns[i].type, row[i], bytes).has_value());
                cells.add(bytes);
            }
        }
    said.cells = cells.cells();
    const auto frame = tests::response_frame(said, protocol_version::v4, {});
    return message::decode_page(tests::header_of(frame),
                                base::shared_bytes::copy_of(tests::body_of(frame)))
        .value();
}

page people() {
    return page_of({{"ks", "people", "id", kind::int_},
                    {"ks", "people", "name", kind::text},
                    {"ks", "people", "born", kind::date}},
                   {{1, "Ada", date{7}}, {2, "Grace", value()}});
}

template <class Read>
error failure_of(Read read) {
    try {
        read();
    } catch (const error& failure) {
        return failure;
    }
    FAIL("nothing was thrown");
    return {};
}

template <class... Columns>
std::string refusal(const page& page) {
    const auto failure = failure_of([&] { static_cast<void>(page.rows<Columns...>()); });
    CHECK(failure.is(errc::type_mismatch));
    return failure.what();
}

} // namespace

template <>
inline constexpr auto cocql::description<renamed> = cocql::fields("name", &renamed::called, "id",
                                                                  &renamed::number);

TEST_CASE("Rows as types cannot be taken from a temporary page") {
    static_assert(gives_typed_rows<page&> && gives_typed_rows<const page&>);
    static_assert(!gives_typed_rows<page> && !gives_typed_rows<const page>);
}

TEST_CASE("Rows bind to names, views borrow from the page") {
    const auto page = people();
    std::string seen;
    for (const auto [id, name, born] :
         page.rows<std::int64_t, std::string_view, std::optional<cocql::date>>()) {
        seen += std::to_string(id) + std::string(name) + (born ? "+" : "-");
        CHECK(name.data() >= reinterpret_cast<const char*>(page.front()[0].bytes().data()));
    }
    CHECK(seen == "1Ada+2Grace-");
    const auto rows = page.rows<std::int32_t, std::string, value>();
    CHECK(rows.size() == 2);
    CHECK(std::get<2>(rows.front()) == value(date{7}));
}

TEST_CASE("Rows may be passed over without being read") {
    const auto page = people();
    const auto rows = page.rows<std::int32_t, std::string_view, std::optional<cocql::date>>();
    auto at = rows.begin();
    ++at;
    CHECK(std::get<1>(*at) == "Grace");
    CHECK(std::get<1>(*at) == "Grace"); // reading does not move
    ++at;
    CHECK(at == rows.end());
}

TEST_CASE("Rows as a struct, by the names of its fields") {
    const auto page = people();
    std::string seen;
    for (const auto& each : page.rows<citizen>())
        seen += each.name + std::to_string(each.id) + (each.born ? "+" : "-");
    CHECK(seen == "Ada1+Grace2-");
}

TEST_CASE("Columns in another order, other names, and columns to be ignored") {
    const auto page = page_of({{"ks", "people", "born", kind::date},
                               {"ks", "people", "name", kind::text},
                               {"ks", "people", "id", kind::int_}},
                              {{date{7}, "Ada", 1}, {value(), "Grace", 2}});
    std::string seen;
    for (const auto& each : page.rows<citizen>())
        seen += each.name + std::to_string(each.id) + (each.born ? "+" : "-");
    for (const auto& each : page.rows<renamed>(extra_columns::ignored))
        seen += each.called + std::to_string(each.number);
    CHECK(seen == "Ada1+Grace2-Ada1Grace2");
}

TEST_CASE("The number of types must be that of the columns, and the text lists them") {
    const auto page = people();
    CHECK(
        refusal<std::int32_t>(page) ==
        "the rows have 3 columns (id int, name text, born date), and 1 types were given for them");
}

TEST_CASE("A column that cannot be read as the type is named, and what it can be read as") {
    const auto page = people();
    CHECK(
        refusal<std::int32_t, std::string, std::string>(page) ==
        "column 'born' of CQL type date (number 3) cannot be read as std::string; use cocql::date "
        "or std::chrono::sys_days");
    CHECK(
        refusal<std::int16_t, std::string, cocql::date>(page) ==
        "column 'id' of CQL type int (number 1) cannot be read as std::int16_t; use std::int32_t");
    CHECK(refusal<std::int32_t, std::vector<std::string>, cocql::date>(page).find(
              "a container of std::string") != std::string::npos);
}

TEST_CASE("Missing and extra columns of a struct are told before the first row") {
    const auto page = people();
    CHECK(refusal<too_much>(page) == "the rows have no column 'street', which the struct has; they "
                                     "have id int, name text, born date");
    CHECK(refusal<renamed>(page) ==
          "column 'born' of CQL type date has no field in the struct; select only what it has, or "
          "pass cocql::extra_columns::ignored");
}

TEST_CASE("Null where the type has none names row, column and the optional to use") {
    const auto page = people();
    const auto rows = page.rows<std::int32_t, std::string, cocql::date>();
    auto at = rows.begin();
    CHECK(std::get<0>(*at) == 1);
    ++at;
    const auto failure = failure_of([&] { static_cast<void>(*at); });
    CHECK(failure.is(errc::decode_failed));
    CHECK(
        std::string(failure.what()) ==
        "row 2, column 'born' of CQL type date: it is null, which a cocql::date cannot be; read it "
        "as std::optional<cocql::date>");
}

TEST_CASE("A struct whose empty collections came back as null is read, and each kind of rows too") {
    const auto page = page_of({{"ks", "t", "id", kind::int_},
                               {"ks", "t", "children", data_type::list(kind::text)},
                               {"ks", "t", "ages", data_type::map(kind::text, kind::int_)},
                               {"ks", "t", "lucky", data_type::set(kind::int_)}},
                              {{1, value(), value(), value()}});
    const auto read = page.rows<family>().front();
    CHECK(read.id == 1);
    CHECK(read.children.empty());
    CHECK(read.ages.empty());
    CHECK(!read.lucky);
    const auto [id, children, ages, lucky] =
        page.rows<std::int32_t, std::deque<std::string_view>,
                  std::vector<std::pair<std::string, std::int32_t>>, std::set<std::int32_t>>()
            .front();
    CHECK((children.empty() && ages.empty() && lucky.empty()));
    const auto vectors =
        page_of({{"ks", "t", "v", data_type::vector(kind::float_, 2)}}, {{value()}});
    const auto failure =
        failure_of([&] { static_cast<void>(vectors.rows<std::vector<float>>().front()); });
    CHECK(std::string(failure.what()).find("it is null") != std::string::npos);
}

TEST_CASE("A value of no bytes is told from null") {
    const auto page = page_of({{"ks", "t", "n", kind::varint}}, {{varint::from_bytes({})}});
    CHECK(page.rows<varint>().size() == 1);
    message::rows_result said;
    said.metadata.columns = {{"ks", "t", "n", kind::int_}};
    said.metadata.column_count = 1;
    said.row_count = 2;
    message::cell_writer cells;
    cells.add(std::span<const std::byte>());
    cells.add(tests::hex("000001"));
    said.cells = cells.cells();
    const auto frame = tests::response_frame(said, protocol_version::v4, {});
    const auto odd = message::decode_page(tests::header_of(frame),
                                          base::shared_bytes::copy_of(tests::body_of(frame)))
                         .value();
    const auto rows = odd.rows<std::int32_t>();
    CHECK(std::string(failure_of([&] { static_cast<void>(rows.front()); }).what()).find("empty") !=
          std::string::npos);
    CHECK(!std::get<0>(odd.rows<std::optional<std::int32_t>>().front()));
    CHECK(std::get<0>(odd.rows<value>().front()).is_empty());
    auto second = ++rows.begin();
    CHECK(std::string(failure_of([&] { static_cast<void>(*second); }).what()) ==
          "row 2, column 'n' of CQL type int: its 3 bytes do not make a std::int32_t");
}

TEST_CASE("A conditional statement tells whether it was applied, and what stood in its way") {
    const auto refused = page_of({{"ks", "people", "[applied]", kind::boolean},
                                  {"ks", "people", "id", kind::int_},
                                  {"ks", "people", "name", kind::text},
                                  {"ks", "people", "born", kind::date}},
                                 {{false, 1, "Ada", value()}});
    CHECK(!refused.was_applied());
    CHECK(refused.rows<citizen>().front().name == "Ada");
    const auto applied = page_of({{"ks", "people", "[applied]", kind::boolean}}, {{true}});
    CHECK(applied.was_applied());
    const auto plain = people();
    CHECK(failure_of([&] { static_cast<void>(plain.was_applied()); }).is(errc::not_found));
    CHECK_THROWS_AS(static_cast<void>(page().was_applied()), error);
}
