// What it costs to await requests elsewhere than on the connection's executor. One thread turns both
// loops in turn, so that it can be counted in instructions.
//
//   bench_hop WHERE ADDRESS PORT CONCURRENCY REQUESTS
//
// WHERE the requests are awaited: home (on the connection's own io_context, made for one thread),
// context (on another io_context), unhinted (on the connection's own, which is made for any number
// of threads, so that the connection has a strand).

#include <cocql/cocql.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace {

namespace asio = boost::asio;

class hopping {
  public:
    hopping(std::string where, std::uint64_t requests)
        : apart_(where == "context"),
          home_(where == "unhinted" ? BOOST_ASIO_CONCURRENCY_HINT_DEFAULT : 1),
          left_(requests) {}

    void run(const cocql::endpoint& node, std::size_t concurrency) {
        start(home_, open(node));
        turn([this] { return statement_ || failure_; });
        auto& away = apart_ ? away_ : home_;
        running_ = concurrency;
        for (std::size_t i = 0; i < concurrency; ++i)
            start(away, ask());
        turn([this] { return running_ == 0 || failure_; });
        if (failure_)
            std::rethrow_exception(failure_);
        start(home_, close());
        home_.restart();
        home_.run();
    }
    std::uint64_t sum() const noexcept { return sum_; }

  private:
    void start(asio::io_context& context, asio::awaitable<void> work) {
        asio::co_spawn(context, std::move(work), [this](std::exception_ptr thrown) {
            if (thrown)
                failure_ = thrown;
        });
    }
    template <class Condition>
    void turn(Condition done) {
        while (!done()) {
            away_.restart();
            if (away_.poll() == 0)
                home_.run_one();
            home_.poll();
        }
    }
    asio::awaitable<void> open(cocql::endpoint node) {
        cocql::connection_options options;
        options.version(cocql::protocol_version::v4, true);
        options.connect_timeout(std::chrono::minutes(1)); // where instructions are counted
        connection_ = co_await cocql::connection::open(node, options);
        statement_ =
            co_await connection_.prepare("SELECT key, value FROM bench.point WHERE key = ?");
    }
    asio::awaitable<void> close() { co_await connection_.close(); }
    asio::awaitable<void> ask() {
        while (left_ != 0) {
            const auto key = static_cast<std::int64_t>(left_--);
            const auto page = co_await connection_.execute(statement_, key);
            for (const auto& [read, value] : page.rows<std::int64_t, std::string_view>())
                sum_ += static_cast<std::uint64_t>(read) + value.size();
        }
        --running_;
    }

    bool apart_;
    asio::io_context home_;
    asio::io_context away_{1};
    cocql::connection connection_;
    cocql::prepared_statement statement_;
    std::uint64_t left_;
    std::size_t running_ = 0;
    std::uint64_t sum_ = 0;
    std::exception_ptr failure_;
};

} // namespace

int main(int count, char** words) {
    if (count != 6) {
        std::fputs("usage: bench_hop home|context|unhinted ADDRESS PORT CONCURRENCY REQUESTS\n",
                   stderr);
        return 2;
    }
    try {
        hopping load(words[1], static_cast<std::uint64_t>(std::atoll(words[5])));
        load.run(cocql::endpoint(words[2], static_cast<std::uint16_t>(std::atoi(words[3]))),
                 static_cast<std::size_t>(std::atoll(words[4])));
        std::printf("%llu\n", static_cast<unsigned long long>(load.sum()));
        return 0;
    } catch (const std::exception& thrown) {
        std::cerr << "bench_hop: " << thrown.what() << "\n";
        return 1;
    }
}
