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
