#pragma once

#include <cocql/endpoint.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace cocql::tests {

/// Passes connections on to a node until it is told to send all its clients bytes that are neither
/// a record of TLS nor a frame of CQL. From then on nothing passes, and nobody is let in.
class garbling_relay {
  public:
    garbling_relay(boost::asio::io_context& context, const endpoint& target)
        : target_(boost::asio::ip::make_address(target.host()), target.port()),
          acceptor_(context, tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0)) {
        accept();
    }
    ~garbling_relay() { stop(); }
    garbling_relay(const garbling_relay&) = delete;
    garbling_relay& operator=(const garbling_relay&) = delete;

    endpoint where() const { return endpoint("127.0.0.1", acceptor_.local_endpoint().port()); }
    void garble() {
        constexpr std::array<unsigned char, 16> garbage{0x17, 0x03, 0x03, 0x00, 0x0b, 0x2a};
        acceptor_.close();
        for (const auto& each : passages_) {
            boost::system::error_code gone; // a client that has left needs no garbage
            boost::asio::write(each->client, boost::asio::buffer(garbage), gone);
            each->node.close(gone);
        }
    }
    void stop() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        for (const auto& each : std::exchange(passages_, {})) {
            each->client.close(ignored);
            each->node.close(ignored);
        }
    }

  private:
    using tcp = boost::asio::ip::tcp;

    struct passage {
        passage(tcp::socket client, tcp::socket node)
            : client(std::move(client)), node(std::move(node)) {}

        tcp::socket client;
        tcp::socket node;
        std::array<std::byte, 4096> up{};
        std::array<std::byte, 4096> down{};
    };

    void accept() {
        acceptor_.async_accept([this](boost::system::error_code failed, tcp::socket client) {
            if (failed == boost::asio::error::operation_aborted)
                return;
            tcp::socket node(client.get_executor());
            if (!failed)
                node.connect(target_, failed);
            if (!failed) {
                const auto made = std::make_shared<passage>(std::move(client), std::move(node));
                passages_.push_back(made);
                pass(made, made->client, made->node, made->up);
                pass(made, made->node, made->client, made->down);
            }
            if (acceptor_.is_open()) // it may have been closed when this was on its way
                accept();
        });
    }
    static void pass(const std::shared_ptr<passage>& where, tcp::socket& from, tcp::socket& to,
                     std::array<std::byte, 4096>& room) {
        from.async_read_some(
            boost::asio::buffer(room),
            [where, &from, &to, &room](boost::system::error_code failed, std::size_t count) {
                if (!failed)
                    boost::asio::write(to, boost::asio::buffer(room.data(), count), failed);
                if (!failed)
                    return pass(where, from, to, room);
                boost::system::error_code ignored;
                to.shutdown(tcp::socket::shutdown_send, ignored);
            });
    }

    tcp::endpoint target_;
    tcp::acceptor acceptor_;
    std::vector<std::shared_ptr<passage>> passages_;
};

} // namespace cocql::tests
