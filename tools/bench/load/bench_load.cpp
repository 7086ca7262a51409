// The load that is measured, through the public API of cocql. Prints one line of JSON.
//
//   bench_load WORK ADDRESS PORT CONCURRENCY REQUESTS [ca=FILE] [connections=N] [threads=N]
//              [latency=no]
//
// bench_session_load is made of the same source: it sends through a session, with so many
// connections to the node, or, where nodes have shards, to each shard. Two programs, and not one
// that can do both: g++ puts in line what one of two would have to call.
//
// WORK: point, insert, value_10k, value_1m, write_16k, write_1m, write_64m, pages (REQUESTS are
// then pages of 5,000 rows). Each thread has its own io_context, its own connections and its own
// share of the requests; of sessions the threads' are siblings.
//
//   bench_load idle ADDRESS PORT CONNECTIONS SECONDS [ca=FILE]
//
// opens so many connections, sends nothing for so long, and tells what they cost.

#include "memory.hpp"

#include <cocql/cocql.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/crypto.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <future>
#include <iostream>
#include <map>
#include <new>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <thread>
#include <vector>

namespace {

thread_local std::uint64_t allocations = 0;
thread_local std::uint64_t allocated_bytes = 0;
thread_local std::uint64_t openssl_allocations = 0;

} // namespace

// Counts what each thread allocates while the load runs, whoever asks: operator new, or Asio, which
// takes coroutine frames by aligned_alloc. Beneath are glibc's own names of these. What OpenSSL
// takes for itself is counted apart.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

static void count_allocation(std::size_t size) {
    ++allocations;
    allocated_bytes += size;
}
void* malloc(std::size_t size) noexcept {
    count_allocation(size);
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
    count_allocation(count * size);
    return __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) noexcept {
    count_allocation(size);
    return __libc_realloc(block, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    count_allocation(size);
    return __libc_memalign(alignment, size);
}
}

namespace {

namespace asio = boost::asio;
using clock_type = std::chrono::steady_clock;

#ifdef COCQL_BENCH_SESSION
using target_type = cocql::session;
#else
using target_type = cocql::connection;
#endif

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// What was asked for on the command line.
struct task {
    std::string work;
    std::string address;
    std::uint16_t port = 0;
    std::size_t concurrency = 1;
    std::uint64_t requests = 0;
    std::size_t connections = 1;
    std::size_t threads = 1;
    std::string authority;
    bool latency = true;

    cocql::connection_options options() const {
        cocql::connection_options options;
        options.version(cocql::protocol_version::v4, true);
        options.connect_timeout(std::chrono::minutes(1)); // also where instructions are counted
        if (!authority.empty())
            options.tls(cocql::tls_options().ca_file(authority));
        return options;
    }
};

/// What the threads have to do with each other. The first opens the session that the others make
/// siblings of, and its io_context is to run while they do; it may not be closed before they are.
class company {
  public:
    explicit company(std::size_t threads)
        : ready(static_cast<std::ptrdiff_t>(threads)), others_(threads - 1) {}

    /// The measurement begins when all threads are there.
    std::barrier<> ready;
    std::promise<target_type> first;
    std::shared_future<target_type> the_first = first.get_future().share();
    std::atomic<std::size_t> opened = 0;
    std::atomic<std::size_t> over = 0;

    /// Until all others have come to that, while the io_context runs.
    asio::awaitable<void> await_others(const std::atomic<std::size_t>& there) const {
        asio::steady_timer pause(co_await asio::this_coro::executor);
        while (there < others_) {
            pause.expires_after(std::chrono::milliseconds(1));
            co_await pause.async_wait(asio::use_awaitable);
        }
    }

  private:
    std::size_t others_;
};

/// What one thread does.
class load : task {
  public:
    load(const task& what, company& others, bool is_first)
        : task(what), others_(others), is_first_(is_first) {}

