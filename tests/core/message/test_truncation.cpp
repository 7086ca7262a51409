#include "core/message/decode_response.hpp"
#include "samples.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace cocql;
using tests::bytes;

namespace {

/// A copy in a room of exactly its size: a read past the end is then one past an allocation, which
/// the sanitizers see.
class exact_copy {
  public:
    explicit exact_copy(std::span<const std::byte> from)
        : size_(from.size()), bytes_(std::make_unique<std::byte[]>(from.size())) {
        std::copy(from.begin(), from.end(), bytes_.get());
    }
    std::span<const std::byte> view() const { return {bytes_.get(), size_}; }

  private:
    std::size_t size_;
    std::unique_ptr<std::byte[]> bytes_;
};

constexpr protocol_version versions[] = {protocol_version::v3, protocol_version::v4,
                                         protocol_version::v5};

result<message::decoded_response> decode(const wire::frame_header& header,
                                         std::span<const std::byte> body) {
    return message::decode_response(header, body, tests::sample_rate_limit_code);
}

} // namespace

TEST_CASE("A response cut short at any byte is a protocol error, never a message") {
    for (const auto version : versions)
        for (const auto& each : tests::sample_responses(version)) {
            CAPTURE(each.name);
            const auto header = tests::header_of(each.frame);
            const auto body = tests::body_of(each.frame);
            REQUIRE(decode(header, body).has_value());
            for (std::size_t size = 0; size < body.size(); ++size) {
                CAPTURE(size);
                const exact_copy cut(body.first(size));
                const auto said = decode(header, cut.view());
                REQUIRE(!said.has_value());
                REQUIRE(said.error().is(errc::protocol_error));
            }
        }
}

TEST_CASE("A request cut short at any byte is a protocol error, never a message") {
    for (const auto version : versions)
        for (const auto& each : tests::sample_requests(version)) {
            CAPTURE(each.name);
            const auto header = tests::header_of(each.frame);
            const auto body = tests::body_of(each.frame);
            REQUIRE(message::decode_request(header, body).has_value());
            for (std::size_t size = 0; size < body.size(); ++size) {
                CAPTURE(size);
                const exact_copy cut(body.first(size));
                const auto asked = message::decode_request(header, cut.view());
                REQUIRE(!asked.has_value());
                REQUIRE(asked.error().is(errc::protocol_error));
            }
        }
}

TEST_CASE("A byte left over after any message is a protocol error") {
    for (const auto version : versions) {
        for (const auto& each : tests::sample_responses(version)) {
            CAPTURE(each.name);
            auto longer = each.frame;
            longer.push_back(std::byte{0});
            const auto said = decode(tests::header_of(longer), tests::body_of(longer));
            REQUIRE(!said.has_value());
            CHECK(said.error().is(errc::protocol_error));
        }
        for (const auto& each : tests::sample_requests(version)) {
            CAPTURE(each.name);
            auto longer = each.frame;
            longer.push_back(std::byte{0});
            const auto asked =
                message::decode_request(tests::header_of(longer), tests::body_of(longer));
            REQUIRE(!asked.has_value());
            CHECK(asked.error().is(errc::protocol_error));
        }
    }
}

TEST_CASE("What connections decode with is as strict: pages, prepared statements, events") {
    for (const auto version : {protocol_version::v4, protocol_version::v5})
        for (const auto& each : tests::sample_responses(version)) {
            CAPTURE(each.name);
            const auto header = tests::header_of(each.frame);
            const auto body = tests::body_of(each.frame);
            for (std::size_t size = 0; size < body.size(); ++size) {
                const exact_copy cut(body.first(size));
                const auto page =
                    message::decode_page(header, base::shared_bytes::copy_of(cut.view()), 0xf000);
                REQUIRE(!page.has_value());
                const auto prepared = message::decode_prepared(header, cut.view(), "cql");
                REQUIRE(!prepared.has_value());
                if (header.opcode == wire::opcode::event)
                    REQUIRE(!message::decode_event(header, cut.view()).has_value());
                if (header.opcode == wire::opcode::error)
                    REQUIRE(
                        message::decode_error(header, cut.view(), 0xf000).is(errc::protocol_error));
            }
        }
}
