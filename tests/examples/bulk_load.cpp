// Loads rows from standard input, many at a time and never more than so many:
//
//     bulk_load HOST:PORT [IN_FLIGHT] < rows.csv
//
// A row is a line of two fields, key and value; a field with a comma in it is written in quotes, a
// quote in such a one twice. Ends with 0 when all rows have been written, else with 1.
//
// Table: CREATE TABLE app.t (k text PRIMARY KEY, v text)
#include "task_group.hpp"

#include <cocql/as_result.hpp>
#include <cocql/session.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

struct row {
    std::string key;
    std::string value;
};

/// Takes the first field off the line, and the comma behind it; nothing: it is written wrongly.
std::optional<std::string> take_field(std::string_view& line) {
    std::string field;
    if (!line.starts_with('"')) {
        field = line.substr(0, line.find(','));
        line.remove_prefix(field.size());
    } else {
        line.remove_prefix(1);
        for (;;) {
            const auto quote = line.find('"');
            if (quote == line.npos)
                return std::nullopt;
            field += line.substr(0, quote);
            line.remove_prefix(quote + 1);
            if (!line.starts_with('"'))
                break;
            field += '"';
            line.remove_prefix(1);
        }
    }
    if (!line.empty() && line.front() != ',')
        return std::nullopt;
    return field;
}

std::optional<row> parse(std::string_view line) {
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    auto key = take_field(line);
    if (!key || line.empty())
        return std::nullopt;
    line.remove_prefix(1);
    auto value = take_field(line);
    if (!value || !line.empty())
        return std::nullopt;
    return row{std::move(*key), std::move(*value)};
}

/// Some lines at once; none: the input has ended.
asio::awaitable<std::vector<std::string>> read_lines() {
    constexpr std::size_t most = 256;
    std::vector<std::string> lines;
    for (std::string line; lines.size() < most && std::getline(std::cin, line);)
        lines.push_back(std::move(line));
    co_return lines;
}

class loader {
  public:
    loader(cocql::session session, std::size_t most, asio::any_io_executor executor)
        : session_(std::move(session)), most_(most), rows_(executor) {}

    /// Awaits, at the end and whatever happens, all rows that it has begun.
    asio::awaitable<void> run() {
        const auto ended = co_await cocql::as_result(read());
        co_await rows_.all();
        ended.value();
    }

    std::uint64_t loaded() const { return loaded_; }
    std::uint64_t failed() const { return failed_; }

  private:
    asio::awaitable<void> read() {
        insert_ = co_await session_.prepare("INSERT INTO app.t (k, v) VALUES (?, ?)");
        std::uint64_t number = 0;
        for (;;) {
            // To wait for input holds up the thread that does it. This one has answers to receive.
            const auto lines =
                co_await asio::co_spawn(input_thread_, read_lines(), asio::use_awaitable);
            if (lines.empty())
                break;
            for (const auto& line : lines) {
                ++number;
                if (line.empty() || line == "\r")
                    continue;
                auto parsed = parse(line);
                if (!parsed) {
                    fail(number, "not two fields");
                    continue;
                }
                // No line is read for which there is no room, however quick the input is.
                co_await rows_.fewer_than(most_);
                rows_.begin(load(number, std::move(*parsed)));
            }
        }
    }

    asio::awaitable<void> load(std::uint64_t number, row what) {
        // To insert a row twice is as good as once, so that it may go to another node when its
        // connection ends.
        const auto how = cocql::statement_options().idempotent().timeout(10s);
        const auto answer =
            co_await cocql::as_result(session_.execute(insert_, how, what.key, what.value));
        if (answer)
            ++loaded_;
        else
            fail(number, answer.error().what());
    }

    /// The first ones are told at once: if all rows fail nobody wants to read it a million times.
    void fail(std::uint64_t line, const char* why) {
        if (++failed_ <= 10)
            std::cerr << "line " << line << ": " << why << '\n';
    }

    cocql::session session_;
    cocql::prepared_statement insert_;
    std::size_t most_;
    std::uint64_t loaded_ = 0;
    std::uint64_t failed_ = 0;
    asio::thread_pool input_thread_{1};
    task_group rows_;
};

asio::awaitable<int> run(std::string node, std::size_t most) {
    auto session = co_await cocql::connect(cocql::options(node));
    co_await session.ready(); // all of the cluster is to do it, from the first row on
    loader all(session, most, co_await asio::this_coro::executor);
    const auto ended = co_await cocql::as_result(all.run());
    co_await session.close();
    if (!ended)
        std::cerr << ended.error().what() << '\n';
    std::cout << all.loaded() << " rows loaded, " << all.failed() << " failed\n";
    co_return ended&& all.failed() == 0 ? 0 : 1;
}

} // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    try {
        if (count < 2 || count > 3)
            throw std::invalid_argument("usage: bulk_load HOST:PORT [IN_FLIGHT] < rows.csv");
        const std::size_t most = count == 3 ? std::stoul(arguments[2]) : 128;
        if (most == 0)
            throw std::invalid_argument("none in flight: nothing would ever be loaded");
        asio::io_context context(1);
        auto done = asio::co_spawn(context, run(arguments[1], most), asio::use_future);
        context.run();
        return done.get();
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
}
