// The load that is measured, through the public API of cocql. Prints one line of JSON.
//
//   bench_load WORK ADDRESS PORT CONCURRENCY REQUESTS [ca=FILE] [connections=N] [latency=no]
//
// WORK: point, insert, value_10k, value_1m, write_16k, write_1m, write_64m, pages (REQUESTS are
// then pages of 5,000 rows).

#include "peak_memory.hpp"

#include <cocql/cocql.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <new>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

namespace {

std::uint64_t allocations = 0;
std::uint64_t allocated_bytes = 0;

} // namespace

// Counts what is allocated while the load runs. Single-threaded, like the load.
void* operator new(std::size_t size) {
    ++allocations;
    allocated_bytes += size;
    if (void* made = std::malloc(size))
        return made;
    throw std::bad_alloc();
}
void operator delete(void* gone) noexcept {
    std::free(gone);
}
void operator delete(void* gone, std::size_t) noexcept {
    std::free(gone);
}

namespace {

namespace asio = boost::asio;
using clock_type = std::chrono::steady_clock;

class load {
  public:
    std::string work;
    std::string address;
    std::uint16_t port = 0;
    std::size_t concurrency = 1;
    std::uint64_t requests = 0;
    std::size_t connections = 1;
    std::string authority;
    bool latency = true;

    int run() {
        asio::io_context context(1);
        asio::co_spawn(context, all(context), [this](std::exception_ptr thrown) { keep(thrown); });
        context.run();
        if (failure_)
            std::rethrow_exception(failure_);
        print();
        return 0;
    }

  private:
    void keep(std::exception_ptr thrown) {
        if (thrown && !failure_)
            failure_ = thrown;
    }

    std::string statement() const {
        if (work == "insert" || work.starts_with("write_"))
            return "INSERT INTO bench.point (key, value) VALUES (?, ?)";
        if (work == "pages")
            return "SELECT key, value FROM bench.pages";
        return "SELECT key, value FROM bench." + work + " WHERE key = ?";
    }

    std::size_t value_size() const {
        static const std::map<std::string, std::size_t> sizes{
            {"write_16k", 16u << 10}, {"write_1m", 1u << 20}, {"write_64m", 64u << 20}};
        const auto found = sizes.find(work);
        return found == sizes.end() ? 64 : found->second;
    }

    asio::awaitable<void> all(asio::io_context& context) {
        cocql::connection_options options;
        options.version(cocql::protocol_version::v4, true);
        if (!authority.empty())
            options.tls(cocql::tls_options().ca_file(authority));
        for (std::size_t i = 0; i < connections; ++i) {
            open_.push_back(
                co_await cocql::connection::open(cocql::endpoint(address, port), options));
            prepared_.push_back(co_await open_.back().prepare(statement()));
        }
        value_.assign(value_size(), 'v');
        const auto warm_up = 2'000 + concurrency;
        co_await many(context, warm_up);
        latencies_.clear();
        if (latency)
            latencies_.reserve(requests);
        const auto allocations_before = allocations;
        const auto bytes_before = allocated_bytes;
        rusage before{};
        getrusage(RUSAGE_SELF, &before);
        const auto begin = clock_type::now();
        co_await many(context, requests);
        elapsed_ = clock_type::now() - begin;
        rusage after{};
        getrusage(RUSAGE_SELF, &after);
        allocations_ = allocations - allocations_before;
        bytes_ = allocated_bytes - bytes_before;
        user_ = seconds(after.ru_utime) - seconds(before.ru_utime);
        system_ = seconds(after.ru_stime) - seconds(before.ru_stime);
        peak_ = cocql::bench::peak_memory();
        for (auto& each : open_)
            co_await each.close();
    }

    static double seconds(const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    }

