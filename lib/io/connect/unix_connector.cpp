#include "io/connect/unix_connector.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace cocql::io {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Between two tries where the server's queue is full.
constexpr std::chrono::milliseconds pause(5);

class descriptor {
  public:
    explicit descriptor(int number) noexcept : number_(number) {}
    ~descriptor() {
        if (number_ >= 0)
            ::close(number_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;

    int get() const noexcept { return number_; }
    void release() noexcept { number_ = -1; }

  private:
    int number_;
};

error not_connected(int why) {
    const boost::system::error_code code(why, boost::system::system_category());
    return error(errc::connect_failed, "cannot connect: " + code.message())
        .with(code)
        .with_advice("check the path, that the server runs, and that you may use its socket");
}

/// 0, or why not.
int try_to_connect(int descriptor, const std::string& path) noexcept {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    int outcome = 0;
    do
        outcome =
            ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    while (outcome != 0 && errno == EINTR);
    return outcome == 0 ? 0 : errno;
}

} // namespace

asio::awaitable<result<tcp::socket>> connect_to_unix_socket(const std::string& path, clock& clock,
                                                            interruption& stop) {
    const auto executor = co_await asio::this_coro::executor;
    if (stop.why())
        co_return *stop.why();
    descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (made.get() < 0)
        co_return not_connected(errno);
    for (;;) {
        const int failed = try_to_connect(made.get(), path);
        if (failed == 0)
            break;
        if (failed != EAGAIN)
            co_return not_connected(failed);
        const auto timer = clock.make_timer(executor);
        const interruption::guard guard(stop, [&timer] { timer->cancel(); });
        if (!stop.why())
            co_await timer->wait_until(clock.now() + pause);
        if (stop.why())
            co_return *stop.why();
    }
    tcp::socket socket(executor);
    boost::system::error_code failed;
    socket.assign(tcp::v4(), made.get(), failed);
    if (failed)
        co_return not_connected(failed.value());
    made.release();
    co_return std::move(socket);
}

} // namespace cocql::io
