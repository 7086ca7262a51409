#include "core/message/supported.hpp"

#include "core/message/limits.hpp"

namespace cocql::message {

result<wire::string_multimap> decode_supported(base::byte_reader& in) {
    return finish(in, wire::read_string_multimap(in), "SUPPORTED");
}

void encode_supported(base::byte_writer& out, const wire::string_multimap& options) {
    wire::write_string_multimap(out, options);
}

} // namespace cocql::message
