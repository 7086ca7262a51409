#pragma once

#include "io/bridge/clock.hpp"
#include "io/stream/byte_stream.hpp"
#include "io/stream/tls_stream.hpp"
#include "testing/memory_network.hpp"
#include "testing/node_listener.hpp"
#include "testing/node_session.hpp"

#include <cocql/endpoint.hpp>
#include <cocql/event.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cocql::testing {

/// What a scripted_node is beneath its public face, which describes its functions.
///
/// Its coroutines keep it, and all that belongs to the io_context is theirs. So it may go before
/// the io_context, which then still has them to destroy, or after it.
class node_server : public std::enable_shared_from_this<node_server> {
  public:
    /// At sockets.
    static std::shared_ptr<node_server> listening(boost::asio::io_context& context,
                                                  node_options options);
    /// In memory, without TLS; whatever takes time takes it by the clock.
    static std::shared_ptr<node_server> listening(boost::asio::io_context& context,
                                                  node_options options,
                                                  std::shared_ptr<memory_network> network,
                                                  std::shared_ptr<io::clock> clock);
    node_server(const node_server&) = delete;
    node_server& operator=(const node_server&) = delete;

    endpoint where() const { return {options_.address, port()}; }
    std::uint16_t port() const noexcept { return listener_->port(); }
    void stop();
    void tell(const event& happened);
    void drop_connections();
    void pause() noexcept { paused_ = true; }
    void resume();
    node_options& options() noexcept { return options_; }

    std::size_t accepted() const noexcept { return accepted_; }
    std::vector<std::uint32_t> shards_of_connections() const;
    const std::vector<std::string>& endings() const noexcept { return endings_; }
    std::size_t count(opcode message) const;
    const std::vector<std::string>& client_subjects() const noexcept { return client_subjects_; }
    const std::vector<std::string>& statements() const noexcept { return statements_; }
    std::size_t resumed() const noexcept { return resumed_; }
    const std::vector<node_client>& clients() const noexcept { return clients_; }
    std::size_t key_updates() const noexcept { return key_updates_; }
    std::size_t tickets() const noexcept { return tickets_; }

  private:
    node_server(boost::asio::io_context& context, node_options options,
                std::shared_ptr<io::clock> clock);
    void take(boost::asio::ip::tcp::socket socket);
    void take(std::unique_ptr<io::byte_stream> stream);
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);
    boost::asio::awaitable<void> serve(std::shared_ptr<io::byte_stream> stream);
    boost::asio::awaitable<void> serve_by_tls(boost::asio::ip::tcp::socket socket);
    boost::asio::awaitable<void> say_nothing(io::byte_stream& stream);
    class conversation;
    boost::asio::awaitable<void> converse(std::shared_ptr<io::byte_stream> stream,
                                          io::tls_stream* tls);
    boost::asio::awaitable<void> answer_later(std::shared_ptr<conversation> with,
                                              delayed_answer answer);
    void look_at_client(conversation& with);
    boost::asio::awaitable<void> tell(std::shared_ptr<conversation> with, node_reply event);
    boost::asio::awaitable<bool> send(std::shared_ptr<conversation> with,
                                      std::vector<std::byte> bytes);
    boost::asio::awaitable<bool> send_in_turn(conversation& with, std::span<const std::byte> bytes);
    boost::asio::awaitable<void> pass(base::duration time);
    boost::asio::awaitable<void> hold_until_stop();
    boost::asio::awaitable<void> hold_while_paused();
    boost::asio::awaitable<void> suffer(io::byte_stream& stream);
    void be_restless(io::tls_stream& tls);
    void start(boost::asio::awaitable<void> task);
    static boost::asio::awaitable<void> keeping(std::shared_ptr<node_server> self,
                                                boost::asio::awaitable<void> task);

    boost::asio::io_context& context_; ///< not to be touched but by what runs there
    node_options options_;
    std::optional<io::tls_context> tls_;
    const std::shared_ptr<io::clock> clock_;
    std::unique_ptr<node_listener> listener_;
    std::size_t accepted_ = 0;
    std::map<wire::opcode, std::size_t> counts_;
    std::vector<std::string> client_subjects_;
    std::vector<std::string> statements_;
    std::vector<node_client> clients_;
    const std::shared_ptr<std::map<std::string, std::string>> prepared_; ///< by id
    std::size_t resumed_ = 0;
    std::size_t key_updates_ = 0;
    std::size_t tickets_ = 0;
    std::vector<std::string> endings_;
    std::set<std::function<void()>*> closers_;
    std::set<std::function<void()>*> wakers_; ///< of those that wait for resume()
    std::vector<std::weak_ptr<conversation>> conversations_;
    bool stopped_ = false;
    bool paused_ = false;
};

} // namespace cocql::testing
