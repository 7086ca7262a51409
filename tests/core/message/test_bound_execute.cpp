#include "../bytes.hpp"
#include "core/base/recycling.hpp"
#include "core/message/bound_execute.hpp"
#include "core/message/decode_response.hpp"
#include "core/message/execute.hpp"
#include "core/message/prepared_result.hpp"
#include "samples.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace cocql;
using kind = data_type::kind;
using tests::hex;
using tests::to_hex;

namespace {

prepared_statement prepared(std::size_t id_size, std::optional<std::size_t> metadata_id_size,
                            bool returns_rows) {
    prepared_statement::parts parts;
    parts.id.assign(id_size, std::byte{0xaa});
    if (metadata_id_size)
        parts.result_metadata_id.emplace(*metadata_id_size, std::byte{0xcc});
    parts.parameters = {{"ks", "t", "k", kind::int_}, {"ks", "t", "v", kind::text}};
    if (returns_rows)
        parts.result_columns = parts.parameters;
    return prepared_statement(std::move(parts));
}

std::vector<statement_options> all_kinds_of_options() {
    std::vector<statement_options> all(1);
    all.push_back(statement_options().consistency(consistency::each_quorum));
    all.push_back(statement_options().page_size(std::nullopt));
    all.push_back(statement_options().page_size(0).timestamp(-5));
    all.push_back(statement_options().serial_consistency(consistency::local_serial));
    all.push_back(statement_options().paging_state(hex("010203")));
    all.push_back(statement_options().keyspace("elsewhere"));
    all.push_back(statement_options().now_in_seconds(77));
    all.push_back(statement_options()
                      .consistency(consistency::all)
                      .serial_consistency(consistency::serial)
                      .page_size(3)
                      .paging_state(hex("ff"))
                      .timestamp(1'234'567'890'123'456)
                      .keyspace("ks")
                      .now_in_seconds(-1));
    return all;
}

/// What was written, or why it was refused.
std::string outcome(const message::request& asked, protocol_version version) {
    base::buffer buffer;
    base::byte_writer out(buffer);
    const auto encoded = asked.encode(out, version);
    return encoded ? to_hex(buffer) : std::string(encoded.error().what());
}

/// The same request by way of the message that tests and peers decode.
std::string expected(const bound_statement& bound, const statement_options& options,
                     bool metadata_ids, protocol_version version) {
    message::query_parameters parameters(options);
    base::byte_reader values(bound.bytes());
    while (!values.at_end())
        parameters.values.push_back(message::bound_value::decode(values));
    const auto& known = bound.statement().result_metadata_id();
    message::execute asked(bound.statement().id(), parameters);
    if (metadata_ids) {
        asked.result_metadata_id =
            known ? std::span<const std::byte>(*known) : std::span<const std::byte>();
        asked.parameters.skip_metadata =
            known && !known->empty() && !bound.statement().result_columns().empty();
    }
    return outcome(asked, version);
}

/// Joined as the transport will write them.
std::vector<std::byte> joined(const base::buffer& buffer, const base::piece_apart& apart) {
    const auto all = buffer.view();
    std::vector<std::byte> bytes(all.begin(), all.end());
    const auto piece = apart.bytes.view();
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(apart.position), piece.begin(),
                 piece.end());
    return bytes;
}

} // namespace

TEST_CASE("A bound statement is executed by the same bytes as the message it stands for") {
    for (const auto version : {protocol_version::v3, protocol_version::v4, protocol_version::v5})
        for (const bool metadata_ids : {false, true})
            for (const bool rows : {false, true})
                for (const auto& id_size : std::vector<std::optional<std::size_t>>{{}, 0, 1, 16})
                    for (const auto& options : all_kinds_of_options()) {
                        if (version == protocol_version::v5 && !metadata_ids)
                            continue; // there they are always agreed on
                        const auto statement = prepared(16, id_size, rows);
                        auto bound = statement.bind(7, "Ada").value();
                        const auto wanted = expected(bound, options, metadata_ids, version);
                        CAPTURE(wanted);
                        CHECK(outcome(message::bound_execute(bound, &options, metadata_ids),
                                      version) == wanted);
                        // With a block of a tablet's version behind all else.
                        message::bound_execute with(bound, &options, {metadata_ids, true});
                        const bool refused = wanted.find(' ') != wanted.npos;
                        CHECK(outcome(with, version) == wanted + (refused ? "" : "00"));
                        with.put_version_block(0xb7);
                        CHECK(outcome(with, version) == wanted + (refused ? "" : "b7"));
                        // Where it is not spoken none is written.
                        message::bound_execute without(bound, &options, metadata_ids);
                        without.put_version_block(0xb7);
                        CHECK(outcome(without, version) == wanted);
                    }
}

