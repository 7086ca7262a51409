#include "core/message/error.hpp"

#include "core/message/limits.hpp"
#include "core/wire/notation.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cocql::message {

namespace {

/// Where the length of a [string] begins again at nothing.
constexpr std::size_t wrap = 0x10000;

unavailable_details read_unavailable(base::byte_reader& in) {
    unavailable_details details;
    details.level = wire::read_consistency(in);
    details.required = in.read_i32();
    details.alive = in.read_i32();
    return details;
}

/// Consistency, received, block_for: how all time-outs and failures begin.
template <class Details>
Details read_counts(base::byte_reader& in) {
    Details details;
    details.level = wire::read_consistency(in);
    details.received = in.read_i32();
    details.block_for = in.read_i32();
    return details;
}

template <class Details>
void write_counts(base::byte_writer& out, const Details& details) {
    wire::write_consistency(out, details.level);
    out.write_i32(details.received);
    out.write_i32(details.block_for);
}

/// As Cassandra calls them, by their codes.
constexpr std::array<std::string_view, 11> usual_reasons = {"UNKNOWN",
                                                            "READ_TOO_MANY_TOMBSTONES",
                                                            "TIMEOUT",
                                                            "INCOMPATIBLE_SCHEMA",
                                                            "READ_SIZE",
                                                            "NODE_DOWN",
                                                            "INDEX_NOT_AVAILABLE",
                                                            "READ_TOO_MANY_INDEXES",
                                                            "NOT_CMS",
                                                            "INVALID_ROUTING",
                                                            "COORDINATOR_BEHIND"};

std::string name_of(std::uint16_t reason, const error_extensions& agreed) {
    if (const auto own = agreed.reasons.find(reason); own != agreed.reasons.end())
        return own->second;
    return std::string(reason < usual_reasons.size() ? usual_reasons[reason] : "");
}

/// How many replicas failed; since v5, and where ScyllaDB has agreed to it, which and why.
template <class Details>
void read_failures(base::byte_reader& in, const error_extensions& agreed, protocol_version version,
                   Details& details) {
    details.failures = in.read_i32();
    if (version < protocol_version::v5 && !agreed.reason_maps)
        return;
    const auto count = in.check_count(details.failures, 1 + 4 + 2);
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
        const auto address = wire::read_inet_address(in);
        const auto code = in.read_u16();
        details.reasons.push_back(
            {inet_address::from_bytes(address.bytes()).value_or(inet_address()), code,
             name_of(code, agreed)});
    }
}

/// Reasons are written wherever there are any: who has them was asked by one who reads them.
template <class Details>
void write_failures(base::byte_writer& out, protocol_version version, const Details& details) {
    if (version < protocol_version::v5 && details.reasons.empty()) {
        out.write_i32(details.failures);
        return;
    }
    out.write_i32(static_cast<std::int32_t>(details.reasons.size()));
    for (const auto& reason : details.reasons) {
        const auto bytes = reason.replica.bytes();
        out.write_u8(static_cast<std::uint8_t>(bytes.size()));
        out.write_bytes(bytes);
        out.write_u16(reason.code);
    }
}

void read_details(base::byte_reader& in, const error_extensions& agreed, protocol_version version,
                  server_error& failure) {
    switch (failure.code) {
    case server_error_code::unavailable:
        failure.details = read_unavailable(in);
        break;
    case server_error_code::write_timeout: {
        auto details = read_counts<write_timeout_details>(in);
        details.write_type = wire::read_string(in);
        // v5's specification always has it for CAS, Cassandra only when it knows the number.
        if (details.write_type == "CAS" && !in.at_end())
            details.contentions = in.read_u16();
        failure.details = std::move(details);
        break;
    }
    case server_error_code::read_timeout: {
        auto details = read_counts<read_timeout_details>(in);
        details.data_present = in.read_u8() != 0;
        failure.details = details;
        break;
    }
    case server_error_code::read_failure: {
        auto details = read_counts<read_failure_details>(in);
        read_failures(in, agreed, version, details);
        details.data_present = in.read_u8() != 0;
        failure.details = details;
        break;
    }
    case server_error_code::write_failure: {
        auto details = read_counts<write_failure_details>(in);
        read_failures(in, agreed, version, details);
        details.write_type = wire::read_string(in);
        failure.details = std::move(details);
        break;
    }
    case server_error_code::cas_write_unknown:
        failure.details = read_counts<cas_write_unknown_details>(in);
        break;
    case server_error_code::function_failure: {
        function_failure_details details;
        details.keyspace = wire::read_string(in);
        details.function = wire::read_string(in);
        details.argument_types = wire::read_string_list(in);
        failure.details = std::move(details);
        break;
    }
    case server_error_code::already_exists: {
        already_exists_details details;
        details.keyspace = wire::read_string(in);
        details.table = wire::read_string(in);
        failure.details = std::move(details);
        break;
    }
    case server_error_code::unprepared: {
        const auto id = wire::read_short_bytes(in);
        failure.details = unprepared_details{{id.begin(), id.end()}};
        break;
    }
    default:
        break;
    }
}

