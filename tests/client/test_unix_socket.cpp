#include "node.hpp"
#include "socket_folder.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using namespace std::chrono_literals;

namespace {

testing::node_options at(const std::string& path) {
    testing::node_options options;
    options.like = testing::manners::scylla;
    options.address = path;
    return options;
}

asio::awaitable<void> ask_at_unix_socket(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    CHECK(connection.peer().address == where.host());
    CHECK(!connection.peer().tls);
    std::string phases;
    for (const auto& each : connection.times())
        phases += std::string(to_string(each.phase)) + " ";
    CHECK(phases == "resolve tcp_connect options startup ");
    for (int i = 0; i < 100; ++i) {
        auto page = co_await connection.query("SELECT 1");
        CHECK(!page.has_rows());
    }
    // More than a socket takes at once.
    const std::string text(3'000'000, 'x');
    auto large = co_await connection.query("SELECT '" + text + "'");
    CHECK(!large.has_rows());
    co_await connection.close();
}

asio::awaitable<void> tell_when_over(asio::awaitable<void> work, bool& over) {
    co_await std::move(work);
    over = true;
}

asio::awaitable<void> fail_at_unix_socket(endpoint where, connection_options options,
                                          std::vector<error>& why) {
    auto opened = co_await as_result(connection::open(where, options));
    CHECK(!opened.has_value());
    if (!opened)
        why.push_back(opened.error());
}

/// A socket that lets so many wait, none of whom is ever accepted, until accept_one().
class deaf_unix_socket {
  public:
    deaf_unix_socket(const std::string& path, int waiting) : number_(descriptor()) {
        const auto where = address(path);
        REQUIRE(::bind(number_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
        REQUIRE(::listen(number_, waiting) == 0);
        // As many as it lets wait; one more is refused.
        for (;;) {
            others_.push_back(descriptor());
            if (::connect(others_.back(), reinterpret_cast<const sockaddr*>(&where),
                          sizeof where) != 0)
                break;
        }
        CHECK(errno == EAGAIN);
    }
    ~deaf_unix_socket() {
        ::close(number_);
        for (const int each : others_)
            ::close(each);
    }
    deaf_unix_socket(const deaf_unix_socket&) = delete;
    deaf_unix_socket& operator=(const deaf_unix_socket&) = delete;

    /// Of those that wait.
    void accept_one() { others_.push_back(::accept(number_, nullptr, nullptr)); }

  private:
    static int descriptor() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0); }
    static sockaddr_un address(const std::string& path) {
        sockaddr_un made{};
        made.sun_family = AF_UNIX;
        path.copy(made.sun_path, sizeof made.sun_path - 1);
        return made;
    }

    int number_;
    std::vector<int> others_;
};

} // namespace

TEST_CASE("A connection speaks at a UNIX socket as over TCP") {
    const socket_folder folder;
    const auto before = descriptors();
    {
        asio::io_context context(1);
        testing::scripted_node node(context, at(folder.path("cql.m")));
        bool over = false;
        start(context,
              tell_when_over(ask_at_unix_socket(node.where(), connection_options()), over));
        while (!over)
            REQUIRE(context.run_one() != 0);
        node.stop();
        context.restart();
        context.run();
        CHECK(!std::filesystem::exists(folder.path("cql.m")));
    }
    CHECK(descriptors() == before);
}

TEST_CASE("A UNIX socket that cannot be connected to says why, and TLS is not spoken there") {
    const socket_folder folder;
    asio::io_context context(1);
    std::vector<error> why;
    start(context, fail_at_unix_socket(endpoint(folder.path("none")), connection_options(), why));
    context.run();
    REQUIRE(why.size() == 1);
    CHECK(why[0].is(errc::connect_failed));
    CHECK(why[0].system_code() == boost::system::errc::no_such_file_or_directory);
    CHECK(std::string(why[0].what()).find(folder.path("none")) != std::string::npos);
    CHECK(why[0].advice().find("the path") != std::string::npos);

    start(context, fail_at_unix_socket(endpoint(folder.path("none")),
                                       connection_options().tls(tls_options()), why));
    context.restart();
    context.run();
    start(context,
          fail_at_unix_socket(endpoint("/" + std::string(107, 'x')), connection_options(), why));
    context.restart();
    context.run();
    REQUIRE(why.size() == 3);
    INFO(std::string(why[1].what()));
    CHECK(why[1].is(errc::bad_configuration));
    CHECK(std::string(why[1].what()).find("TLS is not spoken") != std::string::npos);
    CHECK(why[2].is(errc::invalid_argument));
}

TEST_CASE("A UNIX socket whose queue is full is waited for, within the time there is") {
    const socket_folder folder;
    const auto path = folder.path("full");
    deaf_unix_socket deaf(path, 1);
    asio::io_context context(1);
    std::vector<error> why;
    start(context,
          fail_at_unix_socket(endpoint(path), connection_options().connect_timeout(50ms), why));
    context.run();
    REQUIRE(why.size() == 1);
    CHECK(why[0].is(errc::timed_out));
    CHECK(why[0].phase() == phase::tcp_connect);

    // With room in it we get in, and then nobody answers.
    start(context,
          fail_at_unix_socket(endpoint(path), connection_options().connect_timeout(500ms), why));
    context.restart();
    context.poll();
    deaf.accept_one();
    deaf.accept_one();
    context.run();
    REQUIRE(why.size() == 2);
    CHECK(why[1].is(errc::timed_out));
    CHECK(why[1].phase() == phase::options);
}
