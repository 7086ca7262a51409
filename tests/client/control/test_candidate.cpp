#include "client/control/candidate.hpp"

#include <doctest/doctest.h>

using namespace cocql;
using client::candidate;

TEST_CASE("What is no address and no UNIX socket is a name, which is to be looked up") {
    for (const auto* host : {"127.0.0.1", "::1", "fe80::1%lo", "/run/scylla/cql.m"})
        CHECK(!candidate(endpoint(host)).is_to_be_looked_up());
    for (const auto* host : {"db.example", "localhost", "127.0.0.1.", "", "999.0.0.1"})
        CHECK(candidate(endpoint(host)).is_to_be_looked_up());
    CHECK(!candidate("db.example", endpoint("127.0.0.1")).is_to_be_looked_up());
}

TEST_CASE("Two spellings of an address are one, at the same port") {
    const candidate one(endpoint("0:0:0:0:0:0:0:1", 9042));
    CHECK(one.is_at(endpoint("::1", 9042)));
    CHECK(!one.is_at(endpoint("::1", 9142)));
    CHECK(!one.is_at(endpoint("::2", 9042)));
    const candidate name(endpoint("db.example"));
    CHECK(name.is_at(endpoint("db.example")));
    CHECK(!name.is_at(endpoint("another.example")));
}

TEST_CASE("It is told by the name that has led there, with the address") {
    CHECK(candidate(endpoint("127.0.0.1")).to_string() == "127.0.0.1:9042");
    const candidate by_name("db.example", endpoint("::1", 9142));
    CHECK(by_name.to_string() == "db.example:9142 (::1)");
    CHECK(by_name.given() == endpoint("db.example", 9142));
    CHECK(by_name.where() == endpoint("::1", 9142));
    CHECK(candidate(endpoint("127.0.0.1")).given() == endpoint("127.0.0.1"));
}
