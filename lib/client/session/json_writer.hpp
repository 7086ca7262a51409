#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace cocql::client {

/// Writes JSON (RFC 8259) of objects in objects, as short as it goes. Texts may be any bytes: what
/// is not UTF-8 becomes U+FFFD, as JSON has no way to say it.
class json_writer {
  public:
    /// An object, from here to its end.
    class object {
      public:
        /// The outermost one.
        explicit object(json_writer& out) : out_(out) { out_.open(); }
        /// A member of the one that is open.
        object(json_writer& out, std::string_view key) : out_(out) {
            out_.name(key);
            out_.open();
        }
        ~object() { out_.close(); }
        object(const object&) = delete;
        object& operator=(const object&) = delete;

      private:
        json_writer& out_;
    };

    json_writer() = default;

    // Members of the object that is open:
    void member(std::string_view key, std::string_view text);
    void member(std::string_view key, const char* text) { member(key, std::string_view(text)); }
    void member(std::string_view key, std::int64_t number);
    void member(std::string_view key, bool so);

    std::string take() noexcept { return std::move(text_); }

  private:
    void open();
    void close() { text_ += '}'; }
    void name(std::string_view key);
    void put(std::string_view text);

    std::string text_;
};

} // namespace cocql::client
