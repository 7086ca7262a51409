// A service that runs until it is told to end, and answers one-line requests over TCP:
//
//     get KEY             value VALUE, or: none
//     put KEY VALUE       stored
//
// or `error`, why, and of a put whether it may have been done all the same. At SIGTERM or SIGINT it
// accepts nobody any more, answers what it has been asked, and ends. Who says nothing for a minute,
// or does not take its answer for ten seconds, is left.
//
//     key_value_service HOST:PORT LISTEN_PORT [LIMIT_MS]      port 0: any that is free
//
// Table: CREATE TABLE app.t (k text PRIMARY KEY, v text)
#include "task_group.hpp"

#include <cocql/as_result.hpp>
#include <cocql/failure_kind.hpp>
#include <cocql/session.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <list>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

class key_value_service {
  public:
    key_value_service(cocql::session session, std::uint16_t port, std::chrono::milliseconds limit,
                      asio::any_io_executor executor)
        : session_(std::move(session)),
          limit_(limit),
          acceptor_(executor, {asio::ip::address_v4::loopback(), port}),
          signals_(executor, SIGINT, SIGTERM),
          handlers_(executor) {}

    /// Until it is told to end, and nothing is in flight any more.
    asio::awaitable<void> run() {
        // Prepared before anybody is let in: a table that is missing ends the program at once.
        get_ = co_await session_.prepare("SELECT v FROM app.t WHERE k = ?");
        put_ = co_await session_.prepare("INSERT INTO app.t (k, v) VALUES (?, ?)");
        signals_.async_wait([this](boost::system::error_code failed, int) {
            if (!failed)
                stop();
        });
        std::cout << "listening at " << acceptor_.local_endpoint() << std::endl;
        constexpr std::size_t most_clients = 1000;
        while (!stopping_) {
            // Those beyond wait in the system's queue, and cost nothing here.
            co_await handlers_.fewer_than(most_clients);
            auto accepted = co_await acceptor_.async_accept(no_throw);
            if (!std::get<0>(accepted) && !stopping_) {
                clients_.push_back(std::move(std::get<1>(accepted)));
                handlers_.begin(serve(std::prev(clients_.end())));
            } else if (!stopping_) {
                // Such as "too many open files", which passes when clients leave.
                std::cerr << "accept: " << std::get<0>(accepted).message() << '\n';
                asio::steady_timer pause(acceptor_.get_executor(), 100ms);
                co_await pause.async_wait(asio::use_awaitable);
            }
        }
        co_await handlers_.all();
    }

  private:
    void stop() {
        stopping_ = true;
        signals_.clear(); // a second signal ends the program as it would any other
        acceptor_.close();
        // Who is silent is not waited for: reading ends. What is being answered can be sent.
        boost::system::error_code ignored; // the client may have gone
        for (auto& client : clients_)
            client.shutdown(tcp::socket::shutdown_receive, ignored);
    }

    /// A client's place in the list, for as long as it is served.
    class listed {
      public:
        listed(std::list<tcp::socket>& all, std::list<tcp::socket>::iterator one)
            : all_(all), one_(one) {}
        ~listed() { all_.erase(one_); }
        listed(const listed&) = delete;
        listed& operator=(const listed&) = delete;

      private:
        std::list<tcp::socket>& all_;
        std::list<tcp::socket>::iterator one_;
    };

    asio::awaitable<void> serve(std::list<tcp::socket>::iterator client) {
        using namespace asio::experimental::awaitable_operators;
        const listed remains(clients_, client); // whatever is thrown
        constexpr std::size_t longest_line = 65536;
        std::string received;
        asio::steady_timer limit(client->get_executor());
        while (!stopping_) {
            limit.expires_after(1min);
            auto reading = asio::async_read_until(
                *client, asio::dynamic_buffer(received, longest_line), '\n', no_throw);
            auto reading_in_time = std::move(reading) || limit.async_wait(asio::use_awaitable);
            const auto read = co_await std::move(reading_in_time);
            if (!in_time(read) || std::get<0>(std::get<0>(read)))
                break; // it has gone, stop() was called, or it sends a line without an end
            const auto length = std::get<1>(std::get<0>(read));
            auto line = received.substr(0, length - 1);
            received.erase(0, length);
            const auto answer = co_await answer_to(std::move(line));
            limit.expires_after(10s);
            auto sending = asio::async_write(*client, asio::buffer(answer), no_throw);
            auto sending_in_time = std::move(sending) || limit.async_wait(asio::use_awaitable);
            const auto sent = co_await std::move(sending_in_time);
            if (!in_time(sent) || std::get<0>(std::get<0>(sent)))
                break;
        }
    }

