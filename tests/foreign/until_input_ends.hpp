#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <unistd.h>

/// Stops an io_context when the program's standard input ends, which it does when whoever started
/// it is gone, or when the time is up.
class until_input_ends {
  public:
    until_input_ends(boost::asio::io_context& context, std::chrono::seconds limit)
        : context_(context), input_(context, ::dup(STDIN_FILENO)), timer_(context, limit) {
        timer_.async_wait([this](boost::system::error_code) { context_.stop(); });
        read();
    }

  private:
    void read() {
        input_.async_read_some(boost::asio::buffer(ignored_),
                               [this](boost::system::error_code ended, std::size_t) {
                                   if (ended)
                                       context_.stop();
                                   else
                                       read();
                               });
    }

    boost::asio::io_context& context_;
    boost::asio::posix::stream_descriptor input_;
    boost::asio::steady_timer timer_;
    std::array<char, 64> ignored_{};
};
