#include "node.hpp"

#include <boost/asio/ssl/context.hpp>
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace cocql;
using namespace cocql::tests;

namespace {

testing::node_options demanding(speech how) {
    auto options = node_of(how, echo());
    options.tls->client_ca_file = certificate("ca.pem");
    options.tls->client_certificate_required = true;
    return options;
}

connection_options presenting(const std::string& name, const std::string& key,
                              const std::string& password = {}) {
    tls_options tls;
    tls.ca_file(certificate("ca.pem"))
        .certificate_file(certificate(name))
        .key_file(certificate(key))
        .key_password(password);
    connection_options options;
    options.tls(tls);
    return options;
}

std::string password_of_the_key() {
    std::ifstream file(certificate("client_encrypted.password"));
    std::string password;
    std::getline(file, password);
    REQUIRE(!password.empty());
    return password;
}

boost::asio::awaitable<void> open_and_ask(endpoint where, connection_options options) {
    auto connection = co_await connection::open(where, options);
    auto page = co_await connection.query("who am I");
    CHECK(text_of(page) == "who am I");
    co_await connection.close();
}

} // namespace

TEST_CASE("E10 H18 a client with the certificate that is demanded opens, and the node sees whose "
          "it is, TLS 1.2 and 1.3, with a plain and an encrypted key") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        INFO(name_of(how));
        for (const bool encrypted : {false, true}) {
            INFO("encrypted " << encrypted);
            scene s(speech::plain, demanding(how));
            s.run(open_and_ask(
                s.node.where(),
                encrypted ? presenting("client.pem", "client_encrypted.key", password_of_the_key())
                          : presenting("client.pem", "client.key")));
            CHECK(s.node.client_subjects() == std::vector<std::string>{"/CN=cocql test client"});
            CHECK(s.node.statements() == std::vector<std::string>{"who am I"});
        }
    }
}

TEST_CASE("E10 a certificate that is not asked for is not sent") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        INFO(name_of(how));
        scene s(how, echo());
        s.run(open_and_ask(s.node.where(), presenting("client.pem", "client.key")));
        CHECK(s.node.client_subjects() == std::vector<std::string>{""});
    }
}

namespace {

using testing::certificate_refusal;

/// A certificate that the node does not accept, and what we can tell of it.
class unwelcome {
  public:
    unwelcome(std::string name, std::optional<int> alert, std::string sent, std::string advice)
        : name(std::move(name)), alert(alert), sent(std::move(sent)), advice(std::move(advice)) {}
    std::string name;
    std::optional<int> alert; ///< the one that fits; its absence: OpenSSL accepts it
    std::string sent;
    std::string advice;
};

void is_refused(const error& failure, const unwelcome& each, std::optional<int> alert,
                bool said_so) {
    const std::string text = failure.what();
    INFO(text);
    CHECK(failure.is(errc::client_certificate_refused));
    CHECK(failure.tls_alert() == alert);
    CHECK(text.find("the client certificate that was sent (" + each.sent + ")") !=
          std::string::npos);
    CHECK((text.find("the server refused") != std::string::npos) == said_so);
    CHECK((text.find("is likely to have refused") != std::string::npos) != said_so);
    CHECK_MESSAGE(failure.advice().find(each.advice) == 0, failure.advice());
    CHECK(text.find("check that the port speaks TLS") == std::string::npos);
}

} // namespace

TEST_CASE("E10 a client certificate that the node refuses is named, whether by an alert that fits, "
          "by one that does not, or by nothing but the end") {
    const std::string named = "give a client certificate of an authority that the server names: "
                              "CN=cocql test CA";
    const std::vector<unwelcome> all{
        {"wrong_ca_client", 48, "CN=cocql test client, issued by CN=cocql wrong CA", named},
        {"self_signed", 48, "CN=cocql self signed, issued by CN=cocql self signed", named},
        {"expired", 45, "CN=cocql expired, issued by CN=cocql test CA",
         "give a client certificate that is valid: this one's time ended on "},
        {"not_yet_valid", 42, "CN=cocql not yet valid, issued by CN=cocql test CA",
         "give a client certificate that is valid, or set this machine's clock: this one's time "
         "begins on "},
        {"server_only", 43, "CN=cocql server only, issued by CN=cocql test CA",
         "give a certificate that may be used by clients"},
    };
    for (const auto how : {speech::tls_1_2, speech::tls_1_3})
        for (const auto& each : all)
            for (const auto refusal :
                 {certificate_refusal::fitting_alert, certificate_refusal::internal_error,
                  certificate_refusal::without_a_word}) {
                INFO(name_of(how) << ", " << each.name << ", refusal "
                                  << static_cast<int>(refusal));
                auto options = demanding(how);
                options.tls->refuses_by = refusal;
                scene s(speech::plain, options);
                failed_opening outcome;
                s.run(fail_to_open(s.node.where(),
                                   presenting(each.name + ".pem", each.name + ".key"), outcome));
                const bool by_alert = refusal == certificate_refusal::fitting_alert;
                is_refused(outcome.failure, each,
                           by_alert                                         ? each.alert
                           : refusal == certificate_refusal::internal_error ? std::optional(80)
                                                                            : std::nullopt,
                           by_alert);
                CHECK(s.node.client_subjects().empty());
            }
}

