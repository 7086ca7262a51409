#pragma once

#include "io/bridge/shutdown_registry.hpp"
#include "io/stream/byte_stream.hpp"
#include "testing/memory_wire.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace cocql::testing {

/// One end of a connection in memory, which behaves as a socket does: what is written arrives at
/// once, in its order; an end that is closed is the other's end of the stream, and what was written
/// before it is read first. It and the executor's context may be destroyed in either order, in the
/// middle of a read.
class memory_pipe final : public io::byte_stream, private io::shutdown_registry::member {
  public:
    /// The ends of one connection.
    class ends {
      public:
        std::unique_ptr<memory_pipe> client;
        std::unique_ptr<memory_pipe> server;
        std::weak_ptr<memory_wire> between;
    };
    /// The addresses are what the ends say of themselves: `127.0.0.1:9042`.
    static ends connected(const boost::asio::any_io_executor& client, std::string client_address,
                          const boost::asio::any_io_executor& server, std::string server_address);
    ~memory_pipe() override;

    boost::asio::awaitable<result<std::size_t>> read_some(std::span<std::byte> into) override;
    result<bool> write_at_once(std::span<const std::byte>& from) override;
    boost::asio::awaitable<result<void>> write(std::span<const std::byte> from) override;
    base::send_progress progress() override;
    boost::asio::awaitable<void> shutdown() override;
    void cancel() override;
    void close() override;
    /// Both ends have lost the connection from now on.
    void reset() { wire_->reset(); }
    const peer_info& peer() const noexcept override { return peer_; }
    boost::asio::any_io_executor get_executor() override { return executor_; }

  private:
    memory_pipe(boost::asio::any_io_executor executor, std::shared_ptr<memory_wire> wire,
                bool is_client, peer_info peer);
    void context_destroyed() noexcept override;
    void end_writing();
    void wake_own();

    boost::asio::any_io_executor executor_;
    const std::shared_ptr<memory_wire> wire_;
    memory_wire::way& out_;
    memory_wire::way& in_;
    peer_info peer_;
    bool cancelled_ = false;
    bool closed_ = false;
};

} // namespace cocql::testing
