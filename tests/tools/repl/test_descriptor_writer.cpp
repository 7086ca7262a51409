#include "descriptor_writer.hpp"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <future>
#include <pthread.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

using namespace cocqlsh;

namespace {

/// Two ends of something that output can go through.
class passage {
  public:
    enum class kind { pipe, socket };

    explicit passage(kind which) {
        if (which == kind::pipe)
            REQUIRE(::pipe(ends.data()) == 0);
        else
            REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    }
    ~passage() {
        ::close(ends[0]);
        close_writing();
    }
    void close_writing() {
        if (ends[1] >= 0)
            ::close(std::exchange(ends[1], -1));
    }
    int writing() const { return ends[1]; }
    std::string read_all() const {
        std::string all;
        std::array<char, 3000> block;
        while (true) {
            const auto count = ::read(ends[0], block.data(), block.size());
            if (count <= 0)
                return all;
            all.append(block.data(), static_cast<std::size_t>(count));
        }
    }

  private:
    std::array<int, 2> ends{-1, -1}; ///< to read, to write
};

std::string much_text() {
    std::string text;
    for (int i = 0; i < 200'000; ++i)
        text += std::to_string(i) + '\n';
    return text;
}

} // namespace

TEST_CASE("nothing is lost on a descriptor that others have made non-blocking, and it stays so") {
    for (const auto which : {passage::kind::pipe, passage::kind::socket}) {
        for (const int mode : {0, O_NONBLOCK}) {
            passage way(which);
            const int flags = ::fcntl(way.writing(), F_GETFL) | mode;
            REQUIRE(::fcntl(way.writing(), F_SETFL, flags) == 0);
            auto read = std::async(std::launch::async, [&] { return way.read_all(); });
            {
                descriptor_writer writer(way.writing(), nullptr);
                const auto text = much_text();
                for (std::size_t at = 0; at < text.size(); at += 77)
                    writer.write(std::string_view(text).substr(at, 77));
                writer.flush();
                CHECK(!writer.take_failure());
                CHECK(!writer.take_cut());
            }
            CHECK(::fcntl(way.writing(), F_GETFL) == flags);
            way.close_writing();
            CHECK(read.get() == much_text());
        }
    }
}

TEST_CASE("an interruption ends what nobody takes, and what fits is still written") {
    boost::asio::io_context context;
    interruption stop(context.get_executor());
    const auto thread = ::pthread_self();
    for (const auto which : {passage::kind::pipe, passage::kind::socket}) {
        passage way(which);
        stop.forget();
        descriptor_writer writer(way.writing(), &stop);
        // Before it waits or while it does: nobody empties the way.
        auto sent = std::async(std::launch::async, [&] { ::pthread_kill(thread, SIGINT); });
        writer.write(much_text());
        writer.flush();
        sent.get();
        CHECK(stop.has_come());
        CHECK(writer.take_cut());
        CHECK(!writer.take_cut());
        CHECK(!writer.take_failure());
        way.close_writing();
        const auto got = way.read_all();
        CHECK(got == much_text().substr(0, got.size()));
    }
}
