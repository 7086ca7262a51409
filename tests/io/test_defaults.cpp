#include "io/streams.hpp"

#include <boost/asio/buffer.hpp>
#include <openssl/ssl.h>

#include <array>
#include <cstdlib>
#include <string>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using io::tls_context;

namespace {

asio::awaitable<void> shake(io::tls_stream& stream) {
    auto shaken = co_await stream.handshake();
    CHECK(!shaken.has_value());
}

/// The first flight of a client, which is not encrypted and contains the name that it asks for.
std::string client_hello(const tls_options& options, const std::string& host) {
    asio::io_context context(1);
    asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    asio::ip::tcp::socket socket(context);
    socket.connect(acceptor.local_endpoint());
    auto peer = acceptor.accept();
    const auto prepared = io::tls_client_settings::prepare(options, host);
    REQUIRE(prepared.has_value());
    auto made = io::tls_stream::client(std::move(socket), *prepared);
    auto stream = std::move(made.value());
    start(context, shake(*stream));
    context.poll();
    std::array<char, 4096> room{};
    const auto count = peer.read_some(asio::buffer(room));
    peer.close();
    context.restart();
    context.run();
    return std::string(room.data(), count);
}

bool asks_for(const tls_options& options, const std::string& host, const std::string& name) {
    return client_hello(options, host).find(name) != std::string::npos;
}

/// Sets an environment variable for one scope.
class environment {
  public:
    environment(const char* name, const std::string& content) : name_(name) {
        setenv(name, content.c_str(), 1);
    }
    ~environment() { unsetenv(name_); }
    environment(const environment&) = delete;
    environment& operator=(const environment&) = delete;

  private:
    const char* name_;
};

asio::awaitable<void> shake_as_default(asio::io_context& context, bool& accepted) {
    pair_of_streams pair;
    auto settings = server_of("node", tls_version::v1_3);
    co_await connect(context, settings, tls_options(), "localhost", pair);
    accepted = pair.client_shaken.has_value();
    if (!accepted)
        CHECK(pair.client_shaken.error().is(errc::certificate_rejected));
}

} // namespace

TEST_CASE("H14 H15 the name to verify is sent as SNI, H16 H17 and an IP literal or none is not") {
    tls_options named;
    named.server_hostname("db.cocql.test");
    CHECK(asks_for(named, "127.0.0.1", "db.cocql.test"));
    CHECK(asks_for({}, "own.cocql.test", "own.cocql.test"));
    CHECK(asks_for({}, "own.cocql.test.", "own.cocql.test"));
    CHECK(!asks_for({}, "own.cocql.test.", "own.cocql.test."));
    CHECK(!asks_for({}, "127.0.0.1", "127.0.0.1"));
    tls_options unchecked;
    unchecked.verify(tls_verify::ca);
    CHECK(!asks_for(unchecked, "own.cocql.test", "own.cocql.test"));
    tls_options literal;
    literal.server_hostname("192.0.2.7");
    CHECK(!asks_for(literal, "own.cocql.test", "192.0.2.7"));
    CHECK(!asks_for(literal, "own.cocql.test", "own.cocql.test"));
}

TEST_CASE("H18 defaults: verification on, TLS 1.2 or newer, no renegotiation, no compression") {
    const auto context = tls_context::for_client({});
    REQUIRE(context.has_value());
    SSL_CTX* const native = context->native();
    CHECK(SSL_CTX_get_verify_mode(native) == SSL_VERIFY_PEER);
    CHECK(SSL_CTX_get_min_proto_version(native) == TLS1_2_VERSION);
    CHECK((SSL_CTX_get_options(native) & SSL_OP_NO_RENEGOTIATION) != 0);
    CHECK((SSL_CTX_get_options(native) & SSL_OP_NO_COMPRESSION) != 0);
    CHECK((SSL_CTX_get_options(native) & SSL_OP_IGNORE_UNEXPECTED_EOF) == 0);
}

TEST_CASE("H18 without a CA file the system's authorities decide") {
    bool accepted = true;
    {
        // Where OpenSSL looks for the system's authorities.
        const environment none("SSL_CERT_FILE", certificate("wrong_ca.pem"));
        const environment nowhere("SSL_CERT_DIR", "/nowhere");
        asio::io_context context(1);
        run(context, shake_as_default(context, accepted));
        CHECK(!accepted);
    }
    const environment ours("SSL_CERT_FILE", certificate("ca.pem"));
    asio::io_context context(1);
    run(context, shake_as_default(context, accepted));
    CHECK(accepted);
}
