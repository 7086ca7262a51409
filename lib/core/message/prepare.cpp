#include "core/message/prepare.hpp"

#include "core/message/limits.hpp"
#include "core/wire/notation.hpp"

namespace cocql::message {

result<void> prepare::encode(base::byte_writer& out, protocol_version) const {
    if (auto fits = check_long(cql.size(), "the statement"); !fits)
        return fits;
    wire::write_long_string(out, cql);
    return {};
}

result<prepare> prepare::decode(base::byte_reader& in) {
    prepare message;
    message.cql = wire::read_long_string(in);
    return finish(in, std::move(message), "PREPARE");
}

} // namespace cocql::message
