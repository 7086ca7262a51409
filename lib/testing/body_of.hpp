#pragma once

#include "core/base/byte_writer.hpp"

#include <cocql/error.hpp>

#include <cstddef>
#include <vector>

namespace cocql::testing {

/// What `encode` writes to the writer it is given. Throws cocql::error when it has something too
/// long for its length field, so that no answer is sent that means another thing.
template <class Encode>
std::vector<std::byte> body_of(Encode encode) {
    base::buffer body;
    base::byte_writer writer(body);
    encode(writer);
    if (writer.failure() != nullptr)
        throw error(errc::invalid_argument,
                    std::string("the answer cannot be written: ") + writer.failure());
    return {body.view().begin(), body.view().end()};
}

} // namespace cocql::testing
