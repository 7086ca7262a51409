#pragma once

#include "core/wire/compressor.hpp"
#include "input.hpp"

#include <algorithm>

namespace cocql::fuzz {

/// The first byte chooses. Even: the rest is a compressed body, as a peer may have sent it; what it
/// becomes must be within the limit and, when it compresses, come back. Odd: the rest is a body to
/// be compressed, many times over, and must come back.
inline void compressed(compression kind, std::span<const std::byte> bytes) {
    constexpr std::size_t limit = 1024 * 1024;
    const auto& with = *wire::compressor::of(kind);
    const auto choice = take_byte(bytes);
    base::buffer plain;
    if ((choice & 1) == 0) {
        const auto made = with.decompress(bytes, limit);
        if (!made)
            return;
        require(made->size() <= limit, "no longer than the limit");
        plain.append(made->view());
    } else {
        for (unsigned i = 0; i <= choice; i += 2)
            plain.append(bytes);
    }
    base::buffer shorter;
    if (!with.compress(plain, shorter)) {
        require(shorter.empty(), "the output is left as it was");
        return;
    }
    require(shorter.size() < plain.size(), "shorter");
    const auto back = with.decompress(shorter, plain.size());
    require(back.has_value(), "what was compressed decompresses");
    require(std::ranges::equal(back->view(), plain.view()), "to the same bytes");
}

} // namespace cocql::fuzz
