#pragma once

#include <cocql/varint.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cocql {

/// An exact decimal number, unscaled × 10^-scale: CQL's decimal. 1.0 and 1.00 are different values
/// of it.
struct decimal {
    varint unscaled;
    std::int32_t scale = 0;

    /// Reads `-12.340` or `1.2E+7`.
    static std::optional<decimal> parse(std::string_view text);
    /// Plain digits, or scientific notation where plain digits would need more than six zeros after
    /// the point or any before it (the General Decimal Arithmetic's to-scientific-string).
    std::string to_string() const;

    friend bool operator==(const decimal&, const decimal&) = default;
};

} // namespace cocql
