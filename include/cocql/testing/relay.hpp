#pragma once

#include <cocql/endpoint.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

namespace cocql::testing {

/// How a relay cuts a connection: by a FIN, by a reset, or not at all but without another byte.
enum class cut { close, reset, silence };

/// What a relay does to the bytes on their way, mostly to the client. Whatever they are: with TLS,
/// records.
class relay_options {
  public:
    relay_options() = default;
    /// The connection is cut after so many bytes towards the client.
    std::optional<std::size_t> cut_after;
    cut how = cut::close;
    /// From this byte on, one byte at a time with a pause after each.
    std::optional<std::size_t> drip_from;
    std::chrono::milliseconds drip_pause{0};
    /// So many bytes are read from the client in a second, and few more than 64 KiB are waiting to
    /// be.
    std::optional<std::size_t> bytes_per_second_from_client;
    /// After so many bytes from the client nothing more is read from it.
    std::optional<std::size_t> deaf_after;
};

/// Passes TCP connections on to a numeric address, on the test's io_context, and spoils them as its
/// options say. The relay and the io_context may be destroyed in either order. Throws
/// boost::system::system_error when the target is not a numeric address.
class relay {
  public:
    relay(boost::asio::io_context& context, endpoint target,
          relay_options options = relay_options());
    ~relay();
    relay(const relay&) = delete;
    relay& operator=(const relay&) = delete;

    endpoint where() const;
    /// Closes the listener and every connection.
    void stop();

    std::size_t accepted() const noexcept;
    /// Bytes that went to clients, over all connections.
    std::size_t bytes_to_client() const noexcept;

  private:
    class server;
    std::shared_ptr<server> server_;
};

} // namespace cocql::testing