    static bool in_time(const auto& ended) { return ended.index() == 0; }

    asio::awaitable<std::string> answer_to(std::string line) {
        const auto after_verb = line.find(' ');
        const auto after_key = line.find(' ', after_verb + 1);
        const auto verb = line.substr(0, after_verb);
        if (verb == "get" && after_verb != line.npos && after_key == line.npos)
            co_return co_await get(line.substr(after_verb + 1));
        if (verb == "put" && after_verb != line.npos && after_key != line.npos)
            co_return co_await put(line.substr(after_verb + 1, after_key - after_verb - 1),
                                   line.substr(after_key + 1));
        co_return "error what is asked for is `get KEY` or `put KEY VALUE`\n";
    }

    asio::awaitable<std::string> get(std::string key) {
        // A read may always be repeated, on another node when its own is lost, within the time.
        const auto how = cocql::statement_options().timeout(limit_).idempotent();
        const auto page = co_await cocql::as_result(session_.execute(get_, how, key));
        if (!page)
            co_return "error " + told(page.error()) + '\n';
        // A cell may be null, and a type that cannot be throws there.
        for (const auto [value] : page->rows<std::optional<std::string_view>>())
            if (value)
                co_return "value " + std::string(*value) + '\n';
        co_return "none\n";
    }

    asio::awaitable<std::string> put(std::string key, std::string value) {
        // Not repeated: it would have a later time the second time, and could undo what another
        // client has put meanwhile. So that a lost connection leaves it open, which is said.
        const auto how = cocql::statement_options().timeout(limit_);
        const auto done = co_await cocql::as_result(session_.execute(put_, how, key, value));
        if (!done)
            co_return "error " + told(done.error()) +
                (may_be_done(done.error()) ? ", may be stored\n" : ", not stored\n");
        co_return "stored\n";
    }

    static bool may_be_done(const cocql::error& why) {
        if (why.outcome() != cocql::request_outcome::answered)
            return why.outcome() == cocql::request_outcome::maybe_executed;
        // What a server says before it does anything. That it has too much to do it may find out
        // when it has sent the write to some of the replicas.
        const auto kind = kind_of(why);
        return kind != cocql::failure_kind::unavailable && kind != cocql::failure_kind::refused;
    }

    /// The whole story, with addresses and the server's words, is for the operator. The client gets
    /// a word.
    static std::string told(const cocql::error& why) {
        std::cerr << why.what() << '\n';
        return std::string(to_string(kind_of(why)));
    }

    cocql::session session_;
    std::chrono::milliseconds limit_;
    tcp::acceptor acceptor_;
    asio::signal_set signals_;
    cocql::prepared_statement get_;
    cocql::prepared_statement put_;
    bool stopping_ = false;
    std::list<tcp::socket> clients_;
    task_group handlers_;
};

asio::awaitable<void> run(std::string node, std::uint16_t port, std::chrono::milliseconds limit) {
    auto session = co_await cocql::connect(cocql::options(node));
    key_value_service service(session, port, limit, co_await asio::this_coro::executor);
    co_await service.run();
    co_await session.close();
    std::cout << "ended" << std::endl;
}

} // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    try {
        if (count < 3 || count > 4)
            throw std::invalid_argument(
                "usage: key_value_service HOST:PORT LISTEN_PORT [LIMIT_MS]");
        const auto port = static_cast<std::uint16_t>(std::stoul(arguments[2]));
        const std::chrono::milliseconds limit(count == 4 ? std::stol(arguments[3]) : 1000);
        asio::io_context context(1);
        auto done = asio::co_spawn(context, run(arguments[1], port, limit), asio::use_future);
        context.run();
        done.get();
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
}
