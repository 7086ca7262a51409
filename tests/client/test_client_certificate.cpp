#include "node.hpp"

#include <doctest/doctest.h>

#include <fstream>
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

TEST_CASE("E10 a certificate that is not asked for is not sent, one of an unknown authority is "
          "refused by name") {
    for (const auto how : {speech::tls_1_2, speech::tls_1_3}) {
        INFO(name_of(how));
        {
            scene s(how, echo());
            s.run(open_and_ask(s.node.where(), presenting("client.pem", "client.key")));
            CHECK(s.node.client_subjects() == std::vector<std::string>{""});
        }
        scene s(speech::plain, demanding(how));
        failed_opening outcome;
        s.run(fail_to_open(s.node.where(), presenting("wrong_ca_client.pem", "wrong_ca_client.key"),
                           outcome));
        INFO(std::string(outcome.failure.what()));
        CHECK(outcome.failure.is(errc::tls_failed));
        CHECK(outcome.failure.tls_alert() == 48); // unknown_ca
        CHECK(!outcome.failure.has(errc::client_certificate_required));
        CHECK(s.node.client_subjects().empty());
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
