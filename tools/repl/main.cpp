#include "options.hpp"
#include "shell.hpp"
#include "visible_text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <optional>
#include <string>
#include <unistd.h>

namespace {

boost::asio::awaitable<int> run(boost::asio::io_context& context, cocqlsh::options settings) {
    cocqlsh::shell shell(context, std::move(settings));
    co_return co_await shell.run();
}

/// Of standard input, output and error, what is closed would be taken by the next thing that is
/// opened, and our output would go there: to the server, for example. /dev/null takes the place,
/// the wrong way round, so that whoever reads or writes is told as before.
void fill_closed_descriptors() {
    for (const int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(each, F_GETFD) < 0)
            static_cast<void>(::open("/dev/null", each == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

} // namespace

int main(int count, char** arguments) {
    fill_closed_descriptors();
    std::optional<int> exit_code;
    auto settings = cocqlsh::options::parse(count, arguments, exit_code);
    if (exit_code)
        return *exit_code;
    struct sigaction broken_pipe {};
    ::sigaction(SIGPIPE, nullptr, &broken_pipe);
    boost::asio::io_context context(1);
    // Asio ignores it. A shell whose reader has gone (`| head`) ends without a word; sockets do not
    // depend on it.
    ::sigaction(SIGPIPE, &broken_pipe, nullptr);
    int code = 1;
    std::exception_ptr failure;
    boost::asio::co_spawn(context, run(context, std::move(settings)),
                          [&](std::exception_ptr thrown, int returned) {
                              failure = thrown;
                              code = returned;
                          });
    try {
        context.run();
        if (failure)
            std::rethrow_exception(failure);
    } catch (const std::exception& unexpected) {
        const std::string what = unexpected.what();
        std::cerr << "cocqlsh: "
                  << (::isatty(STDERR_FILENO) == 1 ? cocqlsh::visible_text(what) : what) << '\n';
        return 1;
    }
    return code;
}
