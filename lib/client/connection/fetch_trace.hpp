#pragma once

#include "io/bridge/clock.hpp"

#include <cocql/page.hpp>
#include <cocql/statement_options.hpp>
#include <cocql/time_limit.hpp>
#include <cocql/trace.hpp>
#include <cocql/uuid.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

namespace cocql::client {

/// Sends one statement, by a connection or a session.
using trace_question =
    std::function<boost::asio::awaitable<page>(std::string cql, statement_options options)>;

/// See connection::fetch_trace(), and session's. The clock is to live as long as the question.
boost::asio::awaitable<trace> fetch_trace(trace_question ask, io::clock& clock, uuid id,
                                          time_limit patience);

} // namespace cocql::client
