#pragma once

#include "io/stream/byte_stream.hpp"
#include "io/stream/pending_operations.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace cocql::io {

/// Plain TCP; or a UNIX socket, whose descriptor a TCP socket of Asio's has taken over: it reads
/// and writes the same way, and what there is of TCP alone is left out.
class tcp_stream final : public byte_stream {
  public:
    /// Takes over a connected socket.
    explicit tcp_stream(boost::asio::ip::tcp::socket socket);

    boost::asio::awaitable<result<std::size_t>> read_some(std::span<std::byte> into) override;
    boost::asio::awaitable<result<bool>> read_on(byte_receiver& receiver) override;
    result<bool> write_at_once(std::span<const std::byte>& from) override;
    boost::asio::awaitable<result<void>> write(std::span<const std::byte> from) override;
    boost::asio::awaitable<result<void>>
    write_all(std::span<const std::span<const std::byte>> parts) override;
    base::send_progress progress() override;
    boost::asio::awaitable<void> shutdown() override;
    void cancel() override;
    void close() override;
    const peer_info& peer() const noexcept override { return peer_; }
    boost::asio::any_io_executor get_executor() override { return socket_.get_executor(); }

  private:
    boost::asio::ip::tcp::socket socket_;
    pending_operations operations_{socket_};
    std::uint64_t given_ = 0; ///< to the system, by writes that had to wait
    peer_info peer_;
};

/// Writes what the socket takes without waiting and tells how much that was; 0 with a `code` when
/// it failed. Most writes are over with that, and need no turn of the loop to be told so.
std::size_t write_at_once(boost::asio::ip::tcp::socket& socket, std::span<const std::byte> from,
                          boost::system::error_code& code);

/// What the system knows of it; otherwise `given` is how far it has come.
base::send_progress progress_of(boost::asio::ip::tcp::socket& socket, std::uint64_t given);

/// Fills in the addresses of both ends, as far as the socket still knows them; of a UNIX socket the
/// path, if it has one.
void describe_addresses(boost::asio::ip::tcp::socket& socket, peer_info& peer);

} // namespace cocql::io
