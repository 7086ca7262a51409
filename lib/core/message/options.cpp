#include "core/message/options.hpp"

#include "core/message/limits.hpp"

namespace cocql::message {

result<options> options::decode(base::byte_reader& in) {
    return finish(in, options(), "OPTIONS");
}

} // namespace cocql::message
