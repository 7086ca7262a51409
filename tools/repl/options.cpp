#include "options.hpp"

#include "command_line.hpp"
#include "options_reader.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>

namespace cocqlsh {

namespace {

std::optional<std::chrono::steady_clock::duration> limit(double seconds) {
    if (!(seconds > 0))
        return std::nullopt;
    return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(std::min(seconds, 1e8)));
}

} // namespace

cocql::connection_options options::connection() const {
    cocql::connection_options settings;
    settings.connect_timeout(limit(connect_timeout)).request_timeout(limit(request_timeout));
    settings.startup_option("DRIVER_NAME", "cocqlsh");
    if (!cql_version.empty())
        settings.startup_option("CQL_VERSION", cql_version);
    if (version)
        settings.version(*version, true);
    settings.compression(compression);
    if (tls)
        settings.tls(tls_settings);
    if (!user.empty())
        settings.login(user, secret);
    return settings;
}

options options::parse(int count, char** arguments, std::optional<int>& exit_code) {
    options result;
    const auto line = command_line::parse(count, arguments, exit_code);
    if (exit_code)
        return result;
    options_reader reader(line, result);
    const auto failure = reader.read();
    for (const auto& note : reader.notes())
        std::cerr << note << '\n';
    if (failure) {
        std::cerr << failure->what() << '\n';
        exit_code = 1;
    } else if (line.debug) {
        for (const auto& each : reader.described())
            std::cerr << each << '\n';
    }
    return result;
}

} // namespace cocqlsh
