#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <dirent.h>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace cocql::tests {

/// Starts a coroutine whose exception comes out of the io_context's run().
inline void start(boost::asio::io_context& context, boost::asio::awaitable<void> work) {
    boost::asio::co_spawn(context, std::move(work), [](std::exception_ptr thrown) {
        if (thrown)
            std::rethrow_exception(thrown);
    });
}

/// Runs a coroutine and everything it starts to the end.
inline void run(boost::asio::io_context& context, boost::asio::awaitable<void> work) {
    start(context, std::move(work));
    context.run();
}

/// Runs until nothing comes any more, however slow the machine is: all that is talked to is on this
/// machine and in this io_context, and what waits for a manual clock waits.
inline void run_until_quiet(boost::asio::io_context& context) {
    std::size_t ran = 0;
    do {
        context.restart();
        ran = context.run_for(std::chrono::milliseconds(20));
        context.restart();
        ran += context.poll(); // it may have been the machine that stood still
    } while (ran != 0);
}

/// Open descriptors of this process.
inline std::size_t descriptors() {
    std::size_t count = 0;
    DIR* folder = opendir("/proc/self/fd");
    while (readdir(folder) != nullptr)
        ++count;
    closedir(folder);
    return count;
}

/// A file of the certificates that the build made (tools/cluster/certificates).
inline std::string certificate(const std::string& file) {
    const char* folder = std::getenv("COCQL_TEST_CERTIFICATES");
    if (folder == nullptr)
        throw std::runtime_error("COCQL_TEST_CERTIFICATES is not set: run this through meson test");
    return std::string(folder) + "/" + file;
}

} // namespace cocql::tests
