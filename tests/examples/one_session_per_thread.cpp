// A program that uses several cores: a thread each with an io_context of its own, and on each a
// sibling of one session. No thread waits for another on the way of a request.
#include <cocql/cocql.hpp>
#include <cocql/session.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <deque>
#include <future>
#include <iostream>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;

namespace {

/// A thread that runs an io_context until it is told that there is nothing more to come.
class runner {
  public:
    runner() : guard_(context_.get_executor()), thread_([this] { context_.run(); }) {}
    ~runner() {
        guard_.reset();
        thread_.join();
    }
    runner(const runner&) = delete;
    runner& operator=(const runner&) = delete;

    auto executor() { return context_.get_executor(); }
    template <class T>
    std::future<T> begin(asio::awaitable<T> work) {
        return asio::co_spawn(context_, std::move(work), asio::use_future);
    }

  private:
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_;
    std::thread thread_;
};

/// What one thread does with a session that lives there.
asio::awaitable<int> find_many(cocql::session session, std::string whose, int count) {
    const auto find = co_await session.prepare("SELECT v FROM app.t WHERE k = ?");
    int found = 0;
    for (int i = 0; i < count; ++i) {
        const auto key = whose + std::to_string(i);
        const auto page = co_await session.execute(find, key);
        for (const auto [text] : page.rows<std::string>())
            found += text == "value of " + key ? 1 : 0;
    }
    co_return found;
}

asio::awaitable<cocql::session> sibling(cocql::session session, asio::any_io_executor where) {
    co_return co_await session.on(where);
}

asio::awaitable<std::uint64_t> count_and_close(cocql::session session) {
    const auto counted = co_await session.metrics(); // of all siblings
    co_await session.close();                        // and this ends them all
    co_return counted.requests();
}

int run(const std::string& node) {
    constexpr int threads = 3;
    constexpr int each = 200;
    std::deque<runner> runners(threads);
    std::vector<cocql::session> sessions;
    sessions.push_back(runners[0].begin(cocql::connect(cocql::options(node))).get());
    while (sessions.size() < runners.size())
        sessions.push_back(
            runners[0].begin(sibling(sessions.front(), runners[sessions.size()].executor())).get());

    std::vector<std::future<int>> work;
    for (std::size_t i = 0; i < runners.size(); ++i)
        work.push_back(runners[i].begin(find_many(sessions[i], std::to_string(i) + " of ", each)));
    int found = 0;
    for (auto& one : work)
        found += one.get();
    const auto requests = runners[0].begin(count_and_close(sessions.front())).get();
    std::cout << found << " found with " << requests << " requests by " << threads << " threads\n";
    return found == threads * each && requests > threads * each ? 0 : 1;
}

} // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    if (count != 2) {
        std::cerr << "usage: one_session_per_thread HOST:PORT\n";
        return 2;
    }
    return run(arguments[1]);
}
