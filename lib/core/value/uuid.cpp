#include "core/value/hex.hpp"

#include <cocql/uuid.hpp>

#include <algorithm>

namespace cocql {

namespace {

int digit(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool dash_before(std::size_t byte) noexcept {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

/// Ticks from 1582-10-15, where timeuuids begin, to 1970.
constexpr std::int64_t before_1970 = 0x01b2'1dd2'1381'4000;

/// The first and the last tick since 1970 that sixty bits can say.
constexpr std::int64_t first_tick = -before_1970;
constexpr std::int64_t last_tick = 0x0fff'ffff'ffff'ffff - before_1970;
constexpr std::int64_t ticks_each = 10'000; // millisecond

/// The bytes of the time, the greatest first.
constexpr std::array<std::size_t, 8> time_order{6, 7, 4, 5, 0, 1, 2, 3};

/// The servers compare the last eight bytes of timeuuids as signed ones.
constexpr std::byte least{0x80};
constexpr std::byte greatest{0x7f};

uuid bound(std::int64_t since_1970, std::byte filler) noexcept {
    auto id = uuid::at(uuid::moment(uuid::ticks(since_1970)), 0, 0);
    for (std::size_t i = 8; i < id.bytes.size(); ++i)
        id.bytes[i] = filler;
    return id;
}

} // namespace

std::optional<uuid> uuid::parse(std::string_view text) noexcept {
    if (text.size() != 36)
        return std::nullopt;
    uuid id;
    std::size_t at = 0;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) {
        if (dash_before(i) && text[at++] != '-')
            return std::nullopt;
        const int high = digit(text[at]);
        const int low = digit(text[at + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        id.bytes[i] = static_cast<std::byte>(high * 16 + low);
        at += 2;
    }
    return id;
}

std::string uuid::to_string() const {
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (dash_before(i))
            text += '-';
        values::append_hex(text, std::to_integer<unsigned>(bytes[i]));
    }
    return text;
}

int uuid::version() const noexcept {
    return std::to_integer<int>(bytes[6] >> 4);
}

std::optional<uuid::moment> uuid::time() const noexcept {
    if (version() != 1)
        return std::nullopt;
    std::uint64_t count = 0;
    for (const auto i : time_order)
        count = count << 8 | std::to_integer<std::uint64_t>(bytes[i]);
    return moment(ticks(static_cast<std::int64_t>(count & 0x0fff'ffff'ffff'ffff) - before_1970));
}

uuid uuid::at(moment when, std::uint16_t sequence, std::uint64_t node) noexcept {
    uuid id;
    const auto tick =
        std::clamp<std::int64_t>(when.time_since_epoch().count(), first_tick, last_tick);
    auto count = static_cast<std::uint64_t>(tick + before_1970);
    for (auto i = time_order.rbegin(); i != time_order.rend(); ++i, count >>= 8)
        id.bytes[*i] = static_cast<std::byte>(count & 0xff);
    id.bytes[6] = (id.bytes[6] & std::byte{0x0f}) | std::byte{0x10};
    id.bytes[8] = static_cast<std::byte>((sequence >> 8 & 0x3f) | 0x80);
    id.bytes[9] = static_cast<std::byte>(sequence & 0xff);
    for (std::size_t i = 15; i > 9; --i, node >>= 8)
        id.bytes[i] = static_cast<std::byte>(node & 0xff);
    return id;
}

uuid uuid::min_timeuuid(timestamp when) noexcept {
    if (when.milliseconds > last_tick / ticks_each)
        return bound(last_tick, greatest);
    return bound(std::max(when.milliseconds, first_tick / ticks_each) * ticks_each, least);
}

uuid uuid::max_timeuuid(timestamp when) noexcept {
    if (when.milliseconds < first_tick / ticks_each)
        return bound(first_tick, least);
    const auto last = last_tick / ticks_each;
    return bound(std::min(when.milliseconds, last) * ticks_each + ticks_each - 1, greatest);
}

} // namespace cocql