TEST_CASE("What is written when a statement is prepared makes the same requests") {
    struct agreed_on {
        protocol_version version;
        bool metadata_ids;
    };
    for (const auto& agreed :
         {agreed_on{protocol_version::v4, false}, agreed_on{protocol_version::v4, true},
          agreed_on{protocol_version::v5, true}})
        for (const bool rows : {false, true})
            for (const auto& id_size : std::vector<std::optional<std::size_t>>{{}, 0, 1, 16})
                for (const std::size_t length :
                     {0u, 1u, 35u, 36u, 37u, 48u, 49u, 1'000u, 16'500u}) {
                    message::prepared_result said;
                    said.id.assign(16, std::byte{0xaa});
                    if (agreed.metadata_ids)
                        said.result_metadata_id.emplace(id_size.value_or(0), std::byte{0xcc});
                    said.parameters = {{"ks", "t", "k", kind::int_}, {"ks", "t", "v", kind::text}};
                    if (rows)
                        said.result.columns = said.parameters;
                    said.result.column_count = said.result.columns.size();
                    const auto frame = tests::response_frame(said, agreed.version);
                    const auto statement =
                        message::decode_prepared(tests::header_of(frame), tests::body_of(frame),
                                                 "INSERT", agreed.metadata_ids)
                            .value();
                    auto bound = statement.bind(7, std::string(length, 'x')).value();
                    const auto wanted =
                        expected(bound, statement_options(), agreed.metadata_ids, agreed.version);
                    message::bound_execute asked(bound, nullptr, agreed.metadata_ids);
                    base::buffer out(20'000);
                    out.append(hex("eeee"));
                    CAPTURE(length);
                    const bool usual = asked.encode_usual(out, 9, agreed.version);
                    CHECK(usual == (length <= 64 - 12));
                    CHECK((usual ? to_hex(out.view().subspan(2 + 9))
                                 : outcome(asked, agreed.version)) == wanted);
                    CHECK(out.view()[1] == std::byte{0xee});
                    if (!usual) {
                        CHECK(out.size() == 2);
                        continue;
                    }
                    message::bound_execute with(bound, nullptr, {agreed.metadata_ids, true});
                    with.put_version_block(0xb7);
                    CHECK(outcome(with, agreed.version) == wanted + "b7");
                    // Not where other things are spoken, nor with options, nor without room.
                    const auto refused = [&](const message::bound_execute& other,
                                             protocol_version version, base::buffer room) {
                        return !other.encode_usual(room, 9, version) && room.empty();
                    };
                    const statement_options options;
                    const auto other_version = agreed.version == protocol_version::v4
                                                   ? protocol_version::v5
                                                   : protocol_version::v4;
                    CHECK(refused(with, agreed.version, base::buffer(1'000)));
                    CHECK(refused(asked, other_version, base::buffer(1'000)));
                    CHECK(refused(asked, protocol_version::v3, base::buffer(1'000)));
                    CHECK(refused(message::bound_execute(bound, nullptr, !agreed.metadata_ids),
                                  agreed.version, base::buffer(1'000)));
                    CHECK(refused(message::bound_execute(bound, &options, agreed.metadata_ids),
                                  agreed.version, base::buffer(1'000)));
                    CHECK(refused(asked, agreed.version, base::buffer(out.size())));
                }
}

TEST_CASE("Without options a statement is executed as with the usual ones, by hand") {
    auto bound = prepared(2, std::nullopt, true).bind(7, null).value();
    const auto by_hand = to_hex(hex("0002 aaaa 000a 05 0002 00000004 00000007 ffffffff 00001388"));
    CHECK(outcome(message::bound_execute(bound, nullptr, false), protocol_version::v4) == by_hand);
    const statement_options usual;
    CHECK(outcome(message::bound_execute(bound, &usual, false), protocol_version::v4) == by_hand);
}

TEST_CASE("A statement without markers announces no values") {
    prepared_statement::parts parts;
    parts.id = hex("bb");
    auto bound = prepared_statement(std::move(parts)).bind().value();
    CHECK(outcome(message::bound_execute(bound, nullptr, false), protocol_version::v4) ==
          to_hex(hex("0001 bb 000a 04 00001388")));
}

TEST_CASE("What a version cannot say is refused, and so is what no version can") {
    const auto refusal = [](std::size_t id, std::optional<std::size_t> metadata_id,
                            protocol_version version, const auto&... arguments) {
        auto bound = prepared(id, metadata_id, true).bind(arguments...).value();
        base::buffer buffer;
        base::byte_writer out(buffer);
        const message::bound_execute asked(bound, nullptr, metadata_id.has_value());
        const auto encoded = asked.encode(out, version);
        REQUIRE(!encoded);
        CHECK(encoded.error().is(errc::invalid_argument));
        return std::string(encoded.error().message());
    };
    CHECK(refusal(16, std::nullopt, protocol_version::v3, 7, unset) ==
          "an unset value needs protocol version 4");
    CHECK(refusal(65'536, std::nullopt, protocol_version::v4, 7, "Ada") ==
          "the statement's id is longer than 65,535");
    CHECK(refusal(16, 65'536, protocol_version::v4, 7, "Ada") ==
          "the metadata's id is longer than 65,535");
    prepared_statement::parts parts;
    parts.parameters.assign(65'536, {"ks", "t", "k", kind::int_});
    const std::vector<value> many(65'536, value(1));
    auto bound = bound_statement::of_values(prepared_statement(std::move(parts)), many).value();
    CHECK(outcome(message::bound_execute(bound, nullptr, false), protocol_version::v4) ==
          "the list of values is longer than 65,535");
}

TEST_CASE("Long values are left where they are and shared, short ones are copied; both can be "
          "written again") {
    const auto limit = byte_sink::shortest_shared;
    // What goes before the text: the int, and both lengths.
    constexpr std::size_t before = 4 + 4 + 4;
    for (const std::size_t length : {std::size_t{0}, std::size_t{100}, limit - before - 1,
                                     limit - before, limit, 16 * limit}) {
        CAPTURE(length);
        const std::string text(length, 'x');
        const auto statement = prepared(16, std::nullopt, false);
        auto bound = statement.bind(7, text).value();
        const auto wanted = expected(bound, statement_options(), false, protocol_version::v4);
        const auto* const written_at = bound.bytes().data();
        base::buffer buffer;
        base::piece_apart apart;
        base::byte_writer out(buffer, &apart);
        const auto mark = out.position();
        REQUIRE(message::bound_execute(bound, nullptr, false)
                    .encode(out, protocol_version::v4)
                    .has_value());
        const bool is_long = before + length >= limit;
        CHECK(apart.bytes.empty() == !is_long);
        if (is_long) {
            CHECK(apart.bytes.view().data() == written_at);
            CHECK(bound.bytes().data() == written_at);
            CHECK(buffer.size() < 64);
        }
        CHECK(to_hex(joined(buffer, apart)) == wanted);
        CHECK(out.written_since(mark) == joined(buffer, apart).size());
        {
            message::bound_execute with(bound, nullptr, {false, true});
            with.put_version_block(0xb7);
            base::buffer blocks;
            base::piece_apart long_value;
            base::byte_writer writer(blocks, &long_value);
            REQUIRE(with.encode(writer, protocol_version::v4).has_value());
            CHECK(to_hex(joined(blocks, long_value)) == wanted + "b7");
        }
        // Again, by a copy, when the first is gone.
        {
            auto copy = bound;
            CHECK((copy.bytes().data() == written_at) == is_long);
            bound = statement.bind(8, "other").value();
            base::buffer again;
            base::piece_apart again_apart;
            base::byte_writer writer(again, &again_apart);
            REQUIRE(message::bound_execute(copy, nullptr, false)
                        .encode(writer, protocol_version::v4)
                        .has_value());
            CHECK(to_hex(joined(again, again_apart)) == wanted);
        }
        CHECK(to_hex(joined(buffer, apart)) == wanted);
    }
}

TEST_CASE("A second run of bytes is not left apart: there is room for one") {
    base::buffer buffer;
    base::piece_apart apart;
    base::byte_writer out(buffer, &apart);
    CHECK(out.may_write_apart());
    out.write_apart(base::shared_bytes::copy_of(std::vector<std::byte>(10)));
    CHECK_FALSE(out.may_write_apart());
    CHECK_FALSE(base::byte_writer(buffer).may_write_apart());
}
