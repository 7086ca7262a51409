#pragma once

#include "io/connect/interruption.hpp"
#include "io/connect/resolver_settings.hpp"

#include <cocql/endpoint.hpp>
#include <cocql/result.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <vector>

namespace cocql::io {

/// The addresses of an endpoint, in the order in which to try them (RFC 6724). IP literals, with or
/// without scope id, never touch the resolver.
///
/// Names are looked for in /etc/hosts and then at the name servers of /etc/resolv.conf, with its
/// search domains, for both families; of /etc/nsswitch.conf the order of these two is taken, and
/// its other sources are not asked. All of it happens on the executor that awaits: files are read
/// there, sockets and times waited for. An interruption ends it at once and leaves nothing.
boost::asio::awaitable<result<std::vector<boost::asio::ip::tcp::endpoint>>>
resolve(const endpoint& where, interruption& stop,
        resolver_settings settings = resolver_settings());

} // namespace cocql::io
