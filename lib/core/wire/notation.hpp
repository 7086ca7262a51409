#pragma once

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

#include <cocql/consistency.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The notations of native_protocol_v4.spec, section 3. Readers fail through their byte_reader and
/// return views into its input where the name says so; writers cut nothing: what is
/// too long for its length field makes the byte_writer fail.
namespace cocql::wire {

using uuid_bytes = std::array<std::byte, 16>;
using string_map = std::map<std::string, std::string>;
using string_multimap = std::map<std::string, std::vector<std::string>>;
using bytes_map = std::map<std::string, std::vector<std::byte>>;

/// [inet]: an address of 4 or 16 bytes and a port.
struct inet {
    std::array<std::byte, 16> address{};
    std::uint8_t size = 4;
    std::int32_t port = 0;
    std::span<const std::byte> bytes() const noexcept { return {address.data(), size}; }
    friend bool operator==(const inet&, const inet&) = default;
};

std::string_view read_string(base::byte_reader& in);
std::string_view read_long_string(base::byte_reader& in);
std::vector<std::string> read_string_list(base::byte_reader& in);
/// [bytes]; nothing for a negative length (null).
std::optional<std::span<const std::byte>> read_bytes(base::byte_reader& in);
std::span<const std::byte> read_short_bytes(base::byte_reader& in);
uuid_bytes read_uuid(base::byte_reader& in);
inet read_inet(base::byte_reader& in);
/// [inetaddr]: like inet, without the port.
inet read_inet_address(base::byte_reader& in);
consistency read_consistency(base::byte_reader& in);
string_map read_string_map(base::byte_reader& in);
/// Of 65,535 strings in all at most; no server has as many.
string_multimap read_string_multimap(base::byte_reader& in);
bytes_map read_bytes_map(base::byte_reader& in);

/// A length or a count of 16 bits; `too_many`, a literal, is why one that it cannot say fails.
void write_count(base::byte_writer& out, std::size_t count, const char* too_many);
void write_string(base::byte_writer& out, std::string_view value);
void write_long_string(base::byte_writer& out, std::string_view value);
void write_string_list(base::byte_writer& out, std::span<const std::string> values);
void write_bytes(base::byte_writer& out, std::optional<std::span<const std::byte>> value);
void write_short_bytes(base::byte_writer& out, std::span<const std::byte> value);
void write_uuid(base::byte_writer& out, const uuid_bytes& value);
void write_inet(base::byte_writer& out, const inet& value);
void write_inet_address(base::byte_writer& out, const inet& value);
void write_consistency(base::byte_writer& out, consistency value);
void write_string_map(base::byte_writer& out, const string_map& values);
void write_string_multimap(base::byte_writer& out, const string_multimap& values);
void write_bytes_map(base::byte_writer& out, const bytes_map& values);

inline std::span<const std::byte> as_bytes(std::string_view text) noexcept {
    return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace cocql::wire
