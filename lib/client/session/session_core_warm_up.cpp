#include "client/session/session_core.hpp"

#include <utility>

// What is waited for before a session is handed out, where it is to be warm.

namespace cocql::client {

namespace asio = boost::asio;

/// Neither lasts without end: what cannot be reached or read is over, too.
asio::awaitable<result<void>> session_core::warm_up() {
    static_cast<void>(co_await settled_.wait_until(executor_, clock_, base::never));
    static_cast<void>(co_await tablets_over_.wait_until(executor_, clock_, base::never));
    if (stop_asked_.is_made())
        co_return stopped();
    co_return result<void>();
}

/// By the schema that is known now. A table that is gone by the next one is forgotten then.
void session_core::tablets_found(metadata::tablets_by_table found) {
    if (stop_asked_.is_made())
        return;
    tablets_read_ = tablets_.take(std::move(found), *map_->known().schema);
    tablets_over_.make();
}

} // namespace cocql::client
