#include "core/protocol/startup_sequence.hpp"

#include "core/base/number_in.hpp"
#include "core/message/authentication.hpp"
#include "core/message/decode_response.hpp"
#include "core/message/event.hpp"
#include "core/message/response_envelope.hpp"
#include "core/message/supported.hpp"
#include "core/message/use_statement.hpp"

#include <algorithm>
#include <cctype>
#include <exception>
#include <string_view>
#include <utility>

namespace cocql::protocol {

namespace {

/// A server that challenges for ever must not hold the connection for ever.
constexpr std::size_t most_challenges = 100;

/// Servers tell a version they do not speak only by the text.
bool is_about_version(const server_error& said) {
    if (said.code != server_error_code::protocol_error)
        return false;
    std::string text = said.message;
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text.find("unsupported protocol version") != text.npos ||
           text.find("beta version of the protocol") != text.npos;
}

/// The number that stands behind `key` in what a server offers of an extension.
template <class Number>
std::optional<Number> announced(const std::vector<std::string>& offered, std::string_view key) {
    for (const auto& each : offered) {
        if (!each.starts_with(key))
            continue;
        if (const auto number = base::number_in<Number>(std::string_view(each).substr(key.size())))
            return number;
    }
    return std::nullopt;
}

/// What ScyllaDB calls its own reasons for failures: `REASON_ABORTED=61443`.
std::map<std::uint16_t, std::string> announced_reasons(const std::vector<std::string>& offered) {
    constexpr std::string_view prefix = "REASON_";
    std::map<std::uint16_t, std::string> reasons;
    for (const auto& each : offered) {
        const auto end = each.find('=');
        if (!each.starts_with(prefix) || end == each.npos)
            continue;
        const std::string_view digits = std::string_view(each).substr(end + 1);
        if (const auto code = base::number_in<std::uint16_t>(digits))
            reasons.emplace(*code, each.substr(prefix.size(), end - prefix.size()));
    }
    return reasons;
}

/// Asks the application's code, which may throw where it was to return an error.
template <class Ask>
auto answer_of(Ask ask) -> decltype(ask()) {
    try {
        return ask();
    } catch (const std::exception& thrown) {
        return error(errc::authentication_failed,
                     std::string("the authenticator threw an exception: ") + thrown.what());
    } catch (...) {
        return error(errc::authentication_failed, "the authenticator threw an exception");
    }
}

std::string list_of(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "none" : text;
}

} // namespace

startup_sequence::step startup_sequence::fail(error failure) {
    step step;
    step.failure = std::move(failure);
    return step;
}

startup_sequence::step startup_sequence::begin() {
    phase_ = phase::options;
    return {phase_, &options_, std::nullopt, false};
}

startup_sequence::step startup_sequence::answered(wire::frame& frame) {
    using wire::opcode;
    const auto opcode = frame.header().opcode;
    if (opcode == opcode::error)
        return refused(frame);
    switch (phase_) {
    case phase::options:
        return opcode == opcode::supported ? supported_received(frame) : unexpected(frame);
    case phase::startup:
        return startup_answered(frame);
    case phase::auth:
        if (opcode == opcode::auth_challenge)
            return challenge_received(frame);
        return opcode == opcode::auth_success ? authenticated(frame) : unexpected(frame);
    case phase::register_events:
        return opcode == opcode::ready ? use_or_later() : unexpected(frame);
    case phase::use_keyspace: {
        auto page = message::decode_page(frame.header(), frame.take());
        if (!page)
            return fail(page.error());
        phase_ = phase::ready;
        return {phase_, nullptr, std::nullopt, false};
    }
    default:
        return unexpected(frame);
    }
}

startup_sequence::step startup_sequence::supported_received(wire::frame& frame) {
    auto opened = message::response_envelope::open(frame.header(), frame.body());
    if (!opened)
        return fail(opened.error());
    base::byte_reader in(opened->message);
    auto supported = message::decode_supported(in);
    if (!supported)
        return fail(supported.error());
    supported_ = std::move(*supported);
    if (auto meant = check_host(); !meant)
        return fail(meant.error());
    startup_.options = settings_.startup_options;
    startup_.options.emplace("CQL_VERSION", "3.0.0");
    if (auto possible = agree(); !possible)
        return fail(possible.error());
    phase_ = phase::startup;
    return {phase_, &startup_, std::nullopt, false};
}

/// ScyllaDB says which node it is, so that nothing on the way (a load balancer, an address that has
/// gone to another node) leads astray unnoticed.
result<void> startup_sequence::check_host() const {
    const auto told = supported_.find("SCYLLA_HOST_ID");
    if (!settings_.host || told == supported_.end() || told->second.empty())
        return {};
    const auto id = uuid::parse(told->second.front());
    if (!id || *id == *settings_.host)
        return {};
    return error(errc::wrong_host, "behind it is host " + id->to_string() + ", expected " +
                                       settings_.host->to_string())
        .in(phase_);
}

/// What is asked for of what is offered.
result<void> startup_sequence::agree() {
    const auto offered = [&](const char* key) {
        const auto found = supported_.find(key);
        return found == supported_.end() ? nullptr : &found->second;
    };
    if (settings_.compression != compression::none) {
        const std::string name(to_string(settings_.compression));
        const auto* const kinds = offered("COMPRESSION");
        if (kinds == nullptr || std::find(kinds->begin(), kinds->end(), name) == kinds->end())
            return error(errc::unsupported_compression,
                         "the server does not offer compression by " + name + " (it offers " +
                             list_of(kinds == nullptr ? std::vector<std::string>() : *kinds) + ")")
                .in(phase_)
                .with_advice("ask for another compression or for none");
        startup_.options.insert_or_assign("COMPRESSION", name);
        agreed_.compression = settings_.compression;
    }
    auto& errors = agreed_.errors;
    if (const auto* const codes = offered("SCYLLA_RATE_LIMIT_ERROR")) {
        errors.rate_limit_code = announced<std::int32_t>(*codes, "ERROR_CODE=");
        if (errors.rate_limit_code)
            startup_.options.emplace("SCYLLA_RATE_LIMIT_ERROR", "");
    }
    if (const auto* const reasons = offered("SCYLLA_FAILURE_REASON_MAP")) {
        errors.reasons = announced_reasons(*reasons);
        errors.reason_maps = true;
        startup_.options.emplace("SCYLLA_FAILURE_REASON_MAP", "");
    }
    if (const auto* const marks = offered("SCYLLA_LWT_ADD_METADATA_MARK")) {
        agreed_.conditional_mark =
            announced<std::uint32_t>(*marks, "LWT_OPTIMIZATION_META_BIT_MASK=").value_or(0);
        if (agreed_.conditional_mark != 0)
            startup_.options.emplace("SCYLLA_LWT_ADD_METADATA_MARK", "");
    }
    const bool version_blocks = settings_.wants_tablets && agree_on_tablets();
    agreed_.version = settings_.version;
    if (const auto* const versions = offered("PROTOCOL_VERSIONS");
        settings_.raise_version && versions != nullptr &&
        settings_.compression != compression::snappy)
        if (std::find(versions->begin(), versions->end(), "5/v5") != versions->end())
            agreed_.version = protocol_version::v5;
    bool metadata_ids = agreed_.version >= protocol_version::v5;
    if (!metadata_ids && offered("SCYLLA_USE_METADATA_ID") != nullptr) {
        startup_.options.emplace("SCYLLA_USE_METADATA_ID", "");
        metadata_ids = true;
    }
    agreed_.execute = message::execute_layout(metadata_ids, version_blocks);
    return {};
}

/// One version or the other: in the second all EXECUTEs have another layout. What its final name
/// will be, and whether the layout stays, is not settled, so that only names that were said count.
/// Whether it is the second.
bool startup_sequence::agree_on_tablets() {
    const std::string first_version = "TABLETS_ROUTING_V1";
    const auto& keys = settings_.tablet_version_keys;
    const auto offered = [&](const std::string& key) { return supported_.contains(key); };
    if (const auto key = std::ranges::find_if(keys, offered); key != keys.end()) {
        startup_.options.erase(first_version); // which a connection's options may have said
        startup_.options.emplace(*key, "");
        return true;
    }
    if (offered(first_version)) {
        startup_.options.emplace(first_version, "");
        agreed_.tablets = true;
    }
    return false;
}

startup_sequence::step startup_sequence::startup_answered(wire::frame& frame) {
    const auto opcode = frame.header().opcode;
    if (opcode != wire::opcode::ready && opcode != wire::opcode::authenticate)
        return unexpected(frame);
    auto next = opcode == wire::opcode::ready ? register_or_later() : authenticate_received(frame);
    next.startup_accepted = true;
    return next;
}

startup_sequence::step startup_sequence::authenticate_received(wire::frame& frame) {
    auto opened = message::response_envelope::open(frame.header(), frame.body());
    if (!opened)
        return fail(opened.error());
    base::byte_reader in(opened->message);
    auto class_name = message::decode_authenticate(in);
    if (!class_name)
        return fail(class_name.error());
    phase_ = phase::auth;
    if (!settings_.authentication)
        return fail(error(errc::authentication_required,
                          "the server wants a login (" + *class_name + ") and none is configured")
                        .in(phase_)
                        .with_advice("give a user name and a password"));
    auto made = answer_of([&] { return settings_.authentication->make(*class_name); });
    if (!made)
        return fail(error(made.error()).in(phase_));
    if (*made == nullptr)
        return fail(
            error(errc::authentication_failed, "the provider made no authenticator").in(phase_));
    authenticator_ = std::move(*made);
    return send_token(answer_of([&] { return authenticator_->initial_response(); }));
}

startup_sequence::step startup_sequence::challenge_received(wire::frame& frame) {
    auto opened = message::response_envelope::open(frame.header(), frame.body());
    if (!opened)
        return fail(opened.error());
    base::byte_reader in(opened->message);
    auto challenge = message::decode_token(in, "AUTH_CHALLENGE");
    if (!challenge)
        return fail(challenge.error());
    if (++challenges_ > most_challenges)
        return fail(error(errc::authentication_failed, "the server sent more than " +
                                                           std::to_string(most_challenges) +
                                                           " authentication challenges"));
    return send_token(answer_of([&] { return authenticator_->answer(*challenge); }));
}

startup_sequence::step startup_sequence::send_token(result<std::vector<std::byte>> token) {
    if (!token)
        return fail(error(errc::authentication_failed, "the authenticator gave up")
                        .in(phase_)
                        .because(token.error()));
    auth_response_.token = std::move(*token);
    return {phase_, &auth_response_, std::nullopt, false};
}

startup_sequence::step startup_sequence::authenticated(wire::frame& frame) {
    auto opened = message::response_envelope::open(frame.header(), frame.body());
    if (!opened)
        return fail(opened.error());
    base::byte_reader in(opened->message);
    auto token = message::decode_token(in, "AUTH_SUCCESS");
    if (!token)
        return fail(token.error());
    if (auto accepted = answer_of([&] { return authenticator_->succeeded(*token); }); !accepted)
        return fail(error(errc::authentication_failed, "the authenticator refused the server")
                        .in(phase_)
                        .because(accepted.error()));
    agreed_.logged_in = true;
    authenticator_.reset();
    auth_response_.token.clear();
    return register_or_later();
}

startup_sequence::step startup_sequence::register_or_later() {
    bool wants_disconnect = settings_.graceful_disconnect;
    for (const auto type : settings_.event_types)
        if (type == event_type::graceful_disconnect)
            wants_disconnect = true;
        else
            register_.events.emplace_back(message::event_name(type));
    // The last one: before what they do not know servers register for the others.
    if (wants_disconnect && offers_graceful_disconnect())
        register_.events.emplace_back(message::event_name(event_type::graceful_disconnect));
    if (register_.events.empty())
        return use_or_later();
    phase_ = phase::register_events;
    return {phase_, &register_, std::nullopt, false};
}

/// As proposed in CEP-59, from version 5 on. On ScyllaDB only connections that listen to other
/// events anyway are to register: it gives them a service level of their own.
bool startup_sequence::offers_graceful_disconnect() const {
    const auto offer =
        supported_.find(std::string(message::event_name(event_type::graceful_disconnect)));
    if (offer == supported_.end() || agreed_.version < protocol_version::v5)
        return false;
    const bool is_scylla = std::ranges::any_of(
        supported_, [](const auto& each) { return each.first.starts_with("SCYLLA_"); });
    const auto& said = offer->second;
    return (said.empty() || said.front() != "false") && !(is_scylla && register_.events.empty());
}

startup_sequence::step startup_sequence::register_refused(step otherwise) {
    const auto name = message::event_name(event_type::graceful_disconnect);
    if (std::erase(register_.events, name) == 0)
        return otherwise;
    if (register_.events.empty())
        return use_or_later();
    return {phase_, &register_, std::nullopt, false};
}

startup_sequence::step startup_sequence::use_or_later() {
    if (settings_.keyspace.empty()) {
        phase_ = phase::ready;
        return {phase_, nullptr, std::nullopt, false};
    }
    if (settings_.keyspace.find('\0') != std::string::npos)
        return fail(error(errc::invalid_argument, "a keyspace's name cannot contain a NUL"));
    use_statement_ = message::use_statement(settings_.keyspace);
    use_.cql = use_statement_;
    phase_ = phase::use_keyspace;
    return {phase_, &use_, std::nullopt, false};
}

startup_sequence::step startup_sequence::refused(wire::frame& frame) {
    auto said = message::decode_error(frame.header(), frame.body());
    const auto* server = said.server();
    if (server == nullptr)
        return fail(said);
    if ((phase_ == phase::options || phase_ == phase::startup) && is_about_version(*server)) {
        refused_by_version_ = frame.header().version_number();
        return fail(error(errc::unsupported_protocol_version,
                          "the server does not speak protocol version " +
                              std::to_string(static_cast<int>(settings_.version)))
                        .in(phase_)
                        .because(said));
    }
    if (phase_ == phase::auth || server->code == server_error_code::authentication_error)
        return fail(error(errc::authentication_failed, "the server refused the login")
                        .in(phase_)
                        .because(said)
                        .with_advice("check the user name and the password"));
    error refused(errc::server_error, "the server refused " + std::string(to_string(phase_)));
    if (phase_ == phase::use_keyspace)
        refused.with_advice("create the keyspace, or connect without it");
    auto end = fail(refused.in(phase_).because(said));
    return phase_ == phase::register_events ? register_refused(std::move(end)) : end;
}

startup_sequence::step startup_sequence::unexpected(const wire::frame& frame) const {
    return fail(error(errc::protocol_error, std::string(wire::to_string(frame.header().opcode)) +
                                                " is no answer in the phase " +
                                                std::string(to_string(phase_)))
                    .in(phase_));
}

} // namespace cocql::protocol
