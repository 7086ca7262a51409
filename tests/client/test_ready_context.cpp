#include "node.hpp"

#include <boost/asio/ssl/context.hpp>
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;

namespace {

using ready_context = std::shared_ptr<asio::ssl::context>;

/// A setting that a program may have made for reasons of its own.
class setting {
  public:
    setting(std::string name, std::function<void(SSL_CTX*)> apply)
        : name(std::move(name)), apply(std::move(apply)) {}
    std::string name;
    std::function<void(SSL_CTX*)> apply;
};

ready_context trusting_context() {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    context->load_verify_file(certificate("ca.pem"));
    return context;
}

connection_options with(ready_context context) {
    connection_options options;
    options.tls(tls_options().context(std::move(context)));
    return options;
}

asio::awaitable<void> ask(connection connection, std::size_t size, int& answered) {
    const std::string text(size, 'x');
    auto page = co_await connection.query(text);
    CHECK(text_of(page) == text);
    ++answered;
}

asio::awaitable<void> converse(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    int answered = 0;
    // Short ones, several records, and more than the socket takes at once; and then all together.
    const std::vector<std::size_t> sizes{1, 100, 20'000, 400'000, 3};
    for (const auto size : sizes)
        co_await ask(connection, size, answered);
    const auto executor = co_await asio::this_coro::executor;
    for (int i = 0; i < 5; ++i)
        for (const auto size : sizes)
            asio::co_spawn(executor, ask(connection, size, answered), rethrow);
    co_await until([&] { return answered == 30; });
    co_await connection.close();
}

void converses(const setting& setting) {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3})
        for (const bool restless : {false, true}) {
            INFO(setting.name << ", " << name_of(how) << ", restless " << restless);
            auto context = trusting_context();
            setting.apply(context->native_handle());
            auto options = echo();
            options.restless_tls = restless;
            scene s(how, options);
            s.run(converse(s.node.where(), with(context)));
            CHECK(s.node.statements().size() == 30);
        }
}

} // namespace

TEST_CASE("A ready context with read-ahead, without automatic retries, or any other way of reading "
          "and writing opens and converses") {
    const std::vector<setting> settings{
        {"none", [](SSL_CTX*) {}},
        {"read-ahead", [](SSL_CTX* context) { SSL_CTX_set_read_ahead(context, 1); }},
        {"no automatic retry",
         [](SSL_CTX* context) { SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY); }},
        {"read-ahead without automatic retry",
         [](SSL_CTX* context) {
             SSL_CTX_set_read_ahead(context, 1);
             SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
         }},
        {"read-ahead into a large buffer",
         [](SSL_CTX* context) {
             SSL_CTX_set_read_ahead(context, 1);
             SSL_CTX_set_default_read_buffer_len(context, 256 * 1024);
         }},
        {"a large buffer",
         [](SSL_CTX* context) { SSL_CTX_set_default_read_buffer_len(context, 256 * 1024); }},
        {"released buffers",
         [](SSL_CTX* context) { SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS); }},
        {"partial writes",
         [](SSL_CTX* context) { SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE); }},
        {"asynchronous mode", [](SSL_CTX* context) { SSL_CTX_set_mode(context, SSL_MODE_ASYNC); }},
        {"pipelines",
         [](SSL_CTX* context) {
             SSL_CTX_set_max_pipelines(context, 4);
             SSL_CTX_set_split_send_fragment(context, 1024);
         }},
        {"short records", [](SSL_CTX* context) { SSL_CTX_set_max_send_fragment(context, 512); }},
        {"short records wanted of the server",
         [](SSL_CTX* context) {
             SSL_CTX_set_tlsext_max_fragment_length(context, TLSEXT_max_fragment_length_512);
         }},
        {"padded records", [](SSL_CTX* context) { SSL_CTX_set_block_padding(context, 4096); }},
        {"no cache of sessions",
         [](SSL_CTX* context) { SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); }},
        {"no tickets", [](SSL_CTX* context) { SSL_CTX_set_options(context, SSL_OP_NO_TICKET); }},
        {"authentication after the handshake",
         [](SSL_CTX* context) { SSL_CTX_set_post_handshake_auth(context, 1); }},
        {"kernel TLS", [](SSL_CTX* context) { SSL_CTX_set_options(context, SSL_OP_ENABLE_KTLS); }},
        {"a missing goodbye is no error",
         [](SSL_CTX* context) { SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF); }},
        {"cleansed plaintext",
         [](SSL_CTX* context) { SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT); }},
        {"renegotiation",
         [](SSL_CTX* context) { SSL_CTX_clear_options(context, SSL_OP_NO_RENEGOTIATION); }},
        {"quiet shutdown", [](SSL_CTX* context) { SSL_CTX_set_quiet_shutdown(context, 1); }},
    };
    for (const auto& each : settings)
        converses(each);
}

