#include <cocql/endpoint.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace cocql;

TEST_CASE("An endpoint is read from a host, an address, with or without a port") {
    struct {
        const char* text;
        const char* host;
        int port;
        const char* shown;
    } const cases[] = {
        {"db.example", "db.example", 9042, "db.example:9042"},
        {"db.example:19042", "db.example", 19042, "db.example:19042"},
        {"127.0.0.1", "127.0.0.1", 9042, "127.0.0.1:9042"},
        {"::1", "::1", 9042, "[::1]:9042"},
        {"[::1]", "::1", 9042, "[::1]:9042"},
        {"[fe80::1%eth0]:9142", "fe80::1%eth0", 9142, "[fe80::1%eth0]:9142"},
        {"a:65535", "a", 65535, "a:65535"},
        {"[::1]:9042", "::1", 9042, "[::1]:9042"},
        {"fe80::1%eth0", "fe80::1%eth0", 9042, "[fe80::1%eth0]:9042"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1", 9042, "[::ffff:192.0.2.1]:9042"},
        {"db_1.my-zone.example.", "db_1.my-zone.example.", 9042, "db_1.my-zone.example.:9042"},
        {"d\xc3\xa9.example", "d\xc3\xa9.example", 9042, "d\xc3\xa9.example:9042"},
    };
    for (const auto& each : cases) {
        CAPTURE(std::string(each.text));
        const auto parsed = endpoint::parse(each.text);
        REQUIRE(parsed.has_value());
        CHECK(parsed->host() == each.host);
        CHECK(parsed->port() == each.port);
        CHECK(parsed->to_string() == each.shown);
    }
    CHECK(endpoint::parse("a", 7)->port() == 7);
}

TEST_CASE("What is not an endpoint is an invalid argument that quotes the text") {
    for (const char* text : {"", ":9042", "a:", "a:0", "a:65536", "a:x", "a:-1", "a:1x", "[::1",
                             "[::1]x", "[::1]:", "[]", "[]:1"}) {
        CAPTURE(std::string(text));
        const auto parsed = endpoint::parse(text);
        REQUIRE(!parsed.has_value());
        CHECK(parsed.error().is(errc::invalid_argument));
        CHECK(std::string(parsed.error().what()).find("'" + std::string(text) + "'") !=
              std::string::npos);
    }
}

TEST_CASE("What cannot be a host is refused before anybody looks it up") {
    for (const char* text : {" host",
                             "host ",
                             "ho st",
                             "\thost",
                             "host\n",
                             " host:9042",
                             "host :9042",
                             "user@host",
                             "user@host:9042",
                             "host:9042:1",
                             "host:9042:",
                             "a:b:c",
                             "1:2:3",
                             "::g",
                             "[host]",
                             "[127.0.0.1]",
                             "[127.0.0.1]:9042",
                             "[:::]",
                             "[::1 ]",
                             "[::1]]",
                             "[[::1]]",
                             "host]",
                             "cql://host",
                             "host/",
                             "//host",
                             "*",
                             "host,other",
                             "a;b",
                             "'host'",
                             "host%eth0",
                             "fe80::1%",
                             "[fe80::1%e th0]",
                             "127.0.0.1%lo"}) {
        CAPTURE(std::string(text));
        const auto parsed = endpoint::parse(text);
        REQUIRE(!parsed.has_value());
        CHECK(parsed.error().is(errc::invalid_argument));
    }
    CHECK(!endpoint::parse(std::string_view("ho\0st", 5)).has_value());
}

TEST_CASE("A password before a host is not repeated by the error") {
    const auto parsed = endpoint::parse("user:secret@db.example:9042");
    REQUIRE(!parsed.has_value());
    CHECK(std::string(parsed.error().what()).find("secret") == std::string::npos);
}

TEST_CASE("What is before an @ in a host is not printed, and there can be no such host") {
    const endpoint odd("user:secret@db.example");
    CHECK(odd.to_string().find("secret") == std::string::npos);
    CHECK(odd.to_string().find("@db.example") != std::string::npos);
    for (const auto* host : {"user@db.example", "user:secret@db.example", " db", "db ", "", "a/b",
                             "db:9042", "1:2:3", "[db]"})
        CHECK_MESSAGE(!endpoint(host).has_valid_host(), host);
    for (const auto* host : {"db.example", "127.0.0.1", "::1", "[::1]", "fe80::1%eth0", "a_b", "x"})
        CHECK_MESSAGE(endpoint(host).has_valid_host(), host);
}

TEST_CASE("An IPv6 literal in brackets can be used as a host") {
    CHECK(endpoint("[::1]") == endpoint("::1"));
    CHECK(endpoint("[::1]", 9142).to_string() == "[::1]:9142");
    CHECK(endpoint("[fe80::1%eth0]").host() == "fe80::1%eth0");
    CHECK(endpoint("[host]").host() == "[host]"); // as it was given: looking it up will fail
}

TEST_CASE("An absolute path is a UNIX socket, without a port") {
    const auto longest = "/" + std::string(106, 'x');
    for (const auto& path :
         {std::string("/var/lib/scylla/cql.m"), std::string("/a b:1@c"), longest}) {
        CAPTURE(path);
        const auto parsed = endpoint::parse(path);
        REQUIRE(parsed.has_value());
        CHECK(parsed->is_unix_socket());
        CHECK(parsed->has_valid_host());
        CHECK(parsed->host() == path);
        CHECK(parsed->to_string() == path);
        CHECK(*parsed == endpoint(path, 0));
    }
    for (const auto& path :
         {longest + "x", std::string("/a\0b", 4), std::string("/"), std::string("//host")}) {
        CHECK(endpoint::parse(path).error().is(errc::invalid_argument));
        CHECK(endpoint(path).is_unix_socket());
        CHECK(!endpoint(path).has_valid_host());
    }
    CHECK(!endpoint("db.example").is_unix_socket());
    CHECK(!endpoint().is_unix_socket());
    CHECK(endpoint::parse("./cql.m").error().is(errc::invalid_argument));
}
