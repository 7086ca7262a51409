#include "core/message/execute.hpp"

#include "core/message/limits.hpp"
#include "core/wire/notation.hpp"

namespace cocql::message {

result<void> execute::encode(base::byte_writer& out, protocol_version version) const {
    if (auto fits = check_short(id.size(), "the statement's id"); !fits)
        return fits;
    wire::write_short_bytes(out, id);
    return parameters.encode(out, version);
}

result<execute> execute::decode(base::byte_reader& in) {
    execute message;
    message.id = wire::read_short_bytes(in);
    message.parameters = query_parameters::decode(in);
    return finish(in, std::move(message), "EXECUTE");
}

} // namespace cocql::message
