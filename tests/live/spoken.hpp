#pragma once

#include "live.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace live {

/// Whether the server speaks that version and offers that compression.
inline boost::asio::awaitable<bool> is_spoken(cocql::protocol_version version,
                                              cocql::compression kind) {
    auto options = login();
    options.version(version, true).compression(cocql::compression::none);
    auto opened = co_await cocql::as_result(cocql::connection::open(plain(), options));
    if (!opened) {
        CHECK(opened.error().is(cocql::errc::unsupported_protocol_version));
        co_return false;
    }
    const auto offered = opened->supported().find("COMPRESSION");
    const bool spoken = kind == cocql::compression::none ||
                        (offered != opened->supported().end() &&
                         std::ranges::count(offered->second, cocql::to_string(kind)) != 0);
    co_await opened->close();
    co_return spoken;
}

/// Calls `test` with the options for every version and compression that the server has; what it
/// does not have is passed over with a word.
template <class Test>
void for_each_spoken(bool with_tls, Test test) {
    using cocql::compression;
    using cocql::protocol_version;
    for (const auto version : {protocol_version::v3, protocol_version::v4, protocol_version::v5})
        for (const auto kind : {compression::none, compression::lz4, compression::snappy}) {
            const auto name = "v" + std::to_string(static_cast<int>(version)) + " " +
                              std::string(cocql::to_string(kind));
            INFO(name);
            if (version == protocol_version::v5 && kind == compression::snappy)
                continue; // no such thing in the specification
            if (!run(is_spoken(version, kind))) {
                MESSAGE("skipped, the server does not have it: " << name);
                continue;
            }
            auto options = login_over(with_tls);
            options.version(version, true).compression(kind);
            test(with_tls ? tls() : plain(), options);
        }
}

} // namespace live