void read_after_text(base::byte_reader& in, const error_extensions& agreed,
                     protocol_version version, server_error& failure) {
    if (agreed.rate_limit_code &&
        static_cast<std::int32_t>(failure.code) == *agreed.rate_limit_code) {
        rate_limit_details details;
        const auto operation = in.read_u8();
        if (operation > 1)
            in.fail();
        details.op = static_cast<rate_limit_details::operation>(operation);
        details.rejected_by_coordinator = in.read_u8() != 0;
        failure.details = details;
    } else if (to_string(failure.code).empty()) {
        const auto rest = in.read_bytes(in.remaining());
        failure.rest.assign(rest.begin(), rest.end());
    } else {
        read_details(in, agreed, version, failure);
    }
}

struct details_writer {
    base::byte_writer& out;
    protocol_version version;

    void operator()(std::monostate) const {}
    void operator()(const unavailable_details& details) const {
        wire::write_consistency(out, details.level);
        out.write_i32(details.required);
        out.write_i32(details.alive);
    }
    void operator()(const write_timeout_details& details) const {
        write_counts(out, details);
        wire::write_string(out, details.write_type);
        if (details.contentions)
            out.write_u16(*details.contentions);
    }
    void operator()(const read_timeout_details& details) const {
        write_counts(out, details);
        out.write_u8(details.data_present ? 1 : 0);
    }
    void operator()(const read_failure_details& details) const {
        write_counts(out, details);
        write_failures(out, version, details);
        out.write_u8(details.data_present ? 1 : 0);
    }
    void operator()(const write_failure_details& details) const {
        write_counts(out, details);
        write_failures(out, version, details);
        wire::write_string(out, details.write_type);
    }
    void operator()(const cas_write_unknown_details& details) const { write_counts(out, details); }
    void operator()(const function_failure_details& details) const {
        wire::write_string(out, details.keyspace);
        wire::write_string(out, details.function);
        wire::write_string_list(out, details.argument_types);
    }
    void operator()(const already_exists_details& details) const {
        wire::write_string(out, details.keyspace);
        wire::write_string(out, details.table);
    }
    void operator()(const unprepared_details& details) const {
        wire::write_short_bytes(out, details.statement_id);
    }
    void operator()(const rate_limit_details& details) const {
        out.write_u8(static_cast<std::uint8_t>(details.op));
        out.write_u8(details.rejected_by_coordinator ? 1 : 0);
    }
};

/// As many as a text is to name.
constexpr std::size_t most_named = 16;

std::string text_of(const std::vector<failure_reason>& reasons) {
    if (reasons.empty())
        return "";
    std::string text;
    for (std::size_t i = 0; i < reasons.size() && i < most_named; ++i) {
        const auto& each = reasons[i];
        text += (i == 0 ? " (" : ", ") + each.replica.to_string() + ": ";
        text += each.name.empty() ? "reason " + std::to_string(each.code) : each.name;
    }
    return text + (reasons.size() > most_named ? ", …)" : ")");
}

std::string replicas_of(const server_error& said) {
    if (const auto* const read = std::get_if<read_failure_details>(&said.details))
        return text_of(read->reasons);
    if (const auto* const write = std::get_if<write_failure_details>(&said.details))
        return text_of(write->reasons);
    return "";
}

} // namespace

result<server_error> decode_error(base::byte_reader& in, const error_extensions& agreed,
                                  protocol_version version) {
    server_error failure;
    failure.code = static_cast<server_error_code>(in.read_i32());
    const std::size_t length = in.read_u16();
    const auto at_text = in;
    failure.message = wire::as_text(in.read_bytes(length));
    read_after_text(in, agreed, version, failure);
    const bool whole = !in.failed() && in.at_end() && failure.rest.size() < wrap;
    if (whole || at_text.remaining() < length + wrap)
        return finish(in, std::move(failure), "ERROR");
    // Of a longer text servers write the low 16 bits of the length, and then all of it. Nothing
    // that follows a text is as long as that.
    in = at_text;
    failure.message =
        wire::as_text(in.read_bytes(in.remaining() - (in.remaining() - length) % wrap));
    failure.details = {};
    failure.rest.clear();
    read_after_text(in, agreed, version, failure);
    if (in.failed() || !in.at_end())
        failure.details = {}; // the text is worth more than they are
    return failure;
}

void encode_error(base::byte_writer& out, const server_error& failure, protocol_version version) {
    out.write_i32(static_cast<std::int32_t>(failure.code));
    // As servers do, whatever its length: see decode_error().
    out.write_u16(static_cast<std::uint16_t>(failure.message.size()));
    out.write_bytes(wire::as_bytes(failure.message));
    std::visit(details_writer{out, version}, failure.details);
    out.write_bytes(failure.rest);
}

error to_error(server_error said) {
    // Its code is the server's choice.
    const auto name = std::holds_alternative<rate_limit_details>(said.details)
                          ? std::string_view("Rate_limit_error")
                          : to_string(said.code);
    std::string text = name.empty()
                           ? "server error " + std::to_string(static_cast<std::int32_t>(said.code))
                           : std::string(name);
    text += ": ";
    text += said.message;
    text += replicas_of(said);
    return error(errc::server_error, std::move(text))
        .with(std::move(said))
        .with(request_outcome::answered);
}

} // namespace cocql::message
