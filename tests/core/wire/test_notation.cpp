#include "../bytes.hpp"
#include "core/wire/notation.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

using namespace cocql;
using tests::bytes;
using tests::hex;
using tests::to_hex;

namespace {

std::string written(const std::function<void(base::byte_writer&)>& write) {
    base::buffer buffer;
    base::byte_writer out(buffer);
    write(out);
    return to_hex(buffer);
}

/// Whether reading fails for every proper beginning of the bytes.
void check_truncations(const char* digits, const std::function<void(base::byte_reader&)>& read) {
    const auto input = hex(digits);
    for (std::size_t size = 0; size < input.size(); ++size) {
        CAPTURE(size);
        // Copied, so that a read past the end is one past an allocation.
        const bytes cut(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
        base::byte_reader in(cut);
        read(in);
        CHECK(in.failed());
    }
    base::byte_reader in(input);
    read(in);
    CHECK(!in.failed());
    CHECK(in.at_end());
}

} // namespace

TEST_CASE("Strings of all lengths read back as they were written") {
    CHECK(written([](auto& out) { wire::write_string(out, "caf\xc3\xa9"); }) == "0005636166c3a9");
    CHECK(written([](auto& out) { wire::write_string(out, ""); }) == "0000");
    CHECK(written([](auto& out) { wire::write_long_string(out, "ab"); }) == "000000026162");
    const auto input = hex("0005636166c3a9 0000 000000026162");
    base::byte_reader in(input);
    CHECK(wire::read_string(in) == "caf\xc3\xa9");
    CHECK(wire::read_string(in).empty());
    CHECK(wire::read_long_string(in) == "ab");
    CHECK(in.at_end());
}

TEST_CASE("Null bytes are not empty bytes") {
    const auto input = hex("ffffffff 00000000 0000000101 fffffffe");
    base::byte_reader in(input);
    CHECK(!wire::read_bytes(in));
    CHECK(wire::read_bytes(in)->empty());
    CHECK(wire::read_bytes(in)->size() == 1);
    CHECK(!wire::read_bytes(in));
    CHECK(!in.failed());
    CHECK(written([](auto& out) { wire::write_bytes(out, std::nullopt); }) == "ffffffff");
    CHECK(written([](auto& out) { wire::write_bytes(out, std::span<const std::byte>()); }) ==
          "00000000");
}

TEST_CASE("Addresses have four or sixteen bytes") {
    const auto input = hex("04 7f000001 00002352  10 00000000000000000000000000000001 00002352");
    base::byte_reader in(input);
    const auto v4 = wire::read_inet(in);
    const auto v6 = wire::read_inet(in);
    CHECK(!in.failed());
    CHECK(v4.bytes().size() == 4);
    CHECK(v4.port == 9042);
    CHECK(v6.bytes().size() == 16);
    CHECK(written([&](auto& out) {
              wire::write_inet(out, v4);
              wire::write_inet(out, v6);
          }) == to_hex(input));
    for (const char* wrong : {"00", "05 0102030405 00000000", "ff 00"}) {
        const auto bad = hex(wrong);
        base::byte_reader bad_in(bad);
        wire::read_inet(bad_in);
        CHECK(bad_in.failed());
    }
}

TEST_CASE("Maps and lists read back as they were written") {
    const wire::string_multimap options{{"A", {"x", "y"}}, {"B", {}}};
    CHECK(written([&](auto& out) { wire::write_string_multimap(out, options); }) == "0002"
                                                                                    "000141"
                                                                                    "0002"
                                                                                    "000178"
                                                                                    "000179"
                                                                                    "000142"
                                                                                    "0000");
    const auto input = hex("0002 000141 0002 000178 000179 000142 0000");
    base::byte_reader in(input);
    CHECK(wire::read_string_multimap(in) == options);

    const auto payload_input = hex("0001 00016b 00000002 0102");
    base::byte_reader payload_in(payload_input);
    const auto payload = wire::read_bytes_map(payload_in);
    CHECK(payload.at("k") == hex("0102"));
    CHECK(written([&](auto& out) { wire::write_bytes_map(out, payload); }) ==
          to_hex(payload_input));
}

TEST_CASE("A notation cut short at any byte fails its reader") {
    check_truncations("0003616263", [](auto& in) { wire::read_string(in); });
    check_truncations("00000003616263", [](auto& in) { wire::read_long_string(in); });
    check_truncations("0002 000161 000162", [](auto& in) { wire::read_string_list(in); });
    check_truncations("00000003616263", [](auto& in) { wire::read_bytes(in); });
    check_truncations("0003616263", [](auto& in) { wire::read_short_bytes(in); });
    check_truncations("000102030405060708090a0b0c0d0e0f", [](auto& in) { wire::read_uuid(in); });
    check_truncations("04 7f000001 00002352", [](auto& in) { wire::read_inet(in); });
    check_truncations("10 00000000000000000000000000000001",
                      [](auto& in) { wire::read_inet_address(in); });
    check_truncations("0006", [](auto& in) { wire::read_consistency(in); });
    check_truncations("0001 000161 000162", [](auto& in) { wire::read_string_map(in); });
    check_truncations("0001 000161 0001 000162", [](auto& in) { wire::read_string_multimap(in); });
    check_truncations("0001 000161 0000000162", [](auto& in) { wire::read_bytes_map(in); });
}

TEST_CASE("scylladb/scylla-go-driver#212: counts and lengths that the bytes do not bear out fail before anything is allocated") {
    const auto fails = [](const char* digits, const std::function<void(base::byte_reader&)>& read) {
        const auto input = hex(digits);
        base::byte_reader in(input);
        read(in);
        CHECK(in.failed());
    };
    fails("ffff", [](auto& in) { wire::read_string_list(in); });
    fails("ffff 000161", [](auto& in) { wire::read_string_map(in); });
    fails("ffff 000161", [](auto& in) { wire::read_string_multimap(in); });
    fails("ffff 000161", [](auto& in) { wire::read_bytes_map(in); });
    fails("7fffffff", [](auto& in) { wire::read_bytes(in); });
    fails("7fffffff 61", [](auto& in) { wire::read_long_string(in); });
    fails("ffffffff", [](auto& in) { wire::read_long_string(in); });
    fails("80000000", [](auto& in) { wire::read_long_string(in); });
    fails("ffff", [](auto& in) { wire::read_short_bytes(in); });
}
