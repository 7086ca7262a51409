#pragma once

#include "session.hpp"

#include <boost/asio/awaitable.hpp>

namespace cocqlsh {

/// SHOW CLUSTER: prints what the cluster is and a row for each of its nodes, whichever can be
/// reached: what it is, and how long it takes to answer. Each is asked the same small question, all
/// at the same time and within the time-out of a statement; why one does not answer is printed
/// below, and is no failure.
boost::asio::awaitable<cocql::result<void>> show_cluster(session& where);

} // namespace cocqlsh
