#include "server_lines.hpp"

#include "cells.hpp"

#include <cocql/version.hpp>

namespace cocqlsh {

namespace asio = boost::asio;

asio::awaitable<cocql::result<std::string>> host_line(session& where) {
    auto page = co_await where.ask("SELECT cluster_name FROM system.local WHERE key = 'local'");
    if (!page)
        co_return page.error();
    auto name = page->empty() ? std::string() : text_of(*page, page->front(), "cluster_name");
    co_return "Connected to " + (name.empty() ? "?" : name) + " at " +
        where.settings.endpoint().to_string();
}

asio::awaitable<cocql::result<std::string>> version_line(session& where) {
    auto page = co_await where.ask("SELECT * FROM system.local WHERE key = 'local'");
    if (!page)
        co_return page.error();
    const auto said = [&](std::string_view column) {
        return page->empty() ? std::string() : text_of(*page, page->front(), column);
    };
    std::string text = std::string("[cocqlsh ") + cocql::version;
    const auto release = said("release_version");
    const auto opened = co_await where.node.connection();
    if (opened && opened->supported.count("SCYLLA_NR_SHARDS") +
                          opened->supported.count("SCYLLA_PARTITIONER") !=
                      0) {
        // Its release_version is the version of Cassandra whose manners it has.
        auto own = co_await where.ask("SELECT version FROM system.versions WHERE key = 'local'");
        const auto version =
            own && !own->empty() ? text_of(*own, own->front(), "version") : std::string();
        text += " | Scylla";
        if (!version.empty())
            text += " " + version;
        else if (!release.empty())
            text += " compatible with Cassandra " + release;
    } else if (!release.empty()) {
        text += " | Cassandra " + release;
    }
    if (const auto specification = said("cql_version"); !specification.empty())
        text += " | CQL spec " + specification;
    if (opened)
        text += " | Native protocol v" + std::to_string(static_cast<int>(opened->version));
    if (opened && opened->peer.tls)
        text += " | " + opened->peer.tls_version + " " + opened->peer.cipher;
    co_return text + "]";
}

} // namespace cocqlsh
