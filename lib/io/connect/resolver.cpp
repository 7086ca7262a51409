#include "io/connect/resolver.hpp"

#include "io/connect/name_lookup.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <memory>
#include <string>
#include <utility>

namespace cocql::io {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

error no_name(const char* why) {
    return error(errc::resolve_failed, why)
        .with(asio::error::invalid_argument)
        .with_advice("check the host name");
}

} // namespace

asio::awaitable<result<std::vector<tcp::endpoint>>>
resolve(const endpoint& where, interruption& stop, resolver_settings settings) {
    boost::system::error_code not_literal;
    const auto literal = asio::ip::make_address(where.host(), not_literal);
    if (!not_literal)
        co_return std::vector<tcp::endpoint>{tcp::endpoint(literal, where.port())};
    if (where.host().empty())
        co_return no_name("the host name is empty");
    // C's functions would take what is before it for the whole.
    if (where.host().find('\0') != std::string::npos)
        co_return no_name("the host name contains a NUL");
    if (!where.has_valid_host())
        co_return no_name("no host can have such a name");

    const auto executor = co_await asio::this_coro::executor;
    const auto lookup = std::make_shared<name_lookup>(executor, where.host(), std::move(settings));
    const interruption::guard guard(stop, [&lookup] { lookup->give_up(); });
    if (!lookup->is_over())
        lookup->begin();
    while (!lookup->is_over())
        co_await lookup->wait();
    if (stop.why())
        co_return *stop.why();
    auto found = lookup->take_outcome();
    if (!found)
        co_return found.error();
    for (auto& address : *found)
        address.port(where.port());
    co_return std::move(*found);
}

} // namespace cocql::io
