#include "io/stream/name_rules.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

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

namespace {

/// What a name that is no server's gets, as the endpoint's host and as the chosen name.
void check_refused(const std::string& name, std::string_view why) {
    INFO(name);
    const auto check_one = [&](const tls_options& options, const std::string& host) {
        const auto rules = name_rules::decide(options, host);
        REQUIRE(!rules);
        const auto& failure = rules.error();
        INFO(std::string(failure.what()));
        CHECK(failure.is(errc::bad_configuration));
        CHECK(std::string(failure.message()).find(why) != std::string::npos);
        CHECK(!failure.advice().empty());
        CHECK(std::string(failure.what()).find('\0') == std::string::npos);
        CHECK(std::string(failure.what()).find('\n') == std::string::npos);
    };
    check_one({}, name);
    // Sent, although not verified, by the other two.
    for (const auto how : {tls_verify::full, tls_verify::ca, tls_verify::none})
        check_one(tls_options().verify(how).server_hostname(name), "db.example.com");
}

} // namespace

TEST_CASE("H17 an empty name is an error, never \"accept all\"") {
    check_refused("", "the name to verify is empty");
    check_refused(".", "the name to verify is empty");
}

TEST_CASE("H17 a name that begins with a dot is an error, never \"any name below\"") {
    for (const auto* name : {".com", ".example.com", ".example.com.", ".a", ".192.0.2.7", "..com"})
        check_refused(name, "begins with a dot");
}

TEST_CASE("H17 a name with a wildcard is an error, and no other certificate's name") {
    for (const auto* name : {"*.example.com", "*", "*.", "db.*.com", "d*.example.com", "*com"})
        check_refused(name, "wildcard");
}

TEST_CASE("H17 a name with a NUL is an error, whatever stands before it") {
    check_refused(std::string("a\0b", 3), "NUL");
    check_refused(std::string("db.example.com\0", 15), "NUL");
    check_refused(std::string("\0", 1), "NUL");
    check_refused(std::string("\0.", 2), "NUL");
    check_refused(std::string("192.0.2.7\0.evil", 15), "NUL");
    check_refused(std::string("::1\0", 4), "NUL");
    check_refused(std::string("fe80::1%\0", 9), "NUL");
}

TEST_CASE("H17 what else cannot be a server's name is an error that says why") {
    for (const auto* name : {"db..example.com", "db.example.com..", "a.."})
        check_refused(name, "a dot after a dot");
    for (const auto* name : {"db.example.com:9142", "[::1]", "::1::", "fe80::zz%eth0"})
        check_refused(name, "no IPv6 address");
    for (const auto* name : {"db.example.com ", " db", "a b", " ", "db\n", "\t", "db\x7f", "db/x",
                             "user@db", "192.0.2.7%eth0", "a\\b", "\x01"})
        check_refused(name, "names have letters, digits");
    check_refused("b\xc3\xbc"
                  "cher.example",
                  "not in ASCII");
    check_refused(std::string(64, 'a') + ".example", "longer than 63 bytes");
    std::string longest;
    for (int i = 0; i < 4; ++i)
        longest += std::string(63, 'a') + '.';
    longest.resize(253);
    check({}, longest, {longest, longest, ""});
    check({}, longest + '.', {longest, longest, ""});
    check_refused(longest + 'a', "longer than 253 bytes");
    check_refused(std::string(70'000, 'a'), "longer than 253 bytes");
    CHECK(std::string(name_rules::decide({}, std::string(70'000, 'a')).error().what()).size() <
          1000);
}

TEST_CASE("H17 names that networks have stay as they are") {
    for (const auto* name :
         {"localhost", "DB.Example.COM", "node_1.my-cluster_net", "_cql._tcp.db",
          "xn--bcher-kva.example", "1", "1.2.3", "1.2.3.4.5", "0x7f.1", "a-", "web.1.k3"}) {
        check({}, name, {name, name, ""});
        check({}, std::string(name) + '.', {name, name, ""});
        check(tls_options().server_hostname(name), "10.0.0.1", {name, name, ""});
    }
    check({}, "::ffff:192.0.2.7", {"", "", "::ffff:192.0.2.7"});
    check({}, "192.0.2.7.", {"", "", "192.0.2.7"});
}

TEST_CASE("H16 a host that is not verified may be called as its network likes") {
    for (const auto how : {tls_verify::ca, tls_verify::none})
        for (const auto* host : {".com", "*", "b\xc3\xbc", "a b", ""})
            check(tls_options().verify(how), host, {"", "", ""});
}
