#include "life.hpp"

#include "client.hpp"

#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <future>
#include <iostream>
#include <utility>

namespace cocql::tests {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

using clock = std::chrono::steady_clock;

constexpr auto heartbeat_interval = 400ms;
constexpr auto heartbeat_timeout = 300ms;

const std::string prepared_text = "SELECT text FROM answers WHERE text = ?";

std::string text_of(const std::vector<std::byte>& bytes) {
    std::string text;
    for (const auto each : bytes)
        text += static_cast<char>(each);
    return text;
}

/// `pages <count> <tag>`: one row each, of the text and the page's number.
testing::node_reply page_of(const testing::node_request& request) {
    const int count = std::atoi(request.cql.c_str() + 6);
    const int number =
        request.paging_state.empty() ? 1 : std::to_integer<int>(request.paging_state.front());
    auto rows = testing::rows_of({request.cql + " " + std::to_string(number)});
    if (number == count)
        return rows;
    const std::vector<std::byte> next{static_cast<std::byte>(number + 1)};
    return testing::with_more(rows, next);
}

std::optional<testing::node_reply> answer_of(const testing::node_request& request) {
    const auto& cql = request.cql;
    if (!request.values.empty())
        return testing::rows_of(
            {text_of(request.values.front().value_or(std::vector<std::byte>()))});
    if (cql.starts_with("pages "))
        return page_of(request);
    if (cql.starts_with("long "))
        return testing::rows_of(
            {cql + std::string(static_cast<std::size_t>(std::atol(cql.c_str() + 5)), 'y')});
    if (cql.starts_with("wrong ")) {
        server_error said;
        said.code = server_error_code::invalid;
        said.message = cql;
        return testing::error_of(std::move(said));
    }
    if (cql.starts_with("echo ") || cql.starts_with("later "))
        return testing::rows_of({cql});
    return std::nullopt;
}

asio::awaitable<connection> opened(endpoint where, connection_options options) {
    auto operation = connection::open(std::move(where), std::move(options));
    auto made = co_await std::move(operation);
    co_return made;
}

asio::awaitable<prepared_statement> prepared(connection connection) {
    auto operation = connection.prepare(prepared_text);
    auto made = co_await std::move(operation);
    co_return made;
}

asio::awaitable<void> closed(connection connection) {
    co_await connection.close();
}

asio::awaitable<void> acting(std::shared_ptr<client> who) {
    co_await who->act();
}

std::string name_of(life::ending how) {
    constexpr const char* names[] = {"close", "last handle dropped", "node gone", "node deaf",
                                     "executor gone"};
    return names[static_cast<std::size_t>(how)];
}

} // namespace