TEST_CASE(
    "E10 a client certificate that we find nothing wrong with: the error says where to look") {
    const unwelcome good{"client", std::nullopt, "CN=cocql test client, issued by CN=cocql test CA",
                         "check that the server trusts the authority of the client certificate"};
    for (const auto how : {speech::tls_1_2, speech::tls_1_3})
        for (const auto end : {testing::node_fault::truncate, testing::node_fault::reset,
                               testing::node_fault::goodbye}) {
            INFO(name_of(how) << ", end " << static_cast<int>(end));
            auto options = demanding(how);
            options.fault_after = 0;
            options.fault = end;
            scene s(speech::plain, options);
            failed_opening outcome;
            s.run(fail_to_open(s.node.where(), presenting("client.pem", "client.key"), outcome));
            is_refused(outcome.failure, good, std::nullopt, false);
        }
}

TEST_CASE("E10 a connection that ends after the node has spoken is not put down to the client's "
          "certificate") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        INFO(name_of(how));
        auto options = demanding(how);
        options.fault_after = 20;
        scene s(speech::plain, options);
        failed_opening outcome;
        s.run(fail_to_open(s.node.where(), presenting("client.pem", "client.key"), outcome));
        INFO(std::string(outcome.failure.what()));
        CHECK(outcome.failure.is(errc::connection_lost));
        CHECK(!outcome.failure.has(errc::client_certificate_refused));
    }
}

TEST_CASE("E10 a server that says goodbye over a certificate is not said to have said none") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        INFO(name_of(how));
        auto options = demanding(how);
        options.fault_after = 0;
        options.fault = testing::node_fault::goodbye;
        scene s(speech::plain, options);
        failed_opening outcome;
        s.run(fail_to_open(s.node.where(), presenting("client.pem", "client.key"), outcome));
        const std::string text = outcome.failure.what();
        INFO(text);
        CHECK(text.find("the peer closed the connection") != std::string::npos);
        CHECK(text.find("truncated") == std::string::npos);
    }
}

TEST_CASE("E10 a client certificate that is not sent, because the server cannot take its kind, is "
          "named as the likely cause") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        INFO(name_of(how));
        const auto context =
            std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
        context->load_verify_file(certificate("ca.pem"));
        context->use_certificate_chain_file(certificate("client.pem"));
        context->use_private_key_file(certificate("client.key"), boost::asio::ssl::context::pem);
        // The key is of the other kind.
        const std::string kind =
            EVP_PKEY_get_base_id(SSL_CTX_get0_privatekey(context->native_handle())) == EVP_PKEY_RSA
                ? "ECDSA+SHA256"
                : "RSA+SHA256";
        REQUIRE(SSL_CTX_set1_client_sigalgs_list(context->native_handle(), kind.c_str()) == 1);
        connection_options wanted;
        wanted.tls(tls_options().context(context));
        scene s(speech::plain, demanding(how));
        failed_opening outcome;
        s.run(fail_to_open(s.node.where(), wanted, outcome));
        INFO(std::string(outcome.failure.what()));
        CHECK(outcome.failure.is(errc::client_certificate_required));
        CHECK(outcome.failure.advice() ==
              "give a client certificate of a kind that the server takes: the one given was not "
              "sent");
    }
}

TEST_CASE("H19 a client key that cannot be used fails before any network I/O and is named") {
    class local_file {
      public:
        local_file(connection_options options, std::vector<std::string> words)
            : options(std::move(options)), words(std::move(words)) {}
        connection_options options;
        std::vector<std::string> words;
    };
    const auto encrypted = certificate("client_encrypted.key");
    const std::vector<local_file> cases{
        {presenting("client.pem", "client_encrypted.key", "wrong"),
         {encrypted, "check the key's password"}},
        {presenting("client.pem", "client_encrypted.key"),
         {encrypted, "it is encrypted and no password was given"}},
        {presenting("client.pem", "node.key"),
         {certificate("node.key"), "does not belong to the certificate",
          certificate("client.pem")}},
        {presenting("client.key", "client.key"), {certificate("client.key")}},
        {presenting("nowhere.pem", "client.key"), {certificate("nowhere.pem"), "No such file"}},
        {presenting("client.pem", "nowhere.key"), {certificate("nowhere.key"), "No such file"}},
    };
    for (const auto& each : cases) {
        scene s(speech::plain, demanding(speech::tls_1_3));
        failed_opening outcome;
        s.run(fail_to_open(s.node.where(), each.options, outcome));
        const std::string text = outcome.failure.what();
        INFO(text);
        CHECK(outcome.failure.is(errc::bad_configuration));
        for (const auto& word : each.words)
            CHECK_MESSAGE(text.find(word) != std::string::npos, word);
        CHECK(text.find("wrong;") == std::string::npos); // no secret in it
        CHECK(outcome.failure.endpoint() == s.node.where().to_string());
        CHECK(s.node.accepted() == 0);
    }
}
