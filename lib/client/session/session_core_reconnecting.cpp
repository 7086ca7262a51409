#include "client/session/session_core.hpp"

// Nodes that are tried before it is time to, because somebody asks for it.

namespace cocql::client {

namespace asio = boost::asio;

namespace {

error reconnecting_closed() {
    return error(errc::connection_closed, "the session is closed");
}

} // namespace

asio::awaitable<result<void>> session_core::reconnect() {
    if (is_closed())
        co_return reconnecting_closed();
    wake_control();
    const auto mine = std::make_shared<search>();
    for (const auto& [id, pool] : pools_)
        if (pool->try_now())
            mine->awaited.push_back(id);
    if (mine->awaited.empty())
        co_return result<void>();
    searches_.push_back(mine);
    const bool over = co_await mine->over.wait_until(executor_, clock_, base::never);
    std::erase(searches_, mine);
    if (is_closed())
        co_return reconnecting_closed();
    if (!over)
        co_return error(errc::cancelled, "the wait for connections was cancelled");
    co_return result<void>();
}

/// One that waits for its time to look for a node does so now.
void session_core::wake_control() {
    if (is_first())
        control_->wake();
    else
        tell_first([](session_core& first) { first.control_->wake(); });
}

} // namespace cocql::client
