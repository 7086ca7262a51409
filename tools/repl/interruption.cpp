#include "interruption.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <memory>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace cocqlsh {

namespace asio = boost::asio;

namespace {

/// What the handler needs; it may run at any time.
struct arrival {
    volatile std::sig_atomic_t has_come = 0;
    volatile std::sig_atomic_t descriptor = -1;
    struct sigaction before {};
} interrupt_arrival;

void take_interrupt(int) {
    const int saved = errno;
    interrupt_arrival.has_come = 1;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto ignored =
        ::write(interrupt_arrival.descriptor, &one, sizeof(one)); // fails only when it is ready
    errno = saved;
}

} // namespace

interruption::interruption(asio::any_io_executor executor)
    : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), arrivals_(std::move(executor)) {
    boost::system::error_code refused;
    if (descriptor_ >= 0)
        arrivals_.assign(descriptor_, refused);
    interrupt_arrival.has_come = 0;
    interrupt_arrival.descriptor = descriptor_;
    struct sigaction action {};
    action.sa_handler = &take_interrupt;
    ::sigemptyset(&action.sa_mask);
    // No SA_RESTART: whoever waits for a slow terminal to take the output is to look up.
    ::sigaction(SIGINT, nullptr, &interrupt_arrival.before);
    // Who started us in the background of a script, say, may want it ignored.
    if (interrupt_arrival.before.sa_handler != SIG_IGN)
        ::sigaction(SIGINT, &action, nullptr);
}

interruption::~interruption() {
    ::sigaction(SIGINT, &interrupt_arrival.before, nullptr);
    interrupt_arrival.descriptor = -1;
}

void interruption::on_arrival(std::function<void()> call) {
    call_ = std::make_shared<std::function<void()>>(std::move(call));
    await();
}

void interruption::stop() noexcept {
    call_.reset();
    boost::system::error_code ignored;
    arrivals_.cancel(ignored);
}

void interruption::await() {
    // What has arrived may be on its way here when we are stopped, and gone.
    arrivals_.async_wait(asio::posix::descriptor_base::wait_read,
                         [this, wanted = std::weak_ptr(call_)](boost::system::error_code stopped) {
                             const auto call = wanted.lock();
                             if (stopped || !call)
                                 return;
                             if (take())
                                 (*call)();
                             if (call_)
                                 await();
                         });
}

bool interruption::take() noexcept {
    std::uint64_t count = 0;
    return ::read(descriptor_, &count, sizeof(count)) == sizeof(count);
}

bool interruption::has_come() const noexcept {
    return interrupt_arrival.has_come != 0;
}

void interruption::forget() noexcept {
    interrupt_arrival.has_come = 0;
    take();
}

} // namespace cocqlsh
