#include "io/stream/tls_context.hpp"
#include "run.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <unistd.h>

using namespace cocql;
using namespace cocql::tests;
using io::tls_context;

namespace {

/// Refused before any I/O, naming the file and not the password.
void refused(const tls_options& options, const std::string& file) {
    const auto context = tls_context::for_client(options);
    REQUIRE(!context);
    INFO(std::string(context.error().what()));
    CHECK(context.error().is(errc::bad_configuration));
    CHECK(std::string(context.error().what()).find(file) != std::string::npos);
    CHECK(std::string(context.error().what()).find("a wrong secret") == std::string::npos);
}

} // namespace

TEST_CASE("H19 an unreadable CA file is refused and named") {
    tls_options options;
    options.ca_file("/nowhere/ca.pem");
    refused(options, "/nowhere/ca.pem");
}

TEST_CASE("H19 a CA file that is no certificate is refused and named") {
    tls_options options;
    options.ca_file(certificate("ca.key"));
    refused(options, certificate("ca.key"));
}

TEST_CASE("H19 a key that does not belong to its certificate is refused") {
    tls_options options;
    options.ca_file(certificate("ca.pem"))
        .certificate_file(certificate("client.pem"))
        .key_file(certificate("node.key"));
    refused(options, certificate("node.key"));
}

TEST_CASE("H19 a key given as certificate is refused") {
    tls_options options;
    options.ca_file(certificate("ca.pem"))
        .certificate_file(certificate("client.key"))
        .key_file(certificate("client.key"));
    refused(options, certificate("client.key"));
}

TEST_CASE(
    "H19 an encrypted key without its password, or with a wrong one, is refused; nobody is asked") {
    tls_options options;
    options.ca_file(certificate("ca.pem"))
        .certificate_file(certificate("client.pem"))
        .key_file(certificate("client_encrypted.key"));
    refused(options, certificate("client_encrypted.key"));
    const auto without = tls_context::for_client(options).error();
    CHECK(std::string(without.what()).find("it is encrypted and no password was given") !=
          std::string::npos);
    CHECK(without.advice() == "give the key's password");
    options.key_password("a wrong secret");
    refused(options, certificate("client_encrypted.key"));
    CHECK(tls_context::for_client(options).error().advice() == "check the key's password");
    std::ifstream file(certificate("client_encrypted.password"));
    std::string secret;
    std::getline(file, secret);
    options.key_password(secret);
    CHECK(tls_context::for_client(options).has_value());
}

TEST_CASE("H19 a certificate without a key and a key without a certificate are refused") {
    tls_options certificate_only;
    certificate_only.ca_file(certificate("ca.pem")).certificate_file(certificate("client.pem"));
    CHECK(tls_context::for_client(certificate_only).error().is(errc::bad_configuration));
    tls_options key_only;
    key_only.ca_file(certificate("ca.pem")).key_file(certificate("client.key"));
    CHECK(tls_context::for_client(key_only).error().is(errc::bad_configuration));
}
