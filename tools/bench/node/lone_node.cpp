#include "lone_node.hpp"

#include "system_tables.hpp"

#include <utility>

namespace cocql::bench {

lone_node::lone_node(std::string address, std::uint16_t port)
    : address_(std::move(address)), port_(port) {}

wire::string_multimap lone_node::offers() const {
    return {{"CQL_VERSION", {"3.4.5"}}, {"COMPRESSION", {}}};
}

message::response lone_node::answer(std::string_view cql,
                                    const std::vector<message::bound_value>&) {
    cells_ = message::cell_writer();
    auto rows = system_rows(cql, address_, port_, cells_);
    if (rows.metadata.columns.empty())
        return message::void_result();
    return rows;
}

message::prepared_result lone_node::describe(std::string_view cql) {
    cells_ = message::cell_writer();
    message::prepared_result made;
    made.result = system_rows(cql, address_, port_, cells_).metadata;
    return made;
}

} // namespace cocql::bench
