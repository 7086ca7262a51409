#include "harness.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace cocql;
using namespace cocql::tests;
using wire::opcode;

namespace {

constexpr const char* this_host = "d83dff19-8b75-4a2b-96fa-bb0aba4878a8";
constexpr const char* another_host = "00000000-8b75-4a2b-96fa-bb0aba4878a8";

protocol::protocol_settings meaning_host() {
    protocol::protocol_settings settings;
    settings.host = uuid::parse(this_host);
    return settings;
}

/// Version 5, which is the first that has GRACEFUL_DISCONNECT.
protocol::protocol_settings to_be_told() {
    protocol::protocol_settings settings;
    settings.version = protocol_version::v5;
    settings.graceful_disconnect = true;
    return settings;
}

void offer(harness& h, const wire::string_multimap& offers) {
    h.connect();
    h.answer(h.transport.take().at(0).header.stream, opcode::supported,
             [&](auto& out) { message::encode_supported(out, offers); });
}

/// Answers STARTUP; what is sent then.
std::vector<memory_transport::frame> start_up(harness& h, const wire::string_multimap& offers) {
    offer(h, offers);
    h.answer(h.transport.take().at(0).header.stream, opcode::ready);
    return h.transport.take();
}

std::vector<std::string> events_of(const memory_transport::frame& sent) {
    REQUIRE(sent.header.opcode == opcode::register_);
    base::byte_reader in(sent.body);
    return message::register_::decode(in).value().events;
}

const wire::string_multimap leaving_offer{{"GRACEFUL_DISCONNECT", {"true"}}};

} // namespace

TEST_CASE("A node that says that it is another one than was meant is refused before it is told "
          "anything") {
    harness h(meaning_host());
    offer(h, {{"SCYLLA_HOST_ID", {another_host}}});
    REQUIRE(h.listener.startup.size() == 1);
    REQUIRE(!h.listener.startup[0]);
    const auto failure = h.listener.startup[0].error();
    CHECK(failure.is(errc::wrong_host));
    CHECK(failure.phase() == phase::options);
    const std::string text = failure.what();
    CHECK(text.find("127.0.0.1:9042: behind it is host " + std::string(another_host) +
                    ", expected " + this_host) == 0);
    CHECK(h.transport.take().empty());
    CHECK(h.transport.aborted);
}

TEST_CASE("The node that was meant, one that does not say which it is, and any where none was "
          "meant are not refused") {
    for (const auto& offers :
         std::vector<wire::string_multimap>{{{"SCYLLA_HOST_ID", {this_host}}},
                                            {{"SCYLLA_HOST_ID", {}}},
                                            {{"SCYLLA_HOST_ID", {"of no use"}}},
                                            {}}) {
        harness h(meaning_host());
        offer(h, offers);
        CHECK(h.transport.take().at(0).header.opcode == opcode::startup);
    }
    harness any;
    offer(any, {{"SCYLLA_HOST_ID", {another_host}}});
    CHECK(any.transport.take().at(0).header.opcode == opcode::startup);
}

TEST_CASE("Reasons of failures are agreed on where they are offered, by what the server calls "
          "them") {
    harness h;
    offer(h, {{"SCYLLA_FAILURE_REASON_MAP",
               {"REASON_RATE_LIMITED=61440", "REASON_ABORTED=61443", "REASON_LARGE=1000000",
                "REASON_WITHOUT", "61444", ""}}});
    const auto sent = h.transport.take().at(0);
    base::byte_reader in(sent.body);
    CHECK(message::startup::decode(in).value().options.at("SCYLLA_FAILURE_REASON_MAP").empty());
    const auto& agreed = h.protocol->agreed().errors;
    CHECK(agreed.reason_maps);
    CHECK(agreed.reasons ==
          std::map<std::uint16_t, std::string>{{0xf000, "RATE_LIMITED"}, {0xf003, "ABORTED"}});
    harness none;
    offer(none, {});
    CHECK(!none.protocol->agreed().errors.reason_maps);
}

TEST_CASE("GRACEFUL_DISCONNECT is registered for where it is offered, in version 5, and wanted") {
    harness h(to_be_told());
    CHECK(events_of(start_up(h, leaving_offer).at(0)) ==
          std::vector<std::string>{"GRACEFUL_DISCONNECT"});
    CHECK(h.listener.startup.empty());

    auto wanting_others = to_be_told();
    wanting_others.event_types = {event_type::graceful_disconnect, event_type::status_change};
    harness others(wanting_others);
    CHECK(events_of(start_up(others, leaving_offer).at(0)) ==
          std::vector<std::string>{"STATUS_CHANGE", "GRACEFUL_DISCONNECT"});

    auto old = to_be_told();
    old.version = protocol_version::v4;
    auto unwanted = to_be_told();
    unwanted.graceful_disconnect = false;
    auto scylla = leaving_offer;
    scylla["SCYLLA_SHARD"] = {"0"};
    const std::vector<std::pair<protocol::protocol_settings, wire::string_multimap>> without{
        {old, leaving_offer},
        {unwanted, leaving_offer},
        {to_be_told(), {}},
        {to_be_told(), {{"GRACEFUL_DISCONNECT", {"false"}}}},
        {to_be_told(), scylla}};
    for (const auto& [settings, offers] : without) {
        harness silent(settings);
        CHECK(start_up(silent, offers).empty());
        CHECK(silent.listener.startup.size() == 1);
    }
}

