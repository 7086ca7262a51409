#include "core/message/register.hpp"

#include "core/message/limits.hpp"
#include "core/wire/notation.hpp"

namespace cocql::message {

result<void> register_::encode(base::byte_writer& out, protocol_version) const {
    if (auto fits = check_short(events.size(), "the list of events"); !fits)
        return fits;
    for (const auto& name : events)
        if (auto fits = check_short(name.size(), "an event's name"); !fits)
            return fits;
    wire::write_string_list(out, events);
    return {};
}

result<register_> register_::decode(base::byte_reader& in) {
    register_ message;
    message.events = wire::read_string_list(in);
    return finish(in, std::move(message), "REGISTER");
}

} // namespace cocql::message
