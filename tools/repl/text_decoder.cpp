#include "text_decoder.hpp"

#include <utf8proc.h>

#include <array>
#include <utility>

namespace cocqlsh {

namespace {

constexpr char32_t replacement = 0xfffd;

void append_utf8(std::string& out, char32_t point) {
    if (utf8proc_codepoint_valid(static_cast<utf8proc_int32_t>(point)) == 0)
        point = replacement;
    std::array<utf8proc_uint8_t, 4> bytes{};
    const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(point), bytes.data());
    out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

bool is_high_half(char32_t unit) noexcept {
    return unit >= 0xd800 && unit < 0xdc00;
}

bool is_low_half(char32_t unit) noexcept {
    return unit >= 0xdc00 && unit < 0xe000;
}

} // namespace

/// False while more bytes are needed to know.
bool text_decoder::find_mark(bool at_end) {
    struct mark {
        std::string_view bytes;
        encoding means;
    };
    using namespace std::string_view_literals;
    // UTF-32's before UTF-16's, which its mark begins with.
    static constexpr std::array<mark, 5> marks{{{"\xff\xfe\0\0"sv, encoding::utf32_little},
                                                {"\0\0\xfe\xff"sv, encoding::utf32_big},
                                                {"\xef\xbb\xbf"sv, encoding::utf8},
                                                {"\xff\xfe"sv, encoding::utf16_little},
                                                {"\xfe\xff"sv, encoding::utf16_big}}};
    const std::string_view kept = kept_;
    for (const auto& each : marks) {
        if (kept.starts_with(each.bytes)) {
            encoding_ = each.means;
            kept_.erase(0, each.bytes.size());
            return true;
        }
        if (!at_end && each.bytes.starts_with(kept))
            return false;
    }
    encoding_ = encoding::utf8;
    return true;
}

std::size_t text_decoder::unit_size() const noexcept {
    return encoding_ == encoding::utf32_little || encoding_ == encoding::utf32_big ? 4 : 2;
}

char32_t text_decoder::unit_at(std::size_t at) const noexcept {
    const bool little = encoding_ == encoding::utf16_little || encoding_ == encoding::utf32_little;
    const auto size = unit_size();
    char32_t unit = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const auto byte = static_cast<unsigned char>(kept_[at + (little ? size - 1 - i : i)]);
        unit = (unit << 8) | byte;
    }
    return unit;
}

std::string text_decoder::decode(bool at_end) {
    if (encoding_ == encoding::unknown && !find_mark(at_end))
        return {};
    if (encoding_ == encoding::utf8)
        return std::exchange(kept_, {});
    const auto size = unit_size();
    std::string out;
    std::size_t at = 0;
    while (kept_.size() - at >= size) {
        auto point = unit_at(at);
        if (size == 2 && is_high_half(point)) {
            if (kept_.size() - at < 2 * size && !at_end)
                break;
            const auto low = kept_.size() - at < 2 * size ? 0 : unit_at(at + size);
            if (is_low_half(low)) {
                point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
                at += size;
            }
        }
        append_utf8(out, point);
        at += size;
    }
    kept_.erase(0, at);
    if (at_end && !std::exchange(kept_, {}).empty())
        append_utf8(out, replacement);
    return out;
}

std::string text_decoder::take(std::string_view bytes) {
    kept_ += bytes;
    return decode(false);
}

std::string text_decoder::finish() {
    return decode(true);
}

std::string decoded(std::string_view bytes) {
    text_decoder decoder;
    auto text = decoder.take(bytes);
    return text += decoder.finish();
}

} // namespace cocqlsh