namespace {

/// How often a context's callbacks were called.
struct calls {
    int informed = 0;
    int messages = 0;
    int keys = 0;
    int sessions = 0;
    int verified = 0;
};
calls called;

ready_context with_callbacks() {
    auto context = trusting_context();
    auto* const native = context->native_handle();
    SSL_CTX_set_info_callback(native, [](const SSL*, int, int) { ++called.informed; });
    SSL_CTX_set_msg_callback(
        native, [](int, int, int, const void*, std::size_t, SSL*, void*) { ++called.messages; });
    SSL_CTX_set_keylog_callback(native, [](const SSL*, const char*) { ++called.keys; });
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(native, [](SSL*, SSL_SESSION*) {
        ++called.sessions;
        return 0;
    });
    context->set_verify_callback([](bool accepted, asio::ssl::verify_context&) {
        ++called.verified;
        return accepted;
    });
    return context;
}

asio::awaitable<void> ask_who(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    auto page = co_await connection.query("who am I");
    CHECK(text_of(page) == "who am I");
    co_await connection.close();
}

testing::node_options demanding_one(speech how) {
    auto options = node_of(how, echo());
    options.tls->client_ca_file = certificate("ca.pem");
    options.tls->client_certificate_required = true;
    return options;
}

int give_certificate(SSL* ssl, void*) {
    SSL_use_certificate_file(ssl, certificate("client.pem").c_str(), SSL_FILETYPE_PEM);
    SSL_use_PrivateKey_file(ssl, certificate("client.key").c_str(), SSL_FILETYPE_PEM);
    return 1;
}

} // namespace

TEST_CASE("The callbacks of a ready context are called, during the handshake and after it") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        INFO(name_of(how));
        called = {};
        const auto context = with_callbacks();
        scene s(how, echo());
        s.run(ask_who(s.node.where(), with(context)));
        CHECK(called.informed > 5);
        CHECK(called.messages > 10);
        CHECK(called.keys > 0);
        CHECK(called.sessions > 0);
        CHECK(called.verified > 0);
    }
}

TEST_CASE("E10 the client certificate of a ready context, or of a callback of its, is sent; the "
          "error names one that is missing") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3})
        for (const bool by_callback : {false, true}) {
            INFO(name_of(how) << ", by callback " << by_callback);
            auto context = trusting_context();
            if (by_callback) {
                SSL_CTX_set_cert_cb(context->native_handle(), &give_certificate, nullptr);
            } else {
                context->use_certificate_chain_file(certificate("client.pem"));
                context->use_private_key_file(certificate("client.key"), asio::ssl::context::pem);
            }
            {
                scene s(speech::plain, demanding_one(how));
                s.run(ask_who(s.node.where(), with(context)));
                CHECK(s.node.client_subjects() ==
                      std::vector<std::string>{"/CN=cocql test client"});
            }
            scene s(speech::plain, demanding_one(how));
            failed_opening outcome;
            s.run(fail_to_open(s.node.where(), with(trusting_context()), outcome));
            CHECK(outcome.failure.is(errc::client_certificate_required));
        }
}

TEST_CASE("H16 H18 what a ready context verifies is what the options say, unless a callback of its "
          "own decides") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        INFO(name_of(how));
        const auto options_of = [](ready_context context, tls_verify what) {
            connection_options options;
            options.tls(tls_options().context(std::move(context)).verify(what));
            return options;
        };
        const auto unlike = node_of(how, echo());
        auto misnamed = unlike;
        misnamed.tls->certificate_file = certificate("wrong_name.pem");
        misnamed.tls->key_file = certificate("wrong_name.key");
        auto context = trusting_context();
        context->set_verify_mode(asio::ssl::verify_none);
        {
            scene s(speech::plain, misnamed);
            failed_opening outcome;
            s.run(fail_to_open(s.node.where(), options_of(context, tls_verify::full), outcome));
            CHECK(outcome.failure.is(errc::certificate_rejected));
        }
        {
            scene s(speech::plain, misnamed);
            s.run(ask_who(s.node.where(), options_of(context, tls_verify::ca)));
        }
        context->set_verify_callback([](bool, asio::ssl::verify_context&) { return false; });
        {
            scene s(speech::plain, unlike);
            failed_opening outcome;
            s.run(fail_to_open(s.node.where(), options_of(context, tls_verify::full), outcome));
            CHECK(outcome.failure.is(errc::certificate_rejected));
        }
        context->set_verify_callback([](bool, asio::ssl::verify_context&) { return true; });
        scene s(speech::plain, misnamed);
        s.run(ask_who(s.node.where(), options_of(context, tls_verify::full)));
    }
}

TEST_CASE(
    "H18 X23 a verification callback that throws is why the connection is not opened, and says "
    "what it has thrown") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3})
        for (const bool known : {true, false}) {
            INFO(name_of(how));
            auto context = trusting_context();
            int asked = 0;
            context->set_verify_callback([&](bool, asio::ssl::verify_context&) -> bool {
                ++asked;
                if (known)
                    throw std::runtime_error("the list of pins cannot be read");
                throw 1;
            });
            scene s(how, echo());
            failed_opening outcome;
            s.run(fail_to_open(s.node.where(), with(context), outcome));
            CHECK(asked == 1);
            CHECK(outcome.failure.is(errc::certificate_rejected));
            const std::string what = outcome.failure.what();
            CHECK_MESSAGE(what.find("callback threw") != what.npos, what);
            CHECK_MESSAGE((what.find("the list of pins cannot be read") != what.npos) == known,
                          what);
            CHECK(outcome.failure.phase() == phase::tls_handshake);
        }
}

TEST_CASE("X24 with quiet shutdown closing says no goodbye and waits for none; without it the node "
          "hears one") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3})
        for (const bool quiet : {false, true}) {
            INFO(name_of(how) << ", quiet " << quiet);
            auto context = trusting_context();
            SSL_CTX_set_quiet_shutdown(context->native_handle(), quiet ? 1 : 0);
            scene s(how, echo());
            s.run(ask_who(s.node.where(), with(context)));
            REQUIRE(s.node.endings().size() == 1);
            const bool heard = s.node.endings().front() == "end";
            CHECK_MESSAGE(heard != quiet, s.node.endings().front());
        }
}
