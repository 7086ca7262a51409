#include "core/message/schema_change.hpp"

#include "core/wire/notation.hpp"

namespace cocql::message {

schema_change read_schema_change(base::byte_reader& in) {
    schema_change change;
    change.change = wire::read_string(in);
    change.target = wire::read_string(in);
    change.keyspace = wire::read_string(in);
    if (change.target == "KEYSPACE")
        return change;
    change.name = wire::read_string(in);
    if (change.target == "FUNCTION" || change.target == "AGGREGATE")
        change.arguments = wire::read_string_list(in);
    return change;
}

void write_schema_change(base::byte_writer& out, const schema_change& change) {
    wire::write_string(out, change.change);
    wire::write_string(out, change.target);
    wire::write_string(out, change.keyspace);
    if (change.target == "KEYSPACE")
        return;
    wire::write_string(out, change.name);
    if (change.target == "FUNCTION" || change.target == "AGGREGATE")
        wire::write_string_list(out, change.arguments);
}

} // namespace cocql::message