life::life(ledger& book, std::uint64_t seed) : book_(book), seed_(seed), dice_(seed) {
    constexpr std::array speeches{speech::plain, speech::plain, speech::tls_1_2, speech::tls_1_3};
    speech_ = dice_.one_of(speeches);
    constexpr std::array versions{protocol_version::v3, protocol_version::v4, protocol_version::v5};
    version_ = dice_.one_of(versions);
    few_streams_ = dice_.one_in(4);
    may_drain_ = !few_streams_ && dice_.one_in(6);
    request_timeout_ = dice_.one_in(3) ? duration(1'500ms) : duration(80ms);
    options_ = options_by_chance();
    home_kind_ = dice_.one_of(all_worlds);
    abroad_kind_ = dice_.one_of(all_worlds);
    constexpr std::array endings{ending::close,     ending::close,     ending::last_handle_dropped,
                                 ending::node_gone, ending::node_deaf, ending::executor_gone};
    how_ = dice_.one_of(endings);
}

life::~life() = default;

std::string life::describe() const {
    return name_of(speech_) + ", v" + std::to_string(static_cast<int>(version_)) + ", " +
           name_of(home_kind_) + ", abroad " + name_of(abroad_kind_) + ", ends by " +
           name_of(how_) + (few_streams_ ? ", few streams" : "") + (may_drain_ ? ", drains" : "");
}

testing::node_options life::node_options_by_chance() {
    testing::node_options options;
    options.highest_version = static_cast<std::uint8_t>(version_);
    options.answer_request = answer_of;
    options.silent_statement = "silent";
    options.prepared_columns = {{"scripted", "answers", "text", data_type::kind::text}};
    options.delay = [](const std::string& cql) {
        return std::chrono::milliseconds(cql.starts_with("later ") ? std::atol(cql.c_str() + 6)
                                                                   : 0);
    };
    // Not again what was just prepared again: that is an error.
    options.forgets = [chance = dice(dice_.seed()),
                       last = clock::time_point()](const std::string&) mutable {
        const auto now = clock::now();
        if (now < last + 500ms || !chance.one_in(20))
            return false;
        last = now;
        return true;
    };
    if (dice_.one_in(4)) {
        // Answers in small pieces.
        options.drip = 1 + dice_.below(5'000);
    }
    options.restless_tls = dice_.one_in(4);
    return options;
}

connection_options life::options_by_chance() {
    auto options = client_of(speech_);
    options.version(version_).connect_timeout(10s).request_timeout(request_timeout_);
    options.heartbeat(heartbeat_interval, heartbeat_timeout);
    options.max_in_flight(few_streams_ ? 1 + dice_.below(4) : 30'000);
    if (may_drain_)
        options.orphan_limits(1 + dice_.below(30), std::chrono::milliseconds(dice_.below(1'000)));
    else
        options.orphan_limits(100'000, time_limit());
    constexpr std::array kinds{compression::none, compression::none, compression::lz4};
    options.compression(dice_.one_of(kinds));
    return options;
}

/// Where a client runs, and what that allows.
class life::place {
  public:
    asio::any_io_executor executor;
    bool serial = true;
    bool robust = true;
};

life::place life::place_by_chance() {
    auto& where = dice_.one_in(2) ? *home_ : *abroad_;
    place found;
    found.executor = where.executor();
    found.serial = where.is_serial();
    found.robust = where.survives_exceptions();
    if (!found.serial && dice_.one_in(2)) {
        found.executor = asio::make_strand(found.executor);
        found.serial = true;
    }
    return found;
}

void life::leave() {
    const std::lock_guard lock(guard_);
    --clients_;
    left_.notify_all();
}

bool life::wait(duration time) {
    std::unique_lock lock(guard_);
    return left_.wait_for(lock, time, [this] { return clients_ == 0; });
}

void life::begin_clients(const connection& connection) {
    clients_ = static_cast<int>(2 + dice_.below(6));
    for (int left = clients_; left > 0; --left) {
        const auto where = place_by_chance();
        const auto who =
            std::make_shared<client>(*this, connection, dice_.seed(), where.serial, where.robust);
        asio::co_spawn(where.executor, acting(who), [this](std::exception_ptr thrown) {
            if (thrown)
                book_.fault(seed_, "a client was left by an exception");
        });
    }
}

void life::wait_for_clients() {
    stopping_ = true;
    under_way entry(book_, 0, "all clients' ends of life " + std::to_string(seed_),
                    clock::now() + 30s);
    while (!wait(100ms)) {
    }
    entry.end("all clients ended");
}

void life::end(connection connection, ending how) {
    switch (how) {
    case ending::close: {
        begin_to_end();
        under_way entry(book_, 0, "close()", clock::now() + 1s);
        auto over = asio::co_spawn(home_->executor(), closed(connection), asio::use_future);
        be_over();
        over.get();
        entry.end("closed");
        break;
    }
    case ending::last_handle_dropped:
        break;
    case ending::node_gone:
        begin_to_end();
        node_->stop();
        be_over();
        break;
    case ending::node_deaf: {
        begin_to_end();
        node_->with([](testing::scripted_node& node) {
            node.options().silent = testing::silence::at_options;
        });
        // What it was to answer later still comes; and a quarter of the time-out is what
        // connection_options::heartbeat() grants after the last sign of life.
        under_way entry(book_, 0, "a deaf node of life " + std::to_string(seed_),
                        clock::now() + client::longest_delay + heartbeat_interval +
                            heartbeat_timeout + heartbeat_timeout / 4);
        for (auto state = connection.state(); state.open || state.draining;
             state = connection.state())
            std::this_thread::sleep_for(1ms);
        entry.end("found deaf");
        be_over();
        break;
    }
    case ending::executor_gone:
        begin_to_end();
        connection = {};
        stopping_ = true;
        home_->abandon();
        be_over();
        break;
    }
}

void life::live() {
    mute_ = std::make_unique<node_thread>(speech::plain, silent(testing::silence::at_startup));
    node_ = std::make_unique<node_thread>(speech_, node_options_by_chance());
    waiting_threads::begin_threads_of(seed_);
    home_.emplace(home_kind_);
    abroad_.emplace(abroad_kind_);
    waiting_threads::begin_threads_of(0);
    try {
        connection connection =
            asio::co_spawn(home_->executor(), opened(node_->where(), options_), asio::use_future)
                .get();
        statement_ =
            asio::co_spawn(home_->executor(), prepared(connection), asio::use_future).get();
        begin_clients(connection);
        static_cast<void>(wait(300ms + std::chrono::milliseconds(dice_.below(4'000))));
        end(std::move(connection), how_);
    } catch (const error& failure) {
        book_.fault(seed_, "it did not open: " + std::string(failure.what()));
    }
    wait_for_clients();
    under_way entry(book_, 0, "nothing left of life " + std::to_string(seed_), clock::now() + 2s);
    statement_ = {};
    home_->finish();
    abroad_->finish();
    entry.end("nothing left");
    node_->stop();
    mute_->stop();
}

} // namespace cocql::tests
