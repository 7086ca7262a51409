#pragma once

#include <cocql/endpoint.hpp>
#include <cocql/host_info.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>

namespace cocql {

/// Says where a node is to be connected to: for nodes that tell addresses which mean nothing here,
/// as those in containers or behind address translation do. See options::address_translator().
using address_translator = std::function<boost::asio::awaitable<endpoint>(host_info)>;

} // namespace cocql
