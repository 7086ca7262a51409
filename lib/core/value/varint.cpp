#include "core/base/big_endian.hpp"

#include <cocql/varint.hpp>

#include <algorithm>
#include <charconv>
#include <gmp.h>

namespace cocql {

namespace {

/// A number of GMP's, which goes to and from text in less than the square of its length.
class big_number {
  public:
    big_number() noexcept { mpz_init(number_); }
    big_number(const big_number&) = delete;
    big_number& operator=(const big_number&) = delete;
    ~big_number() { mpz_clear(number_); }

    mpz_ptr get() noexcept { return number_; }

  private:
    mpz_t number_;
};

bool is_negative(std::span<const std::byte> bytes) noexcept {
    return !bytes.empty() && (bytes.front() & std::byte{0x80}) != std::byte{0};
}

/// So many digits always fit into 64 bits.
constexpr std::size_t short_digits = 18;

} // namespace

varint varint::of(std::int64_t bits, bool unsigned_above) {
    std::byte bytes[9];
    bytes[0] = bits < 0 && !unsigned_above ? std::byte{0xff} : std::byte{0};
    base::store_big_endian(bytes + 1, static_cast<std::uint64_t>(bits));
    return from_bytes(bytes);
}

varint varint::from_bytes(std::span<const std::byte> bytes) {
    if (bytes.empty())
        return varint();
    const auto sign = is_negative(bytes) ? std::byte{0xff} : std::byte{0};
    while (bytes.size() > 1 && bytes.front() == sign &&
           is_negative(bytes.subspan(1)) == is_negative(bytes))
        bytes = bytes.subspan(1);
    return varint(std::vector<std::byte>(bytes.begin(), bytes.end()));
}

std::optional<varint> varint::parse(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+'))
        text.remove_prefix(1);
    if (text.empty() ||
        !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    if (text.size() <= short_digits) {
        std::int64_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        return varint(negative ? -number : number);
    }
    big_number magnitude;
    mpz_set_str(magnitude.get(), std::string(text).c_str(), 10);
    // Two's complement: the bits of |n| - 1, inverted.
    const bool inverted = negative && mpz_sgn(magnitude.get()) != 0;
    if (inverted)
        mpz_sub_ui(magnitude.get(), magnitude.get(), 1);
    std::vector<std::byte> bytes(1 + (mpz_sizeinbase(magnitude.get(), 2) + 7) / 8);
    std::size_t written = 0;
    mpz_export(bytes.data() + 1, &written, 1, 1, 0, 0, magnitude.get());
    bytes.resize(1 + written); // nothing is written for zero
    if (inverted)
        for (auto& byte : bytes)
            byte = ~byte;
    return from_bytes(bytes);
}

std::string varint::to_string() const {
    const bool negative = is_negative(bytes_);
    if (bytes_.size() <= 8) {
        auto bits = negative ? ~std::uint64_t{0} : std::uint64_t{0};
        for (const auto byte : bytes_)
            bits = bits << 8 | std::to_integer<std::uint64_t>(byte);
        return std::to_string(static_cast<std::int64_t>(bits));
    }
    std::vector<std::byte> raw(bytes_);
    if (negative)
        for (auto& byte : raw)
            byte = ~byte;
    big_number magnitude;
    mpz_import(magnitude.get(), raw.size(), 1, 1, 0, 0, raw.data());
    if (negative) {
        mpz_add_ui(magnitude.get(), magnitude.get(), 1);
        mpz_neg(magnitude.get(), magnitude.get());
    }
    std::string text(mpz_sizeinbase(magnitude.get(), 10) + 2, '\0'); // a sign, and a NUL
    mpz_get_str(text.data(), 10, magnitude.get());
    text.resize(text.find('\0'));
    return text;
}

} // namespace cocql
