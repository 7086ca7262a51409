#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

namespace cocql::client {

/// An executor that never runs two handlers at the same time: the given one where it is known to be
/// such a one, otherwise a new strand over it.
///
/// Known are strands, and io_contexts that were made for one thread (concurrency hint 1, or one of
/// Asio's unsafe ones): these cost nothing. Of a thread pool, of an io_context without such a hint,
/// and of executors of other kinds nobody can tell how many threads run them.
boost::asio::any_io_executor serialised(const boost::asio::any_io_executor& executor);

/// The same, if it is that of an io_context made for one thread; otherwise null.
const boost::asio::io_context::executor_type*
made_for_one_thread(const boost::asio::any_io_executor& executor);

/// Whether this thread runs a handler of that executor, if it is a strand of a kind that is known.
bool is_in_strand(const boost::asio::any_io_executor& executor) noexcept;

/// Whether this thread runs a handler of that executor's context, which then outlives the call;
/// false where that cannot be told. The context lives.
bool is_in_context(const boost::asio::any_io_executor& executor) noexcept;

} // namespace cocql::client
