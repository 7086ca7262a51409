#include "known_cluster.hpp"

#include <utility>

namespace cocqlsh {

namespace asio = boost::asio;

asio::awaitable<cocql::session> known_cluster::open(options settings) {
    is_new_ = false;
    if (session_) {
        const auto now = co_await session_.metrics();
        // It would look for its nodes again by and by; whoever asks now wants to hear now.
        if (now.connections == 0 || !is_of(settings))
            co_await close();
    }
    if (!session_) {
        cocql::options wanted(settings.endpoint());
        // Of the schema it tells nothing, and of thousands of tables that is much to read.
        wanted.connection(settings.connection()).schema_metadata(false);
        // A few questions need no more, and of a hundred nodes with a hundred shards each that is
        // a hundred connections in place of ten thousand.
        wanted.connections_per_node(1);
        wanted.warnings([heard = warnings_](const std::string& what) { heard->insert(what); });
        session_ = co_await cocql::connect(std::move(wanted));
        is_new_ = true;
        user_ = std::move(settings.user);
        secret_ = std::move(settings.secret);
    }
    co_return session_;
}

asio::awaitable<void> known_cluster::close() {
    auto old = std::exchange(session_, cocql::session());
    if (old)
        co_await old.close();
}

asio::awaitable<void> known_cluster::close_unless_of(options settings) {
    if (!is_of(settings))
        co_await close();
}

std::vector<std::string> known_cluster::take_warnings() {
    std::vector<std::string> all(warnings_->begin(), warnings_->end());
    warnings_->clear();
    return all;
}

} // namespace cocqlsh
