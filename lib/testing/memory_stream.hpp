#pragma once

#include "io/bridge/shutdown_registry.hpp"
#include "io/bridge/signal_event.hpp"
#include "io/stream/byte_stream.hpp"
#include "testing/node_session.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace cocql::testing {

/// What a memory stream does wrong, and when. Shared by the test and the stream, which counts into
/// it.
class stream_fault {
  public:
    stream_fault() = default;
    /// The operation (counted from 0 over reads and writes in their order) that fails; nothing:
    /// none.
    std::optional<std::size_t> failing_operation;
    /// What it fails with; errc::ok stands for the end of the stream in good order.
    error failure;
    /// A write that fails has handed over so many of its bytes.
    std::size_t written_before_failing = 0;
    /// Operations so far.
    std::size_t operations = 0;
    /// The most bytes one read gives.
    std::size_t largest_read = static_cast<std::size_t>(-1);
};

/// A byte stream in memory whose other end is a node_session: what is written is answered at once.
/// After an operation that failed every later one fails too, as on a real stream. It and the
/// executor's context may be destroyed in either order, in the middle of a read.
class memory_stream final : public io::byte_stream, private io::shutdown_registry::member {
  public:
    memory_stream(boost::asio::any_io_executor executor, const node_options& options,
                  std::shared_ptr<stream_fault> fault = std::make_shared<stream_fault>());
    ~memory_stream() override { leave(); }

    boost::asio::awaitable<result<std::size_t>> read_some(std::span<std::byte> into) override;
    boost::asio::awaitable<result<void>> write(std::span<const std::byte> from) override;
    boost::asio::awaitable<void> shutdown() override;
    void cancel() override;
    void close() override;
    const peer_info& peer() const noexcept override { return peer_; }
    boost::asio::any_io_executor get_executor() override { return executor_; }

    /// Bytes from the peer of its own accord.
    void arrive(std::span<const std::byte> bytes);
    node_session& session() noexcept { return session_; }
    bool is_closed() const noexcept { return closed_; }
    bool said_goodbye() const noexcept { return said_goodbye_; }
    std::size_t writes() const noexcept { return writes_; }

  private:
    void context_destroyed() noexcept override;
    std::optional<error> fault_now();

    boost::asio::any_io_executor executor_;
    node_session session_;
    std::shared_ptr<stream_fault> fault_;
    std::vector<std::byte> arrived_;
    std::size_t taken_ = 0;
    io::signal_event something_;
    std::optional<error> broken_;
    bool cancelled_ = false;
    bool reading_ = false;
    bool closed_ = false;
    bool said_goodbye_ = false;
    std::size_t writes_ = 0;
    peer_info peer_;
};

} // namespace cocql::testing
