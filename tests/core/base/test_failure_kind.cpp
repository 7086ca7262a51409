#include <cocql/failure_counts.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <utility>

using namespace cocql;

namespace {

error answered_by(server_error_code code) {
    server_error told;
    told.code = code;
    return std::move(error(errc::server_error, "it said no").with(std::move(told)));
}

} // namespace

TEST_CASE("What a driver fails with is of the kind that its code says") {
    using enum errc;
    for (const auto& [code, kind] : std::initializer_list<std::pair<errc, failure_kind>>{
             {timed_out, failure_kind::timed_out},
             {cancelled, failure_kind::cancelled},
             {connection_closed, failure_kind::connection},
             {connection_lost, failure_kind::connection},
             {connection_busy, failure_kind::connection},
             {connection_draining, failure_kind::connection},
             {heartbeat_failed, failure_kind::connection},
             {io_failed, failure_kind::connection},
             {protocol_error, failure_kind::unreadable},
             {decode_failed, failure_kind::unreadable},
             {bad_configuration, failure_kind::other},
             {server_error, failure_kind::other}})
        CHECK(kind_of(error(code, "why")) == kind);
    CHECK(kind_of(error()) == failure_kind::other);
}

TEST_CASE("What a server answers is of the kind that its code says") {
    using enum server_error_code;
    for (const auto& [code, kind] :
         std::initializer_list<std::pair<server_error_code, failure_kind>>{
             {unavailable, failure_kind::unavailable},
             {read_timeout, failure_kind::server_timed_out},
             {write_timeout, failure_kind::server_timed_out},
             {cas_write_unknown, failure_kind::server_timed_out},
             {server_error_code::server_error, failure_kind::server_failed},
             {truncate_error, failure_kind::server_failed},
             {read_failure, failure_kind::server_failed},
             {write_failure, failure_kind::server_failed},
             {function_failure, failure_kind::server_failed},
             {cdc_write_failure, failure_kind::server_failed},
             {overloaded, failure_kind::overloaded},
             {is_bootstrapping, failure_kind::overloaded},
             {syntax_error, failure_kind::refused},
             {unauthorized, failure_kind::refused},
             {invalid, failure_kind::refused},
             {config_error, failure_kind::refused},
             {already_exists, failure_kind::refused},
             {unprepared, failure_kind::other},
             {protocol_error, failure_kind::other},
             {static_cast<server_error_code>(0x4321), failure_kind::other}})
        CHECK(kind_of(answered_by(code)) == kind);
}

TEST_CASE("ScyllaDB's rate limit is too much to do, whatever code was agreed on for it") {
    server_error told;
    told.code = static_cast<server_error_code>(0x4321);
    told.details = rate_limit_details();
    CHECK(kind_of(error(errc::server_error, "slowly").with(std::move(told))) ==
          failure_kind::overloaded);
}

TEST_CASE("A connection that was lost is that, also where a server's answer is the cause") {
    CHECK(kind_of(error(errc::connection_lost, "gone")
                      .because(answered_by(server_error_code::overloaded))) ==
          failure_kind::connection);
}

TEST_CASE("Each kind has a name of its own, and counts of its own that can be added") {
    std::set<std::string_view> names;
    failure_counts counts;
    for (std::size_t i = 0; i < failure_kind_count; ++i) {
        const auto kind = static_cast<failure_kind>(i);
        names.insert(to_string(kind));
        for (std::size_t times = 0; times <= i; ++times)
            counts.add(kind);
    }
    CHECK(names.size() == failure_kind_count);
    CHECK(!names.contains("unknown"));
    CHECK(counts.all() == 55);
    auto both = counts;
    both += counts;
    CHECK(both.all() == 110);
    for (std::size_t i = 0; i < failure_kind_count; ++i) {
        CHECK(counts.of(static_cast<failure_kind>(i)) == i + 1);
        CHECK(both.of(static_cast<failure_kind>(i)) == 2 * (i + 1));
    }
}