    void run() {
        asio::io_context context(1);
        asio::co_spawn(context, all(context), [this](std::exception_ptr thrown) { keep(thrown); });
        context.run();
        if (!failure_)
            return;
        if (is_first_ && !is_given_)
            others_.first.set_exception(failure_);
        others_.opened = others_.over = std::size_t{threads};
        others_.ready.arrive_and_drop();
    }
    void check() const {
        if (failure_)
            std::rethrow_exception(failure_);
    }
    /// Adds what another thread did at the same time.
    void add(const load& other) {
        requests += other.requests;
        elapsed_ = std::max(elapsed_, other.elapsed_);
        allocations_ += other.allocations_;
        bytes_ += other.bytes_;
        openssl_allocations_ += other.openssl_allocations_;
        user_ += other.user_;
        system_ += other.system_;
        sum_ += other.sum_;
        latencies_.insert(latencies_.end(), other.latencies_.begin(), other.latencies_.end());
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
        co_await open();
        value_.assign(value_size(), 'v');
        // Of the longest values few are asked for, and few are enough.
        const auto warm_up = std::min<std::uint64_t>(2'000, requests) + concurrency;
        co_await many(context, warm_up);
        latencies_.clear();
        if (latency)
            latencies_.reserve(requests / (untimed_ + 1) + 1);
        const auto allocations_before = allocations;
        const auto bytes_before = allocated_bytes;
        const auto openssl_before = openssl_allocations;
        if (is_first_)
            co_await others_.await_others(others_.opened);
        else
            ++others_.opened;
        others_.ready.arrive_and_wait();
        rusage before{};
        getrusage(RUSAGE_THREAD, &before);
        const auto begin = clock_type::now();
        co_await many(context, requests);
        elapsed_ = clock_type::now() - begin;
        rusage after{};
        getrusage(RUSAGE_THREAD, &after);
        allocations_ = allocations - allocations_before;
        bytes_ = allocated_bytes - bytes_before;
        openssl_allocations_ = openssl_allocations - openssl_before;
        user_ = seconds(after.ru_utime) - seconds(before.ru_utime);
        system_ = seconds(after.ru_stime) - seconds(before.ru_stime);
        if (is_first_)
            co_await others_.await_others(others_.over);
        else
            ++others_.over;
        for (auto& each : open_)
            co_await each.close();
    }

    asio::awaitable<void> open() {
        const cocql::endpoint where(address, port);
#ifdef COCQL_BENCH_SESSION
        if (is_first_) {
            cocql::options how(where);
            how.connection(options());
            how.connections_per_shard(static_cast<std::uint32_t>(connections));
            open_.push_back(co_await cocql::connect(how));
            others_.first.set_value(open_.back());
            is_given_ = true;
        } else {
            auto first = others_.the_first.get();
            open_.push_back(co_await first.on(co_await asio::this_coro::executor));
        }
        co_await open_.back().ready();
        prepared_.push_back(co_await open_.back().prepare(statement()));
#else
        for (std::size_t i = 0; i < connections; ++i) {
            open_.push_back(co_await cocql::connection::open(where, options()));
            prepared_.push_back(co_await open_.back().prepare(statement()));
        }
#endif
    }

    /// Runs the workers and waits for them.
    asio::awaitable<void> many(asio::io_context& context, std::uint64_t count) {
        left_ = count;
        const auto workers = work == "pages" ? std::size_t{1} : concurrency;
        running_ = workers;
        asio::steady_timer over(context, asio::steady_timer::time_point::max());
        for (std::size_t i = 0; i < workers; ++i)
            asio::co_spawn(context, worker(i % open_.size()),
                           [this, &over](std::exception_ptr thrown) {
                               keep(thrown);
                               if (--running_ == 0)
                                   over.cancel();
                           });
        boost::system::error_code ignored;
        co_await over.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

    asio::awaitable<void> worker(std::size_t which) {
        auto& target = open_[which];
        const auto& statement = prepared_[which];
        if (work == "pages") {
            co_await pages(target, statement);
            co_return;
        }
        const bool writes = value_size() != 64 || work == "insert";
        auto begin = clock_type::now();
        while (left_ != 0) {
            const auto key = static_cast<std::int64_t>(left_--);
            const bool timed = latency && (left_ & untimed_) == 0;
            // One at a time begin when the one before has ended, as the floor's do.
            if (timed && untimed_ != 0)
                begin = clock_type::now();
            if (writes) {
                const auto page = co_await target.execute(statement, key, std::string_view(value_));
                sum_ += page.size();
            } else {
                const auto page = co_await target.execute(statement, key);
                for (const auto& [read, value] : page.rows<std::int64_t, std::string_view>())
                    sum_ += static_cast<std::uint64_t>(read) + value.size();
            }
            if (timed) {
                const auto end = clock_type::now();
                latencies_.push_back(
                    static_cast<std::uint32_t>(std::chrono::nanoseconds(end - begin).count()));
                begin = end;
            }
        }
    }

    asio::awaitable<void> pages(target_type& target, const cocql::prepared_statement& statement) {
        while (left_ != 0) {
            auto pager = target.pages(statement);
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

  public:
    void print() {
        const auto count = static_cast<double>(requests);
        const auto wall = std::chrono::duration<double>(elapsed_).count();
        std::printf("{\"requests\": %llu, \"seconds\": %.6f, \"requests_per_second\": %.1f, "
                    "\"user_us\": %.4f, \"system_us\": %.4f, \"cpu_us\": %.4f, "
                    "\"p50_us\": %.2f, \"p99_us\": %.2f, \"p999_us\": %.2f, \"peak_rss_kib\": %ld, "
                    "\"allocations\": %.4f, \"allocated_bytes\": %.1f, "
                    "\"openssl_allocations\": %.4f, \"sum\": %llu}\n",
                    static_cast<unsigned long long>(requests), wall, count / wall,
                    user_ / count * 1e6, system_ / count * 1e6, (user_ + system_) / count * 1e6,
                    percentile(0.5), percentile(0.99), percentile(0.999),
                    cocql::bench::peak_memory(), static_cast<double>(allocations_) / count,
                    static_cast<double>(bytes_) / count,
                    static_cast<double>(openssl_allocations_) / count,
                    static_cast<unsigned long long>(sum_));
    }

  private:
    company& others_;
    const bool is_first_;
    bool is_given_ = false; ///< to the others
    std::vector<target_type> open_;
    std::vector<cocql::prepared_statement> prepared_;
    std::string value_;
    std::uint64_t left_ = 0;
    std::size_t running_ = 0;
    std::uint64_t sum_ = 0;
    /// One request of sixteen is timed when many are in flight: to read the clock twice costs a
    /// fifth of such a request. The other clients do the same.
    std::uint64_t untimed_ = concurrency > 1 ? 15 : 0;
    std::vector<std::uint32_t> latencies_;
    clock_type::duration elapsed_{};
    double user_ = 0;
    double system_ = 0;
    std::uint64_t allocations_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t openssl_allocations_ = 0;
    std::exception_ptr failure_;
};

int run_loads(const task& what) {
    auto each = what;
    each.requests = what.requests / what.threads;
    company all(what.threads);
    std::deque<load> loads;
    for (std::size_t i = 0; i < what.threads; ++i)
        loads.emplace_back(each, all, i == 0);
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < what.threads; ++i)
        others.emplace_back([&loads, i] { loads[i].run(); });
    loads.front().run();
    for (auto& other : others)
        other.join();
    for (auto& one : loads) {
        one.check();
        if (&one != &loads.front())
            loads.front().add(one);
    }
    loads.front().print();
    return 0;
}

/// Connections that nobody uses: their memory, and how often they wake the thread.
asio::awaitable<void> be_idle(const task& what) {
    const auto executor = co_await asio::this_coro::executor;
    const auto options = what.options();
    std::vector<cocql::connection> open;
    open.reserve(what.concurrency);
    // The first one makes what all share.
    open.push_back(
        co_await cocql::connection::open(cocql::endpoint(what.address, what.port), options));
    const auto before = cocql::bench::memory("VmRSS:");
    while (open.size() <= what.concurrency)
        open.push_back(
            co_await cocql::connection::open(cocql::endpoint(what.address, what.port), options));
    const auto after = cocql::bench::memory("VmRSS:");
    asio::steady_timer silence(executor, std::chrono::seconds(what.requests));
    rusage at_first{};
    getrusage(RUSAGE_SELF, &at_first);
    co_await silence.async_wait(asio::use_awaitable);
    rusage at_last{};
    getrusage(RUSAGE_SELF, &at_last);
    std::printf("{\"connections\": %zu, \"kib_each\": %.1f, \"seconds\": %llu, "
                "\"wake_ups\": %ld, \"cpu_ms\": %.3f}\n",
                what.concurrency,
                static_cast<double>(after - before) / static_cast<double>(what.concurrency),
                static_cast<unsigned long long>(what.requests),
                at_last.ru_nvcsw - at_first.ru_nvcsw,
                1e3 * (seconds(at_last.ru_utime) - seconds(at_first.ru_utime) +
                       seconds(at_last.ru_stime) - seconds(at_first.ru_stime)));
    for (auto& each : open)
        co_await each.close();
}

int run_idle(const task& what) {
    asio::io_context context(1);
    std::exception_ptr failure;
    asio::co_spawn(context, be_idle(what),
                   [&failure](std::exception_ptr thrown) { failure = thrown; });
    context.run();
    if (failure)
        std::rethrow_exception(failure);
    return 0;
}

int usage() {
    std::fputs("usage: bench_load WORK ADDRESS PORT CONCURRENCY REQUESTS [ca=FILE] [connections=N] "
               "[threads=N] [latency=no]\n"
               "       bench_load idle ADDRESS PORT CONNECTIONS SECONDS [ca=FILE]\n",
               stderr);
    return 2;
}

} // namespace

int main(int count, char** words) {
    CRYPTO_set_mem_functions(
        [](std::size_t size, const char*, int) {
            ++openssl_allocations;
            return __libc_malloc(size);
        },
        [](void* block, std::size_t size, const char*, int) {
            ++openssl_allocations;
            return __libc_realloc(block, size);
        },
        [](void* block, const char*, int) { std::free(block); });
    if (count < 6)
        return usage();
    task what;
    what.work = words[1];
    what.address = words[2];
    what.port = static_cast<std::uint16_t>(std::atoi(words[3]));
    what.concurrency = static_cast<std::size_t>(std::atoll(words[4]));
    what.requests = static_cast<std::uint64_t>(std::atoll(words[5]));
    for (int i = 6; i < count; ++i) {
        const std::string_view word(words[i]);
        if (word.starts_with("ca="))
            what.authority = word.substr(3);
        else if (word.starts_with("connections="))
            what.connections = static_cast<std::size_t>(std::atoll(words[i] + 12));
        else if (word.starts_with("threads="))
            what.threads = static_cast<std::size_t>(std::atoll(words[i] + 8));
        else if (word == "latency=no")
            what.latency = false;
        else
            return usage();
    }
    const bool nothing = what.requests == 0 && what.work != "idle"; // where it is seconds
    if (what.concurrency == 0 || nothing || what.connections == 0 || what.threads == 0)
        return usage();
    try {
        return what.work == "idle" ? run_idle(what) : run_loads(what);
    } catch (const std::exception& thrown) {
        std::cerr << "bench_load: " << thrown.what() << "\n";
        return 1;
    }
}
