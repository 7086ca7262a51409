#include "core/message/startup.hpp"

#include "core/message/limits.hpp"

namespace cocql::message {

result<void> startup::encode(base::byte_writer& out, protocol_version) const {
    if (auto fits = check_short(options.size(), "the list of STARTUP options"); !fits)
        return fits;
    for (const auto& [key, text] : options) {
        if (auto fits = check_short(key.size(), "a STARTUP option's name"); !fits)
            return fits;
        if (auto fits = check_short(text.size(), "a STARTUP option"); !fits)
            return fits;
    }
    wire::write_string_map(out, options);
    return {};
}

result<startup> startup::decode(base::byte_reader& in) {
    startup message;
    message.options = wire::read_string_map(in);
    return finish(in, std::move(message), "STARTUP");
}

} // namespace cocql::message
