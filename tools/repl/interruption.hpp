#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>

namespace cocqlsh {

/// SIGINT, as two see it: who works on without returning to the io_context, or waits for a
/// descriptor in a system call, asks has_come(); who waits in the io_context is called.
///
/// There is one of it: while it lives the signal is its own, unless it was ignored before.
class interruption {
  public:
    explicit interruption(boost::asio::any_io_executor executor);
    ~interruption();
    interruption(const interruption&) = delete;
    interruption& operator=(const interruption&) = delete;

    /// Calls on the executor each time it has come, until stop(); not for what forget() took first.
    void on_arrival(std::function<void()> call);
    void stop() noexcept;

    /// Whether it has come since the last forget().
    bool has_come() const noexcept;
    void forget() noexcept;
    /// Ready for reading once it has come, for poll(); negative if there is none to be had.
    int descriptor() const noexcept { return descriptor_; }

  private:
    void await();
    bool take() noexcept;

    int descriptor_;
    boost::asio::posix::stream_descriptor arrivals_;
    std::shared_ptr<std::function<void()>> call_; ///< none: stopped
};

} // namespace cocqlsh
