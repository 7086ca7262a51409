#include "io/stream/name_rules.hpp"

#include <doctest/doctest.h>

using namespace cocql;
using io::name_rules;

namespace {

struct expectation {
    std::string sni;
    std::string dns_name;
    std::string ip_address;
};

void check(const tls_options& options, std::string_view host, const expectation& wanted) {
    INFO(std::string(host));
    const auto rules = name_rules::decide(options, host);
    REQUIRE(rules.has_value());
    CHECK(rules->sni() == wanted.sni);
    CHECK(rules->dns_name() == wanted.dns_name);
    CHECK(rules->ip_address() == wanted.ip_address);
}

} // namespace

TEST_CASE("H14 an explicit server_hostname wins: sent as SNI and verified") {
    tls_options options;
    options.server_hostname("db.example.com");
    check(options, "10.0.0.1", {"db.example.com", "db.example.com", ""});
    check(options, "other.example.com", {"db.example.com", "db.example.com", ""});
    options.verify(tls_verify::ca);
    check(options, "10.0.0.1", {"db.example.com", "", ""});
    options.verify(tls_verify::none);
    check(options, "10.0.0.1", {"db.example.com", "", ""});
}

TEST_CASE("H15 otherwise the endpoint's own name is verified: the DNS name the user gave, or the "
          "IP literal") {
    check({}, "db.example.com", {"db.example.com", "db.example.com", ""});
    check({}, "192.0.2.7", {"", "", "192.0.2.7"});
    check({}, "2001:db8::1", {"", "", "2001:db8::1"});
}

TEST_CASE("H16 with the name check off: no SNI, no name check, but the chain; turning that off is "
          "a separate setting") {
    tls_options options;
    options.verify(tls_verify::ca);
    check(options, "db.example.com", {"", "", ""});
    CHECK(name_rules::decide(options, "db.example.com")->verifies_chain());
    options.verify(tls_verify::none);
    CHECK(!name_rules::decide(options, "db.example.com")->verifies_chain());
    CHECK(name_rules::decide({}, "db.example.com")->verifies_chain());
}

TEST_CASE(
    "H17 IP literals lose their scope id and are never sent as SNI, DNS names their trailing dot") {
    check({}, "fe80::1%eth0", {"", "", "fe80::1"});
    check({}, "db.example.com.", {"db.example.com", "db.example.com", ""});
    tls_options options;
    options.server_hostname("192.0.2.7");
    check(options, "db.example.com", {"", "", "192.0.2.7"});
}

TEST_CASE("H17 an empty name is an error, never \"accept all\"") {
    CHECK(name_rules::decide({}, "").error().is(errc::bad_configuration));
    CHECK(name_rules::decide({}, ".").error().is(errc::bad_configuration));
    tls_options options;
    options.server_hostname("");
    CHECK(name_rules::decide(options, "db.example.com").error().is(errc::bad_configuration));
    options.server_hostname(std::string("a\0b", 3));
    CHECK(name_rules::decide(options, "db.example.com").error().is(errc::bad_configuration));
}