TEST_CASE("A server that offers GRACEFUL_DISCONNECT and refuses it is asked once more without") {
    auto settings = to_be_told();
    settings.event_types = {event_type::status_change};
    harness h(settings);
    auto sent = start_up(h, leaving_offer);
    REQUIRE(events_of(sent.at(0)).size() == 2);
    h.answer_error(sent[0].header.stream, server_error_code::protocol_error, "Invalid value");
    sent = h.transport.take();
    CHECK(events_of(sent.at(0)) == std::vector<std::string>{"STATUS_CHANGE"});
    CHECK(h.listener.startup.empty());
    SUBCASE("which it accepts") {
        h.answer(sent[0].header.stream, opcode::ready);
        CHECK(h.listener.startup.at(0).has_value());
    }
    SUBCASE("which it refuses too") {
        h.answer_error(sent[0].header.stream, server_error_code::protocol_error, "never");
        REQUIRE(!h.listener.startup.at(0));
        CHECK(h.listener.startup[0].error().is(errc::server_error));
    }

    harness only(to_be_told());
    sent = start_up(only, leaving_offer);
    only.answer_error(sent.at(0).header.stream, server_error_code::protocol_error, "no");
    CHECK(only.listener.startup.at(0).has_value());
    CHECK(only.transport.take().empty());
}

TEST_CASE("READY without a login is success, though one is configured, and known from a login") {
    for (const bool asks : {false, true}) {
        protocol::protocol_settings settings;
        settings.authentication = plain_authenticator("user", "secret");
        harness h(settings);
        offer(h, {});
        const auto stream = h.transport.take().at(0).header.stream;
        if (asks) {
            h.answer(stream, opcode::authenticate,
                     [](auto& out) { message::encode_authenticate(out, "any"); });
            h.answer(h.transport.take().at(0).header.stream, opcode::auth_success,
                     [](auto& out) { message::encode_token(out, {}); });
        } else {
            h.answer(stream, opcode::ready);
        }
        CHECK(h.listener.startup.at(0).has_value());
        CHECK(h.protocol->agreed().logged_in == asks);
    }
}

TEST_CASE("Tablets with versions are asked for by the best name that was offered, instead of those "
          "without and never besides") {
    const std::string first = "TABLETS_ROUTING_V1";
    const std::vector<std::string> known{"NAME_A", "NAME_B"};
    struct offer_and_startup {
        std::vector<std::string> keys;
        std::vector<std::string> offered;
        std::string asked; ///< empty: for none
    };
    const std::vector<offer_and_startup> all{
        {known, {first}, first},
        {known, {first, "NAME_B"}, "NAME_B"},
        {known, {first, "NAME_B", "NAME_A"}, "NAME_A"},
        {known, {"NAME_B"}, "NAME_B"},
        {known, {first, "NAME_C"}, first}, // another name, and maybe another layout
        {known, {first, "NAME_AB"}, first},
        {known, {"NAME_C"}, ""},
        {known, {}, ""},
        {{}, {first, "NAME_A"}, first}};
    for (const auto& each : all)
        for (const bool wants : {false, true})
            for (const bool said_already : {false, true}) {
                protocol::protocol_settings settings;
                settings.wants_tablets = wants;
                settings.tablet_version_keys = each.keys;
                if (said_already)
                    settings.startup_options.emplace(first, "");
                harness h(settings);
                wire::string_multimap offers;
                for (const auto& name : each.offered)
                    offers[name] = {""};
                offer(h, offers);
                const auto sent = h.transport.take();
                base::byte_reader in(sent.at(0).body);
                auto asked = message::startup::decode(in).value().options;
                asked.erase("CQL_VERSION");
                const bool versions = wants && !each.asked.empty() && each.asked != first;
                wire::string_map wanted;
                if (wants && !each.asked.empty())
                    wanted.emplace(each.asked, "");
                if (said_already && !versions)
                    wanted.emplace(first, "");
                CHECK(asked == wanted);
                CHECK(h.protocol->agreed().execute.version_blocks() == versions);
                CHECK(h.protocol->agreed().tablets == (wants && each.asked == first));
            }
}
