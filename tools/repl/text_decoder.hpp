#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cocqlsh {

/// UTF-8 out of what other programs write: a byte-order mark at the beginning is taken off, and one
/// that says so makes UTF-16 or UTF-32 be read. Without a mark the bytes are left as they are.
/// Characters that are cut short or broken become U+FFFD.
class text_decoder {
  public:
    /// The text of these bytes, but for those that may be the beginning of a mark or a character.
    std::string take(std::string_view bytes);
    /// The text of what was kept back.
    std::string finish();

  private:
    enum class encoding { unknown, utf8, utf16_little, utf16_big, utf32_little, utf32_big };

    bool find_mark(bool at_end);
    char32_t unit_at(std::size_t at) const noexcept;
    std::size_t unit_size() const noexcept;
    std::string decode(bool at_end);

    encoding encoding_ = encoding::unknown;
    std::string kept_;
};

/// All of a file's text.
std::string decoded(std::string_view bytes);

} // namespace cocqlsh
