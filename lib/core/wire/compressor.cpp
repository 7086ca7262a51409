#include "core/wire/compressor.hpp"

#include "core/wire/lz4_compressor.hpp"
#include "core/wire/snappy_compressor.hpp"

namespace cocql {

std::string_view to_string(compression kind) noexcept {
    switch (kind) {
    case compression::lz4:
        return "lz4";
    case compression::snappy:
        return "snappy";
    case compression::none:
        break;
    }
    return "none";
}

namespace wire {

const compressor* compressor::of(compression kind) noexcept {
    static const lz4_compressor lz4;
    static const snappy_compressor snappy;
    switch (kind) {
    case compression::lz4:
        return &lz4;
    case compression::snappy:
        return &snappy;
    case compression::none:
        break;
    }
    return nullptr;
}

} // namespace wire

} // namespace cocql