    /// Runs the workers and waits for them.
    asio::awaitable<void> many(asio::io_context& context, std::uint64_t count) {
        left_ = count;
        const auto workers = work == "pages" ? std::size_t{1} : concurrency;
        running_ = workers;
        asio::steady_timer over(context, asio::steady_timer::time_point::max());
        for (std::size_t i = 0; i < workers; ++i)
            asio::co_spawn(context, worker(i % connections),
                           [this, &over](std::exception_ptr thrown) {
                               keep(thrown);
                               if (--running_ == 0)
                                   over.cancel();
                           });
        boost::system::error_code ignored;
        co_await over.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

    asio::awaitable<void> worker(std::size_t which) {
        auto& connection = open_[which];
        const auto& statement = prepared_[which];
        if (work == "pages") {
            co_await pages(connection, statement);
            co_return;
        }
        const bool writes = value_size() != 64 || work == "insert";
        while (left_ != 0) {
            const auto key = static_cast<std::int64_t>(left_--);
            const auto begin = latency ? clock_type::now() : clock_type::time_point();
            if (writes) {
                const auto page =
                    co_await connection.execute(statement, key, std::string_view(value_));
                sum_ += page.size();
            } else {
                const auto page = co_await connection.execute(statement, key);
                for (const auto& [read, value] : page.rows<std::int64_t, std::string_view>())
                    sum_ += static_cast<std::uint64_t>(read) + value.size();
            }
            if (latency)
                latencies_.push_back(static_cast<std::uint32_t>(
                    std::chrono::nanoseconds(clock_type::now() - begin).count()));
        }
    }

    asio::awaitable<void> pages(cocql::connection& connection,
                                const cocql::prepared_statement& statement) {
        while (left_ != 0) {
            auto pager = connection.pages(statement);
            for (;;) {
                const auto page = co_await pager.next();
                if (!page || left_ == 0)
                    break;
                --left_;
                for (const auto& [key, value] : page->rows<std::int64_t, std::string_view>())
                    sum_ += static_cast<std::uint64_t>(key) + value.size();
            }
        }
    }

    double percentile(double which) {
        if (latencies_.empty())
            return 0;
        const auto at =
            static_cast<std::size_t>(which * static_cast<double>(latencies_.size() - 1));
        std::nth_element(latencies_.begin(), latencies_.begin() + static_cast<std::ptrdiff_t>(at),
                         latencies_.end());
        return latencies_[at] / 1e3;
    }

    void print() {
        const auto count = static_cast<double>(requests);
        const auto wall = std::chrono::duration<double>(elapsed_).count();
        std::printf("{\"requests\": %llu, \"seconds\": %.6f, \"requests_per_second\": %.1f, "
                    "\"user_us\": %.4f, \"system_us\": %.4f, \"cpu_us\": %.4f, "
                    "\"p50_us\": %.2f, \"p99_us\": %.2f, \"p999_us\": %.2f, \"peak_rss_kib\": %ld, "
                    "\"allocations\": %.4f, \"allocated_bytes\": %.1f, \"sum\": %llu}\n",
                    static_cast<unsigned long long>(requests), wall, count / wall,
                    user_ / count * 1e6, system_ / count * 1e6, (user_ + system_) / count * 1e6,
                    percentile(0.5), percentile(0.99), percentile(0.999), peak_,
                    static_cast<double>(allocations_) / count, static_cast<double>(bytes_) / count,
                    static_cast<unsigned long long>(sum_));
    }

    std::vector<cocql::connection> open_;
    std::vector<cocql::prepared_statement> prepared_;
    std::string value_;
    std::uint64_t left_ = 0;
    std::size_t running_ = 0;
    std::uint64_t sum_ = 0;
    std::vector<std::uint32_t> latencies_;
    clock_type::duration elapsed_{};
    double user_ = 0;
    double system_ = 0;
    long peak_ = 0;
    std::uint64_t allocations_ = 0;
    std::uint64_t bytes_ = 0;
    std::exception_ptr failure_;
};

int usage() {
    std::fputs("usage: bench_load WORK ADDRESS PORT CONCURRENCY REQUESTS [ca=FILE] [connections=N] "
               "[latency=no]\n",
               stderr);
    return 2;
}

} // namespace

int main(int count, char** words) {
    if (count < 6)
        return usage();
    load it;
    it.work = words[1];
    it.address = words[2];
    it.port = static_cast<std::uint16_t>(std::atoi(words[3]));
    it.concurrency = static_cast<std::size_t>(std::atoll(words[4]));
    it.requests = static_cast<std::uint64_t>(std::atoll(words[5]));
    for (int i = 6; i < count; ++i) {
        const std::string_view word(words[i]);
        if (word.starts_with("ca="))
            it.authority = word.substr(3);
        else if (word.starts_with("connections="))
            it.connections = static_cast<std::size_t>(std::atoll(words[i] + 12));
        else if (word == "latency=no")
            it.latency = false;
        else
            return usage();
    }
    if (it.concurrency == 0 || it.requests == 0 || it.connections == 0)
        return usage();
    try {
        return it.run();
    } catch (const std::exception& thrown) {
        std::cerr << "bench_load: " << thrown.what() << "\n";
        return 1;
    }
}
