#pragma once

#include "io/stream/byte_stream.hpp"
#include "io/stream/name_rules.hpp"
#include "io/stream/tls_context.hpp"
#include "io/stream/tls_tickets.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <optional>
#include <string>

namespace cocql::io {

/// Everything a client needs to speak TLS to one endpoint, made before any network I/O.
class tls_client_settings {
  public:
    /// `host` is the endpoint's own name. `node`: the tickets of the node that it leads to, and the
    /// context, which was made of these options before, so that no file is read; null: it is made
    /// of these now, and no session is resumed. Nor is one where the options have a ready context.
    static result<tls_client_settings> prepare(const tls_options& options, std::string_view host,
                                               std::shared_ptr<tls_tickets> node = nullptr);

    const name_rules& names() const noexcept { return names_; }

  private:
    friend class tls_stream;
    tls_client_settings() = default;

    std::optional<tls_context> context_;
    std::shared_ptr<boost::asio::ssl::context> ready_context_; ///< the caller's, if given
    std::shared_ptr<tls_tickets> tickets_;
    name_rules names_;
};

/// TLS over TCP, either side. The only place of the library that uses asio::ssl.
///
/// A stream is used for one connection and never again, so that no setting can be forgotten on
/// reuse.
class tls_stream final : public byte_stream {
  public:
    static result<std::unique_ptr<tls_stream>> client(boost::asio::ip::tcp::socket socket,
                                                      const tls_client_settings& settings);
    static result<std::unique_ptr<tls_stream>> server(boost::asio::ip::tcp::socket socket,
                                                      const tls_context& context);
    ~tls_stream() override;

    /// Must be awaited, with success, before the first read or write. When we refuse the peer's
    /// certificate the alert has been sent by then.
    boost::asio::awaitable<result<void>> handshake();

    boost::asio::awaitable<result<std::size_t>> read_some(std::span<std::byte> into) override;
    boost::asio::awaitable<result<bool>> read_on(byte_receiver& receiver) override;
    result<bool> write_at_once(std::span<const std::byte>& from) override;
    boost::asio::awaitable<result<void>> write(std::span<const std::byte> from) override;
    base::send_progress progress() override;
    void rest() override;
    boost::asio::awaitable<void> shutdown() override;
    void cancel() override;
    void close() override;
    const peer_info& peer() const noexcept override;
    boost::asio::any_io_executor get_executor() override;

    /// Ends our half of the TCP connection: what was sent, an alert for one, still reaches the
    /// peer.
    void end_writing();
    /// Whether the peer's certificate was found good, if it has one. A server may have been told to
    /// go on although it was not.
    bool accepts_peer() const noexcept;
    /// TLS 1.3: our keys change with the next write, and the peer is asked to change its own. False
    /// if the connection cannot do it.
    bool request_key_update();
    /// TLS 1.3 server: another session ticket goes out with the next write.
    bool send_ticket();

  private:
    class implementation;
    class reading;
    explicit tls_stream(std::unique_ptr<implementation> impl) noexcept;

    std::unique_ptr<implementation> impl_;
};

} // namespace cocql::io
