#include "client/connection/perform.hpp"

namespace cocql::client {

error no_connection() {
    return error(errc::connection_closed, "there is no connection: it was moved from, or never set")
        .with(request_outcome::not_sent);
}

error context_gone() {
    return error(errc::connection_closed, "the io_context of the connection was destroyed");
}

error several_threads() {
    return error(errc::bad_configuration, "the connection's io_context is run by several threads, "
                                          "and was made for one (concurrency hint 1)")
        .with_advice("make the io_context without that hint, or open the connection on a strand");
}

} // namespace cocql::client
