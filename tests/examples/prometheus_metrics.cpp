// A program whose session can be watched by Prometheus: its figures are served on loopback, by the
// executor that the session lives on, without a thread or a library for it.
//
//     prometheus_metrics HOST:PORT [KEY…]     reads these keys, and serves until SIGINT or SIGTERM
//
// Table: CREATE TABLE app.t (k text PRIMARY KEY, v text)
#include "prometheus_text.hpp"
#include "task_group.hpp"

#include <cocql/as_result.hpp>
#include <cocql/session.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

class metrics_server {
  public:
    metrics_server(cocql::session session, asio::any_io_executor executor)
        : session_(std::move(session)),
          acceptor_(executor, {asio::ip::address_v4::loopback(), 0}),
          scrapes_(executor) {}

    tcp::endpoint where() const { return acceptor_.local_endpoint(); }
    void stop() { acceptor_.close(); }

    asio::awaitable<void> run() {
        while (acceptor_.is_open()) {
            co_await scrapes_.fewer_than(8); // nobody needs more, and they are not for free
            auto accepted = co_await acceptor_.async_accept(no_throw);
            if (!std::get<0>(accepted)) {
                scrapes_.begin(
                    serve(std::make_shared<tcp::socket>(std::move(std::get<1>(accepted)))));
            } else if (acceptor_.is_open()) {
                // Such as "too many open files", which passes.
                asio::steady_timer pause(acceptor_.get_executor(), 100ms);
                co_await pause.async_wait(asio::use_awaitable);
            }
        }
        co_await scrapes_.all();
    }

  private:
    /// One request for each connection: a scrape comes every few seconds.
    asio::awaitable<void> serve(std::shared_ptr<tcp::socket> client) {
        // Whoever connects and says nothing is sent away. The socket is shared with the timer's
        // handler, which may be about to run when this coroutine ends.
        asio::steady_timer patience(client->get_executor(), 1s);
        patience.async_wait([client](boost::system::error_code stopped) {
            if (!stopped)
                client->close();
        });
        constexpr std::size_t longest_header = 8192;
        std::string header;
        const auto read = co_await asio::async_read_until(
            *client, asio::dynamic_buffer(header, longest_header), "\r\n\r\n", no_throw);
        if (std::get<0>(read))
            co_return; // gone, too slow, or no HTTP
        const auto answer = co_await answer_to(header.substr(0, header.find("\r\n")));
        co_await asio::async_write(*client, asio::buffer(answer), no_throw);
    }

    asio::awaitable<std::string> answer_to(std::string line) {
        if (!line.starts_with("GET "))
            co_return response("405 Method Not Allowed", "only GET\n");
        if (!line.starts_with("GET /metrics "))
            co_return response("404 Not Found", "it is at /metrics\n");
        const auto now = co_await session_.metrics();
        co_return response("200 OK", prometheus_text(now).str());
    }

    static std::string response(const std::string& status, const std::string& body) {
        return "HTTP/1.1 " + status +
               "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
    }

    cocql::session session_;
    tcp::acceptor acceptor_;
    task_group scrapes_;
};

/// What the program is for. A failure is told and counted, and the next key is read.
asio::awaitable<void> read(cocql::session session, std::vector<std::string> keys) {
    const auto find = co_await cocql::as_result(session.prepare("SELECT v FROM app.t WHERE k = ?"));
    if (!find) {
        std::cerr << find.error().what() << '\n';
        co_return;
    }
    const auto limit = cocql::statement_options().timeout(1s);
    for (const auto& key : keys) {
        const auto page = co_await cocql::as_result(session.execute(*find, limit, key));
        if (!page)
            std::cerr << page.error().what() << '\n';
    }
}

asio::awaitable<void> run(std::string node, std::vector<std::string> keys) {
    const auto executor = co_await asio::this_coro::executor;
    auto session = co_await cocql::connect(cocql::options(node));
    co_await session.ready();
    metrics_server server(session, executor);
    asio::signal_set signals(executor, SIGINT, SIGTERM);
    signals.async_wait([&server](boost::system::error_code failed, int) {
        if (!failed)
            server.stop();
    });
    std::cout << "serving http://" << server.where() << "/metrics" << std::endl;
    task_group work(executor);
    work.begin(read(session, std::move(keys)));
    const auto served = co_await cocql::as_result(server.run());
    co_await work.all(); // whatever has happened: it lives here
    co_await session.close();
    served.value();
}

} // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    if (count < 2) {
        std::cerr << "usage: prometheus_metrics HOST:PORT [KEY...]\n";
        return 2;
    }
    try {
        asio::io_context context(1);
        auto done = asio::co_spawn(
            context, run(arguments[1], {arguments.begin() + 2, arguments.end()}), asio::use_future);
        context.run();
        done.get();
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
}
