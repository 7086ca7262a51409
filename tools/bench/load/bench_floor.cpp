// The floor: what a client costs that does nothing but move frames. Requests are made before,
// answers are counted by their headers. Prints one line of JSON.
//
//   bench_floor point|pages ADDRESS PORT CONCURRENCY REQUESTS [tls]

#include "memory.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
using bytes = std::vector<unsigned char>;

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "bench_floor: %s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

/// A non-blocking socket, plain or TLS, that is waited for with epoll.
class socket_link {
  public:
    socket_link(const char* address, int port, bool tls) {
        descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_port = htons(static_cast<std::uint16_t>(port));
        ::inet_pton(AF_INET, address, &where.sin_addr);
        if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0)
            fail("cannot connect");
        const int on = 1;
        ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (tls) {
            // Whose certificate it is does not matter to what moving bytes costs.
            context_ = SSL_CTX_new(TLS_client_method());
            ssl_ = SSL_new(context_);
            SSL_set_fd(ssl_, descriptor_);
            SSL_set_mode(ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
            if (SSL_connect(ssl_) != 1)
                fail("no TLS handshake");
        }
        ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
        epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
        epoll_event event{};
        event.events = EPOLLIN;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor_, &event);
    }
    ~socket_link() {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
        ::close(epoll_);
        ::close(descriptor_);
    }
    socket_link(const socket_link&) = delete;
    socket_link& operator=(const socket_link&) = delete;

    /// What there is, after waiting for it.
    std::size_t read(unsigned char* room, std::size_t size) {
        for (;;) {
            if (ssl_ != nullptr) {
                const auto got = SSL_read(ssl_, room, static_cast<int>(size));
                if (got > 0)
                    return static_cast<std::size_t>(got);
                if (SSL_get_error(ssl_, got) != SSL_ERROR_WANT_READ)
                    fail("the node is gone");
            } else {
                const auto got = ::recv(descriptor_, room, size, 0);
                if (got > 0)
                    return static_cast<std::size_t>(got);
                if (got == 0 || errno != EAGAIN)
                    fail("the node is gone");
            }
            epoll_event event;
            ::epoll_wait(epoll_, &event, 1, -1);
        }
    }

    void write(const unsigned char* data, std::size_t size) {
        while (size != 0) {
            std::size_t taken = 0;
            if (ssl_ != nullptr) {
                const auto sent =
                    SSL_write(ssl_, data, static_cast<int>(std::min<std::size_t>(size, 16'384)));
                if (sent > 0)
                    taken = static_cast<std::size_t>(sent);
            } else {
                const auto sent = ::send(descriptor_, data, size, MSG_NOSIGNAL);
                if (sent > 0)
                    taken = static_cast<std::size_t>(sent);
                else if (errno != EAGAIN)
                    fail("cannot send");
            }
            if (taken == 0) {
                pollfd one{descriptor_, POLLOUT, 0};
                ::poll(&one, 1, -1);
            }
            data += taken;
            size -= taken;
        }
    }

  private:
    int descriptor_ = -1;
    int epoll_ = -1;
    SSL_CTX* context_ = nullptr;
    SSL* ssl_ = nullptr;
};

void put(bytes& out, std::string_view text) {
    out.insert(out.end(), text.begin(), text.end());
}
void put(bytes& out, std::uint64_t number, int size) {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
        out.push_back(static_cast<unsigned char>(number >> shift));
}

bytes frame(int opcode, std::uint16_t stream, const bytes& body) {
    bytes out{4, 0, static_cast<unsigned char>(stream >> 8),
              static_cast<unsigned char>(stream & 255), static_cast<unsigned char>(opcode)};
    put(out, body.size(), 4);
    out.insert(out.end(), body.begin(), body.end());
    return out;
}

/// Reads whole frames and tells how many came; keeps the beginning of the next.
class frames {
  public:
    explicit frames(socket_link& from) : from_(from), buffer_(1u << 20) {}

    std::size_t read() {
        if (size_ == buffer_.size())
            buffer_.resize(2 * buffer_.size());
        const auto got = from_.read(buffer_.data() + size_, buffer_.size() - size_);
        size_ += got;
        bytes_ += got;
        std::size_t count = 0;
        std::size_t at = 0;
        while (size_ - at >= 9) {
            const auto* header = buffer_.data() + at;
            const std::size_t length = (std::size_t{header[5]} << 24) |
                                       (std::size_t{header[6]} << 16) |
                                       (std::size_t{header[7]} << 8) | header[8];
            if (size_ - at < 9 + length)
                break;
            last_.assign(header, header + 9 + std::min<std::size_t>(length, 64));
            at += 9 + length;
            ++count;
        }
        size_ -= at;
        std::memmove(buffer_.data(), buffer_.data() + at, size_);
        return count;
    }
    std::uint64_t bytes_read() const { return bytes_; }
    const bytes& last() const { return last_; }

  private:
    socket_link& from_;
    bytes buffer_;
    std::size_t size_ = 0;
    std::uint64_t bytes_ = 0;
    bytes last_;
};

bytes ask(socket_link& node, frames& answers, int opcode, const bytes& body) {
    const auto request = frame(opcode, 0, body);
    node.write(request.data(), request.size());
    while (answers.read() == 0) {
    }
    return answers.last();
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

} // namespace

int main(int count, char** words) {
    if (count != 6 && count != 7) {
        std::fputs("usage: bench_floor point|pages ADDRESS PORT CONCURRENCY REQUESTS [tls]\n",
                   stderr);
        return 2;
    }
    const bool pages = std::string_view(words[1]) == "pages";
    const auto concurrency =
        pages ? std::size_t{1} : static_cast<std::size_t>(std::atoll(words[4]));
    const auto requests = static_cast<std::uint64_t>(std::atoll(words[5]));
    socket_link node(words[2], std::atoi(words[3]), count == 7);
    frames answers(node);
    bytes body;
    put(body, 1, 2);
    put(body, 11, 2);
    put(body, "CQL_VERSION");
    put(body, 5, 2);
    put(body, "3.0.0");
    ask(node, answers, 1, body);
    const std::string_view cql = pages ? "SELECT key, value FROM bench.pages"
                                       : "SELECT key, value FROM bench.point WHERE key = ?";
    body.clear();
    put(body, cql.size(), 4);
    put(body, cql);
    const auto prepared = ask(node, answers, 9, body);
    // kind, then the id
    const bytes id(prepared.begin() + 9 + 4 + 2, prepared.begin() + 9 + 4 + 2 + 16);
    body.clear();
    put(body, 16, 2);
    body.insert(body.end(), id.begin(), id.end());
    put(body, 10, 2); // LOCAL_ONE
    if (pages) {
        put(body, 0x04, 1);
        put(body, 5'000, 4);
    } else {
        put(body, 0x01 | 0x04, 1);
        put(body, 1, 2);
        put(body, 8, 4);
        put(body, 7, 8);
        put(body, 5'000, 4);
    }
    bytes prebuilt;
    for (std::size_t stream = 0; stream < concurrency; ++stream) {
        const auto one = frame(10, static_cast<std::uint16_t>(stream), body);
        prebuilt.insert(prebuilt.end(), one.begin(), one.end());
    }
    const auto size = prebuilt.size() / concurrency;
    std::vector<std::uint32_t> latencies;
    if (concurrency == 1)
        latencies.reserve(requests);
    const auto ask_all = [&](std::uint64_t all) {
        auto sent_at = clock_type::now();
        std::uint64_t sent = std::min<std::uint64_t>(concurrency, all);
        node.write(prebuilt.data(), static_cast<std::size_t>(sent) * size);
        for (std::uint64_t done = 0; done < all;) {
            const auto came = answers.read();
            if (came == 0)
                continue;
            done += came;
            if (concurrency == 1) {
                const auto now = clock_type::now();
                latencies.push_back(
                    static_cast<std::uint32_t>(std::chrono::nanoseconds(now - sent_at).count()));
                sent_at = now;
            }
            const auto next = std::min<std::uint64_t>(came, all - sent);
            node.write(prebuilt.data(), static_cast<std::size_t>(next) * size);
            sent += next;
        }
    };
    ask_all(2'000 + concurrency); // to warm up, as the other clients do
    latencies.clear();
    rusage before{};
    getrusage(RUSAGE_SELF, &before);
    const auto bytes_before = answers.bytes_read();
    const auto begin = clock_type::now();
    ask_all(requests);
    const auto wall = std::chrono::duration<double>(clock_type::now() - begin).count();
    rusage after{};
    getrusage(RUSAGE_SELF, &after);
    const auto each = static_cast<double>(requests);
    const auto user = seconds(after.ru_utime) - seconds(before.ru_utime);
    const auto system = seconds(after.ru_stime) - seconds(before.ru_stime);
    std::sort(latencies.begin(), latencies.end());
    const auto percentile = [&](double which) {
        return latencies.empty() ? 0.0
                                 : latencies[static_cast<std::size_t>(
                                       which * static_cast<double>(latencies.size() - 1))] /
                                       1e3;
    };
    std::printf("{\"requests\": %llu, \"seconds\": %.6f, \"requests_per_second\": %.1f, "
                "\"user_us\": %.4f, \"system_us\": %.4f, \"cpu_us\": %.4f, \"p50_us\": %.2f, "
                "\"p99_us\": %.2f, \"p999_us\": %.2f, \"peak_rss_kib\": %ld, \"bytes\": %llu}\n",
                static_cast<unsigned long long>(requests), wall, each / wall, user / each * 1e6,
                system / each * 1e6, (user + system) / each * 1e6, percentile(0.5),
                percentile(0.99), percentile(0.999), cocql::bench::peak_memory(),
                static_cast<unsigned long long>(answers.bytes_read() - bytes_before));
}
