#include "io/stream/io_error.hpp"

#include <boost/asio/error.hpp>

namespace cocql::io {

error io_error(const std::string& doing, boost::system::error_code code) {
    auto kind = errc::io_failed;
    if (code == boost::asio::error::operation_aborted || code == boost::asio::error::bad_descriptor)
        kind = errc::cancelled;
    else if (code == boost::asio::error::connection_reset ||
             code == boost::asio::error::broken_pipe ||
             code == boost::asio::error::connection_aborted || code == boost::asio::error::eof ||
             code == boost::asio::error::timed_out)
        kind = errc::connection_lost;
    return error(kind, doing + ": " + code.message()).with(code);
}

} // namespace cocql::io
