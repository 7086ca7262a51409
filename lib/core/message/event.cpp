#include "core/message/event.hpp"

#include "core/message/limits.hpp"
#include "core/message/schema_change.hpp"
#include "core/wire/notation.hpp"

#include <cocql/inet_address.hpp>

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

namespace cocql::message {

namespace {

template <class Change>
Change read_node_change(base::byte_reader& in) {
    Change change;
    change.change = wire::read_string(in);
    const auto where = wire::read_inet(in);
    if (where.port < 0 || where.port > 65535)
        in.fail();
    if (const auto address = inet_address::from_bytes(where.bytes()))
        change.address = address->to_string();
    change.port = static_cast<std::uint16_t>(where.port);
    return change;
}

template <class Change>
void write_node_change(base::byte_writer& out, event_type type, const Change& change) {
    wire::write_string(out, event_name(type));
    wire::write_string(out, change.change);
    wire::inet where;
    if (const auto address = inet_address::parse(change.address)) {
        const auto bytes = address->bytes();
        std::copy(bytes.begin(), bytes.end(), where.address.begin());
        where.size = static_cast<std::uint8_t>(bytes.size());
    }
    where.port = change.port;
    wire::write_inet(out, where);
}

} // namespace

std::string_view event_name(event_type type) noexcept {
    switch (type) {
    case event_type::topology_change:
        return "TOPOLOGY_CHANGE";
    case event_type::status_change:
        return "STATUS_CHANGE";
    case event_type::schema_change:
        return "SCHEMA_CHANGE";
    case event_type::graceful_disconnect:
        return "GRACEFUL_DISCONNECT";
    }
    return "UNKNOWN";
}

result<event> decode_event(base::byte_reader& in) {
    const auto type = wire::read_string(in);
    if (type == event_name(event_type::topology_change))
        return finish(in, event(read_node_change<topology_change>(in)), "EVENT");
    if (type == event_name(event_type::status_change))
        return finish(in, event(read_node_change<status_change>(in)), "EVENT");
    if (type == event_name(event_type::schema_change))
        return finish(in, event(read_schema_change(in)), "EVENT");
    if (in.failed())
        return in.failure("EVENT");
    const auto rest = in.rest();
    std::vector<std::byte> content(rest.begin(), rest.end());
    // The proposal has nothing behind the name, and is not settled.
    if (type == event_name(event_type::graceful_disconnect))
        return event(graceful_disconnect{std::move(content)});
    return event(unknown_event{std::string(type), std::move(content)});
}

void encode_event(base::byte_writer& out, const event& happened) {
    std::visit(
        [&](const auto& change) {
            using change_type = std::decay_t<decltype(change)>;
            if constexpr (std::is_same_v<change_type, topology_change>) {
                write_node_change(out, event_type::topology_change, change);
            } else if constexpr (std::is_same_v<change_type, status_change>) {
                write_node_change(out, event_type::status_change, change);
            } else if constexpr (std::is_same_v<change_type, schema_change>) {
                wire::write_string(out, event_name(event_type::schema_change));
                write_schema_change(out, change);
            } else if constexpr (std::is_same_v<change_type, graceful_disconnect>) {
                wire::write_string(out, event_name(event_type::graceful_disconnect));
                out.write_bytes(change.content);
            } else {
                wire::write_string(out, change.type);
                out.write_bytes(change.content);
            }
        },
        happened);
}

} // namespace cocql::message
