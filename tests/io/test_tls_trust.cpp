#include "io/streams.hpp"

#include <boost/asio/ssl/context.hpp>
#include <doctest/doctest.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;

namespace {

/// What a client that trusts the certificates of one file says to a server's.
class opinion {
  public:
    opinion(std::string trusted, std::string server, std::string key, long code,
            std::string advice = "")
        : trusted(std::move(trusted)),
          server(std::move(server)),
          key(std::move(key)),
          code(code),
          advice(std::move(advice)) {}

    std::string trusted;
    std::string server;
    std::string key;
    long code; ///< X509_V_OK: accepted
    std::string advice;
};

const std::string advice_to_give = "give the CA file of the authority that signed";
const std::string advice_on_dates = "check the dates of the certificate and of the authorities";

asio::awaitable<void> ask_for(asio::io_context& context, opinion wanted, tls_options options,
                              tls_version version, std::string host) {
    pair_of_streams pair;
    io::tls_context::server_settings server;
    server.certificate_file = certificate(wanted.server + ".pem");
    server.key_file = certificate(wanted.key + ".key");
    server.minimum = server.maximum = version;
    co_await connect(context, server, options, host, pair);
    if (wanted.code == X509_V_OK) {
        CHECK_MESSAGE(pair.client_shaken.has_value(),
                      std::string(pair.client_shaken.error().what()));
        co_return;
    }
    REQUIRE(!pair.client_shaken);
    const auto failure = pair.client_shaken.error();
    INFO(std::string(failure.what()));
    CHECK(failure.is(errc::certificate_rejected));
    CHECK(failure.x509_code() == wanted.code);
    CHECK(std::string(failure.advice()).find(wanted.advice) != std::string::npos);
    CHECK(failure.advice().empty() == wanted.advice.empty());
}

using file_options = tls_options (*)(const std::string& path);

void check_opinions(const std::vector<opinion>& opinions, file_options trust,
                    const std::string& host = "localhost") {
    for (const auto version : {tls_version::v1_2, tls_version::v1_3})
        for (const auto& each : opinions) {
            INFO((version == tls_version::v1_2 ? "TLS 1.2, " : "TLS 1.3, ")
                 << each.server << " by one who trusts " << each.trusted);
            asio::io_context context(1);
            run(context,
                ask_for(context, each, trust(certificate(each.trusted + ".pem")), version, host));
        }
}

tls_options by_file(const std::string& path) {
    return tls_options().ca_file(path);
}

tls_options by_file_without_names(const std::string& path) {
    return by_file(path).verify(tls_verify::ca);
}

tls_options by_ready_context(const std::string& path) {
    const auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    context->load_verify_file(path);
    return tls_options().context(context);
}

tls_options by_ready_context_that_is_content(const std::string& path) {
    auto options = by_ready_context(path);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(options.context()->native_handle()),
                                X509_V_FLAG_PARTIAL_CHAIN);
    return options;
}

/// Who trusts each of these is content with it, its root or not.
const std::vector<opinion> trusted_for_themselves{
    {"intermediate", "node_chain", "node_intermediate", X509_V_OK},
    {"intermediate", "node_intermediate", "node_intermediate", X509_V_OK},
    {"ca", "node_chain", "node_intermediate", X509_V_OK},
    {"node", "node", "node", X509_V_OK},
    {"node_intermediate", "node_intermediate", "node_intermediate", X509_V_OK},
    {"node_chain", "node_chain", "node_intermediate", X509_V_OK},
    {"self_signed", "self_signed", "self_signed", X509_V_OK},
};

const std::vector<opinion> still_refused{
    // Another one, above or beside the right one.
    {"intermediate", "node", "node", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, advice_to_give},
    {"wrong_ca", "node_chain", "node_intermediate", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
     advice_to_give},
    {"wrong_ca_node", "node", "node", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, advice_to_give},
    {"client", "node", "node", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, advice_to_give},
    // The server leaves out what lies between.
    {"ca", "node_intermediate", "node_intermediate", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
     advice_to_give},
    {"ca", "self_signed", "self_signed", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
     "if it is the server's, give the CA file that has it"},
    // Trusted, and not fit.
    {"expired", "expired", "expired", X509_V_ERR_CERT_HAS_EXPIRED, advice_on_dates},
    {"not_yet_valid", "not_yet_valid", "not_yet_valid", X509_V_ERR_CERT_NOT_YET_VALID,
     advice_on_dates},
    {"expired_intermediate", "node_expired_intermediate", "node_expired_intermediate",
     X509_V_ERR_CERT_HAS_EXPIRED, advice_on_dates},
    {"no_authority", "node_no_authority", "node_no_authority", X509_V_ERR_INVALID_CA,
     "have the server's certificate signed by an authority"},
    {"wrong_usage", "wrong_usage", "wrong_usage", X509_V_ERR_INVALID_PURPOSE},
    {"wrong_name", "wrong_name", "wrong_name", X509_V_ERR_HOSTNAME_MISMATCH,
     "connect by a name that is in the certificate"},
};

} // namespace

TEST_CASE("H18 an authority without its root, or the server's own certificate, is enough as CA "
          "file") {
    check_opinions(trusted_for_themselves, by_file);
    check_opinions(trusted_for_themselves, by_file_without_names, "elsewhere.cocql.test");
    check_opinions(trusted_for_themselves, by_ready_context_that_is_content);
}

TEST_CASE("H18 what is trusted is still refused when it has expired, is no authority, is another's "
          "or has another name, with advice that helps") {
    check_opinions(still_refused, by_file);
    check_opinions(still_refused, by_ready_context_that_is_content);
}

TEST_CASE("H18 a ready context decides itself whether an authority without its root is enough") {
    const std::string advice = "add the root, or set X509_V_FLAG_PARTIAL_CHAIN";
    check_opinions(
        {
            {"intermediate", "node_chain", "node_intermediate",
             X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, advice},
            {"intermediate", "node_intermediate", "node_intermediate",
             X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, advice},
            {"ca", "node_chain", "node_intermediate", X509_V_OK},
            {"self_signed", "self_signed", "self_signed", X509_V_OK},
            {"node", "node", "node", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, advice_to_give},
        },
        by_ready_context);
}

TEST_CASE("H18 an authority of the system's without its root is enough") {
    setenv("SSL_CERT_FILE", certificate("intermediate.pem").c_str(), 1);
    setenv("SSL_CERT_DIR", "/nowhere", 1);
    check_opinions({{"the system", "node_chain", "node_intermediate", X509_V_OK},
                    {"the system", "node", "node", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                     advice_to_give}},
                   [](const std::string&) { return tls_options(); });
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
}
