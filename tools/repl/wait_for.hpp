#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>

namespace cocqlsh {

/// Until what is waited for is over: that nodes have connections or cannot have them; or for so
/// long (nothing: without end), since one that says nothing may take all of the time for
/// connecting. Whether it was over. What came of it is to be asked of the session.
boost::asio::awaitable<bool> wait_for(boost::asio::awaitable<void> connections,
                                      std::optional<std::chrono::steady_clock::duration> limit);

} // namespace cocqlsh
