#include "core/message/query.hpp"

#include "core/message/limits.hpp"
#include "core/wire/notation.hpp"

namespace cocql::message {

result<void> query::encode(base::byte_writer& out, protocol_version version) const {
    if (auto fits = check_long(cql.size(), "the statement"); !fits)
        return fits;
    wire::write_long_string(out, cql);
    return parameters.encode(out, version);
}

result<query> query::decode(base::byte_reader& in, protocol_version version) {
    query message;
    message.cql = wire::read_long_string(in);
    message.parameters = query_parameters::decode(in, version);
    return finish(in, std::move(message), "QUERY");
}

} // namespace cocql::message
