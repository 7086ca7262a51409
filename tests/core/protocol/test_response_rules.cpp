#include "core/protocol/response_rules.hpp"
#include "harness.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

using namespace cocql;
using namespace cocql::tests;
using wire::opcode;

namespace {

class no_receiver final : public wire::frame_receiver {
  public:
    result<void> header_received(const wire::frame_header&) override { return {}; }
    result<void> frame_received(wire::frame&) override { return {}; }
};

/// A connection that speaks one version, and the rules that its peer keeps.
struct spoken {
    explicit spoken(protocol_version version) { settings.version = version; }

    /// What is wrong with a RESULT on stream 0 that was changed; nothing if nothing is.
    std::string check(const std::function<void(wire::frame_header&)>& change,
                      bool starting = false) {
        wire::frame_header header;
        header.version =
            static_cast<std::uint8_t>(0x80 | static_cast<std::uint8_t>(settings.version));
        header.opcode = opcode::result;
        change(header);
        const auto outcome = rules.check(header, starting);
        if (outcome)
            return {};
        CHECK(outcome.error().is(errc::protocol_error));
        CHECK(outcome.error().endpoint() == "127.0.0.1:9042");
        return std::string(outcome.error().message());
    }

    protocol::protocol_settings settings = [] {
        protocol::protocol_settings made;
        made.endpoint = "127.0.0.1:9042";
        return made;
    }();
    no_receiver receiver;
    protocol::framing framing{receiver, protocol_version::v4, 1024};
    protocol::response_rules rules{settings, framing};
};

} // namespace

TEST_CASE("R28 a response's header: version, direction and opcode") {
    spoken v4(protocol_version::v4);
    CHECK(v4.check([](auto&) {}).empty());
    CHECK(v4.check([](auto& header) { header.version = 4; }) ==
          "a frame without the response bit (version byte 4)");
    CHECK(v4.check([](auto& header) { header.version = 0x83; }) ==
          "a frame of protocol version 3 on a connection of version 4");
    for (const auto request : {opcode::startup, opcode::options, opcode::query, opcode::batch})
        CHECK(v4.check([&](auto& header) { header.opcode = request; }) ==
              "a response with opcode " + std::to_string(static_cast<int>(request)));
    CHECK(v4.check([](auto& header) { header.opcode = static_cast<opcode>(0x77); }) ==
          "a response with opcode 119");
}

TEST_CASE("R28 a response's header: another version only in an ERROR while starting") {
    spoken v4(protocol_version::v4);
    const auto refusal = [](auto& header) {
        header.version = 0x83;
        header.opcode = opcode::error;
    };
    CHECK(v4.check(refusal, true).empty());
    CHECK_FALSE(v4.check(refusal, false).empty());
    CHECK_FALSE(v4.check([](auto& header) { header.version = 0x83; }, true).empty());
}

TEST_CASE("R28 a response's header: flags that the version has and that were agreed on") {
    const auto with = [](std::uint8_t flags) {
        return [flags](wire::frame_header& header) { header.flags = flags; };
    };
    spoken v3(protocol_version::v3);
    CHECK(v3.check(with(wire::frame_header::flag_tracing)).empty());
    CHECK_FALSE(v3.check(with(wire::frame_header::flag_warning)).empty());
    CHECK_FALSE(v3.check(with(wire::frame_header::flag_custom_payload)).empty());
    spoken v4(protocol_version::v4);
    CHECK(v4.check(with(wire::frame_header::flag_tracing | wire::frame_header::flag_warning |
                        wire::frame_header::flag_custom_payload))
              .empty());
    CHECK(v4.check(with(0x40)) ==
          "a frame with flags 64, of which some are unknown or were not agreed on");
    CHECK_FALSE(v4.check(with(wire::frame_header::flag_compression)).empty());
    v4.framing.agree_on(protocol_version::v4, compression::lz4);
    CHECK(v4.check(with(wire::frame_header::flag_compression)).empty());
}

TEST_CASE("R28 a response's header: EVENT, and nothing else, is on stream -1") {
    spoken v4(protocol_version::v4);
    const auto on = [](opcode which, std::int16_t stream) {
        return [which, stream](wire::frame_header& header) {
            header.opcode = which;
            header.stream = stream;
        };
    };
    CHECK(v4.check(on(opcode::event, -1)).empty());
    CHECK(v4.check(on(opcode::event, 0)) == "EVENT on stream 0");
    CHECK(v4.check(on(opcode::result, 32767)).empty());
    CHECK(v4.check(on(opcode::result, -1)) == "RESULT on stream -1");
    CHECK(v4.check(on(opcode::event, -2)) == "EVENT on stream -2");
}

TEST_CASE("R28 R32 a response on which nobody waits: what and where; an ERROR says why itself") {
    spoken v4(protocol_version::v4);
    const auto of = [&](opcode which, std::int16_t stream, const auto& body) {
        const auto made = make_frame(0x84, stream, which, body);
        const std::span<const std::byte> bytes(made);
        const auto header = wire::frame_header::decode(bytes.first<wire::frame_header::size>());
        const wire::frame frame(header, bytes.subspan(wire::frame_header::size));
        return v4.rules.unexpected(frame);
    };
    const auto result = of(opcode::result, 77, [](base::byte_writer& out) { out.write_i32(1); });
    CHECK(result.is(errc::protocol_error));
    CHECK(result.message() == "RESULT on stream 77, on which nobody waits");
    CHECK(result.endpoint() == "127.0.0.1:9042");
    CHECK(result.cause() == nullptr);
    const auto failed = of(opcode::error, 0, [](base::byte_writer& out) {
        server_error said;
        said.code = server_error_code::protocol_error;
        said.message = "what is that?";
        message::encode_error(out, said);
    });
    CHECK(failed.message() == "ERROR on stream 0, on which nobody waits");
    REQUIRE(failed.server() != nullptr);
    CHECK(failed.server()->message == "what is that?");
}
