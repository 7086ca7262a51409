#include "testing/node_session.hpp"

#include "core/message/auth_response.hpp"
#include "core/message/authentication.hpp"
#include "core/message/batch.hpp"
#include "core/message/error.hpp"
#include "core/message/execute.hpp"
#include "core/message/prepare.hpp"
#include "core/message/prepared_result.hpp"
#include "core/message/query.hpp"
#include "core/message/register.hpp"
#include "core/message/result_kind.hpp"
#include "core/message/startup.hpp"
#include "core/message/supported.hpp"
#include "core/message/use_statement.hpp"
#include "core/wire/notation.hpp"
#include "testing/body_of.hpp"

#include <algorithm>
#include <functional>

namespace cocql::testing {

namespace {

/// The text itself where an id may be as long; of a longer one its beginning and a hash.
std::string id_of(std::string_view cql, const std::string& salt) {
    constexpr std::size_t longest = 65'000;
    if (cql.size() + salt.size() <= longest)
        return std::string(cql) + salt;
    return salt + std::string(cql.substr(0, longest)) + " … " + std::to_string(cql.size()) + " " +
           std::to_string(std::hash<std::string_view>()(cql));
}

node_reply unprepared(std::span<const std::byte> id) {
    server_error said;
    said.code = server_error_code::unprepared;
    said.message = "No prepared statement with that ID found.";
    said.details = unprepared_details{{id.begin(), id.end()}};
    return error_of(std::move(said));
}

/// As it is offered below.
constexpr std::uint32_t conditional_mark = 2147483648;

wire::string_multimap supported_by_manners(const node_options& options, std::uint8_t version) {
    auto compressions = options.compressions;
    if (version >= 5)
        std::erase(compressions, "snappy");
    if (options.like == manners::cassandra) {
        std::vector<std::string> versions;
        for (auto each = options.lowest_version; each <= options.highest_version; ++each)
            versions.push_back(std::to_string(each) + "/v" + std::to_string(each));
        return {{"PROTOCOL_VERSIONS", versions},
                {"COMPRESSION", compressions},
                {"CQL_VERSION", {"3.4.7"}}};
    }
    return {{"CLIENT_OPTIONS", {""}},
            {"COMPRESSION", compressions},
            {"CQL_VERSION", {"3.3.1"}},
            {"SCYLLA_HOST_ID", {"d83dff19-8b75-4a2b-96fa-bb0aba4878a8"}},
            {"SCYLLA_LWT_ADD_METADATA_MARK", {"LWT_OPTIMIZATION_META_BIT_MASK=2147483648"}},
            {"SCYLLA_NR_SHARDS", {"2"}},
            {"SCYLLA_PARTITIONER", {"org.apache.cassandra.dht.Murmur3Partitioner"}},
            {"SCYLLA_RATE_LIMIT_ERROR", {"ERROR_CODE=61440"}},
            {"SCYLLA_SHARD", {"0"}},
            {"SCYLLA_SHARDING_ALGORITHM", {"biased-token-round-robin"}},
            {"SCYLLA_SHARDING_IGNORE_MSB", {"12"}},
            {"SCYLLA_SHARD_AWARE_PORT", {"29043"}},
            {"SCYLLA_SHARD_AWARE_PORT_SSL", {"29143"}},
            {"SCYLLA_USE_METADATA_ID", {""}},
            {"TABLETS_ROUTING_V1", {""}}};
}

} // namespace

wire::string_multimap node_session::supported() {
    auto all = supported_by_manners(options_, version_);
    if (options_.shard) {
        if (!shard_)
            shard_ = options_.shard(client_port_);
        all["SCYLLA_SHARD"] = {std::to_string(*shard_)};
    }
    for (const auto& [key, values] : options_.offers)
        if (values.empty())
            all.erase(key);
        else
            all[key] = values;
    return all;
}

std::vector<column> node_session::parameters_of(const std::string& cql) const {
    if (options_.parameters)
        return options_.parameters(cql);
    std::vector<column> parameters;
    for (auto marker = cql.find('?'); marker != std::string::npos;
         marker = cql.find('?', marker + 1))
        parameters.push_back({"scripted", "answers", "p" + std::to_string(parameters.size()),
                              data_type::kind::text});
    return parameters;
}

std::vector<column> node_session::rows_of_prepared(const std::string& cql) const {
    return options_.prepared_columns_of ? options_.prepared_columns_of(cql)
                                        : options_.prepared_columns;
}

std::string node_session::id_of_rows(const std::string& cql) const {
    if (!options_.prepared_columns_of)
        return options_.metadata_id;
    return options_.metadata_id + " " + std::to_string(std::hash<std::string>()(cql));
}

std::vector<std::byte> node_session::feed(std::span<const std::byte> bytes) {
    if (!framing_ && !bytes.empty()) {
        wire::frame_receiver& receiver = *this;
        const auto version = std::to_integer<int>(bytes.front()) & 0x7f;
        framing_.emplace(receiver, static_cast<protocol_version>(version),
                         wire::frame_assembler::default_limit);
    }
    if (!wants_close_ && framing_)
        if (auto fed = framing_->feed(bytes); !fed)
            wants_close_ = true;
    if (options_.flip_at && *options_.flip_at < out_.size())
        out_.data()[*options_.flip_at] ^= std::byte{1};
    std::vector<std::byte> answers(out_.view().begin(), out_.view().end());
    out_.clear();
    return answers;
}

bool node_session::listens_to(std::string_view event) const noexcept {
    return client_ && std::ranges::find(client_->events, event) != client_->events.end();
}

std::size_t node_session::count(wire::opcode opcode) const {
    const auto found = counts_.find(opcode);
    return found == counts_.end() ? 0 : found->second;
}

std::vector<std::byte> node_session::frame(std::int16_t stream, const node_reply& reply) {
    base::buffer out;
    put(out, bare_frame(stream, reply));
    return {out.view().begin(), out.view().end()};
}

std::vector<std::byte> node_session::bare_frame(std::int16_t stream,
                                                const node_reply& reply) const {
    return body_of([&](base::byte_writer& out) {
        wire::frame_header header;
        header.version = static_cast<std::uint8_t>(0x80 | version_);
        header.flags = reply.flags;
        header.stream = stream;
        header.opcode = reply.opcode;
        header.length = static_cast<std::uint32_t>(reply.body.size());
        header.encode(out);
        out.write_bytes(reply.body);
    });
}

void node_session::send(std::int16_t stream, const node_reply& reply) {
    put(out_, bare_frame(stream, reply));
}

void node_session::put(base::buffer& out, std::span<const std::byte> frame) {
    const auto before = out.size();
    if (!framing_ || framing_->writes_plainly())
        out.append(frame);
    else
        framing_->append(out, frame, queued_);
    queued_ += out.size() - before;
}

void node_session::refuse(std::int16_t stream, server_error_code code, const std::string& text) {
    server_error said;
    said.code = code;
    said.message = text;
    send(stream, error_of(std::move(said)));
}

result<void> node_session::header_received(const wire::frame_header& header) {
    const bool spoken =
        header.version >= options_.lowest_version && header.version <= options_.highest_version;
    if (!spoken) {
        version_ = options_.highest_version;
        if (options_.like == manners::scylla) {
            version_ = 4; // whatever it speaks itself, its refusals are of version 4
            refuse(0, server_error_code::protocol_error,
                   "Invalid or unsupported protocol version: " + std::to_string(header.version));
        } else {
            refuse(header.stream, server_error_code::protocol_error,
                   "Invalid or unsupported protocol version (" + std::to_string(header.version) +
                       "); the lowest supported version is " +
                       std::to_string(options_.lowest_version) + " and the greatest is " +
                       std::to_string(options_.highest_version));
        }
        wants_close_ = true;
        return error(errc::unsupported_protocol_version, "refused");
    }
    version_ = header.version;
    if (!wire::is_request(header.opcode)) {
        if (options_.like == manners::cassandra)
            refuse(header.stream, server_error_code::protocol_error,
                   "Unknown opcode " + std::to_string(static_cast<int>(header.opcode)));
        wants_close_ = true;
        return error(errc::protocol_error, "unknown opcode");
    }
    if (options_.like == manners::scylla && !logged_in_ && header.length > 100'000'000) {
        refuse(header.stream, server_error_code::protocol_error,
               "Initial message size too large (" + std::to_string(header.length) +
                   "), rejecting as invalid");
        wants_close_ = true;
        return error(errc::protocol_error, "too large");
    }
    return {};
}

result<void> node_session::frame_received(wire::frame& frame) {
    ++counts_[frame.header().opcode];
    if (framing_->is_compressed(frame.header())) {
        ++compressed_requests_;
        auto whole = framing_->decompressed(frame);
        if (!whole)
            return whole.error();
        if (!keeps_silent(frame.header().opcode))
            handle(*whole);
    } else if (!keeps_silent(frame.header().opcode)) {
        handle(frame);
    }
    if (wants_close_)
        return error(errc::connection_closed, "closing");
    return {};
}

bool node_session::keeps_silent(wire::opcode opcode) const noexcept {
    switch (options_.silent) {
    case silence::at_options:
    case silence::after_handshake:
        return true;
    case silence::at_startup:
        return opcode == wire::opcode::startup;
    case silence::at_auth:
        return opcode == wire::opcode::auth_response;
    case silence::at_register:
        return opcode == wire::opcode::register_;
    case silence::at_query:
        return opcode == wire::opcode::query || opcode == wire::opcode::execute;
    default:
        return false;
    }
}

/// The server's name for it counts, whichever that is.
bool node_session::wants_version_blocks(const std::map<std::string, std::string>& asked) {
    const auto offered = supported();
    return std::ranges::any_of(asked, [&](const auto& each) {
        return each.first.starts_with("TABLETS_ROUTING_V2") && offered.contains(each.first);
    });
}

void node_session::startup(std::int16_t stream, base::byte_reader& in) {
    const auto message = message::startup::decode(in);
    if (!message)
        return refuse(stream, server_error_code::protocol_error, message.error().what());
    const auto asked = message->options.find("COMPRESSION");
    auto kind = compression::none;
    if (asked != message->options.end()) {
        for (const auto each : {compression::lz4, compression::snappy})
            if (asked->second == to_string(each))
                kind = each;
        const auto offered = supported().at("COMPRESSION");
        if (std::find(offered.begin(), offered.end(), asked->second) == offered.end())
            return refuse(stream, server_error_code::protocol_error,
                          "Unknown compression algorithm: " + asked->second);
    }
    metadata_ids_ = version_ >= 5 || (options_.like == manners::scylla &&
                                      message->options.contains("SCYLLA_USE_METADATA_ID"));
    version_blocks_ = wants_version_blocks(message->options);
    wants_tablets_ = !version_blocks_ && message->options.contains("TABLETS_ROUTING_V1");
    wants_marks_ = message->options.contains("SCYLLA_LWT_ADD_METADATA_MARK");
    client_.emplace().options = message->options;
    logged_in_ = options_.user.empty();
    if (logged_in_)
        send(stream, {wire::opcode::ready, {}});
    else
        send(stream, {wire::opcode::authenticate, body_of([](base::byte_writer& out) {
                          message::encode_authenticate(
                              out, "org.apache.cassandra.auth.PasswordAuthenticator");
                      })});
    framing_->agree_on(static_cast<protocol_version>(version_), kind);
    framing_->startup_accepted();
}

/// One after the other: those before one that is not known are registered all the same.
void node_session::register_for(std::int16_t stream, base::byte_reader& in) {
    const auto asked = message::register_::decode(in);
    if (!asked || !client_)
        return send(stream, {wire::opcode::ready, {}});
    auto& registered = client_->events;
    for (const auto& each : asked->events) {
        if (options_.unknown_events.contains(each))
            return refuse(stream, server_error_code::protocol_error,
                          "Invalid value '" + each + "' for Event.Type");
        if (std::ranges::find(registered, each) == registered.end())
            registered.push_back(each);
    }
    send(stream, {wire::opcode::ready, {}});
}

void node_session::handle(wire::frame& frame) {
    const auto version = static_cast<protocol_version>(version_);
    const auto stream = frame.header().stream;
    if (const auto refusal = options_.refused.find(frame.header().opcode);
        refusal != options_.refused.end())
        return send(stream, error_of(refusal->second));
    base::byte_reader in(frame.body());
    switch (frame.header().opcode) {
    case wire::opcode::options:
        send(stream, {wire::opcode::supported, body_of([&](base::byte_writer& out) {
                          message::encode_supported(out, supported());
                      })});
        break;
    case wire::opcode::startup:
        startup(stream, in);
        break;
    case wire::opcode::auth_response: {
        const auto response = message::auth_response::decode(in);
        const std::string expected =
            std::string(1, '\0') + options_.user + std::string(1, '\0') + options_.secret;
        if (response && wire::as_text(response->token) == expected) {
            logged_in_ = true;
            send(stream, {wire::opcode::auth_success,
                          body_of([](base::byte_writer& out) { message::encode_token(out, {}); })});
        } else {
            refuse(stream, server_error_code::authentication_error,
                   "Username and/or password are incorrect");
        }
        break;
    }
    case wire::opcode::register_:
        register_for(stream, in);
        break;
    case wire::opcode::query:
        if (!logged_in_)
            refuse(stream, server_error_code::protocol_error,
                   "Unexpected message QUERY, expecting STARTUP or OPTIONS");
        else if (const auto query = message::query::decode(in, version); query)
            statement(stream, std::string(query->cql), query->parameters);
        else
            refuse(stream, server_error_code::protocol_error, query.error().what());
        break;
    case wire::opcode::prepare: {
        const auto prepare = message::prepare::decode(in, version);
        if (!prepare)
            return refuse(stream, server_error_code::protocol_error, prepare.error().what());
        if (count(wire::opcode::prepare) > options_.answered_prepares)
            return;
        message::prepared_result prepared;
        const std::string in(prepare->keyspace.empty() ? keyspace_ : prepare->keyspace);
        const auto id = id_of(prepare->cql, options_.id_salt + in);
        const auto id_bytes = wire::as_bytes(id);
        prepared.id.assign(id_bytes.begin(), id_bytes.end());
        if (wants_marks_ && prepare->cql.find(" IF ") != prepare->cql.npos)
            prepared.flags |= conditional_mark;
        prepared.parameters = parameters_of(std::string(prepare->cql));
        if (options_.partition_key && version >= protocol_version::v4)
            prepared.partition_key_indices = options_.partition_key(std::string(prepare->cql));
        const std::string cql(prepare->cql);
        prepared.result.columns = rows_of_prepared(cql);
        prepared.result.column_count = prepared.result.columns.size();
        if (metadata_ids_) {
            const auto of_rows = id_of_rows(cql);
            const auto metadata_id = wire::as_bytes(of_rows);
            prepared.result_metadata_id.emplace(metadata_id.begin(), metadata_id.end());
        }
        prepared_[id] = prepare->cql;
        send(stream, {wire::opcode::result,
                      body_of([&](base::byte_writer& out) { prepared.encode(out, version); })});
        break;
    }
    case wire::opcode::execute: {
        const auto execute = message::execute::decode(in, version, metadata_ids_, version_blocks_);
        if (!execute)
            return refuse(stream, server_error_code::protocol_error, execute.error().what());
        const auto text = text_of(execute->id);
        if (!text)
            return send(stream, unprepared(execute->id));
        statement(stream, *text, execute->parameters, &*execute);
        break;
    }
    case wire::opcode::batch:
        batch(stream, in);
        break;
    default:
        refuse(stream, server_error_code::invalid, "the scripted node does not know this message");
    }
}

std::optional<std::string> node_session::text_of(std::span<const std::byte> id) {
    const auto found = prepared_.find(std::string(wire::as_text(id)));
    if (found == prepared_.end())
        return std::nullopt;
    if (options_.forgets && options_.forgets(found->second)) {
        prepared_.erase(found);
        return std::nullopt;
    }
    return found->second;
}

std::optional<node_reply> node_session::reply_to(const std::string& cql,
                                                 const message::query_parameters& parameters,
                                                 bool knows_rows,
                                                 std::optional<std::uint8_t> version_block) const {
    if (options_.answer_request) {
        node_request request;
        request.cql = cql;
        for (const auto& value : parameters.values) {
            const auto bytes = value.bytes();
            auto& added = request.values.emplace_back();
            if (!value.is_null() && !value.is_unset())
                added.emplace(bytes.begin(), bytes.end());
        }
        request.page_size = parameters.page_size;
        if (parameters.paging_state)
            request.paging_state.assign(parameters.paging_state->begin(),
                                        parameters.paging_state->end());
        request.consistency = parameters.level;
        request.serial_consistency = parameters.serial_level;
        request.timestamp = parameters.timestamp;
        request.knows_rows = knows_rows;
        request.keyspace = keyspace_;
        request.shard = shard_.value_or(0);
        request.wants_tablets = wants_tablets_;
        request.version_block = version_block;
        if (auto reply = options_.answer_request(request))
            return reply;
    }
    return options_.answer ? options_.answer(cql) : std::nullopt;
}

void node_session::batch(std::int16_t stream, base::byte_reader& in) {
    const auto batch = message::batch::decode(in, static_cast<protocol_version>(version_));
    if (!batch)
        return refuse(stream, server_error_code::protocol_error, batch.error().what());
    for (const auto& each : batch->statements) {
        if (const auto* cql = std::get_if<std::string_view>(&each.what)) {
            statements_.emplace_back(*cql);
            continue;
        }
        const auto id = std::get<std::span<const std::byte>>(each.what);
        const auto text = text_of(id);
        if (!text)
            return send(stream, unprepared(id));
        statements_.push_back(*text);
    }
    message::query_parameters parameters;
    parameters.level = batch->level;
    parameters.serial_level = batch->serial_level;
    parameters.timestamp = batch->timestamp;
    auto reply = reply_to("BATCH", parameters);
    answer_statement(stream, "BATCH",
                     reply ? *reply
                           : node_reply(opcode::result,
                                        body_of([](base::byte_writer& out) { out.write_i32(1); })));
}

void node_session::statement(std::int16_t stream, const std::string& cql,
                             const message::query_parameters& parameters,
                             const message::execute* execute) {
    statements_.push_back(cql);
    if (!options_.silent_statement.empty() && cql.starts_with(options_.silent_statement))
        return;
    const auto of_rows = id_of_rows(cql);
    const bool knows_rows =
        execute == nullptr || !execute->result_metadata_id ||
        std::ranges::equal(*execute->result_metadata_id, wire::as_bytes(of_rows));
    auto reply = reply_to(cql, parameters, knows_rows,
                          execute != nullptr ? execute->version_block : std::nullopt);
    const auto used = reply ? std::nullopt : message::keyspace_used_by(cql);
    if (used && cql.size() > 65'535)
        return refuse(stream, server_error_code::invalid, "there is no keyspace of such a name");
    if (used) {
        keyspace_ = *used;
        reply = node_reply(wire::opcode::result, body_of([&](base::byte_writer& out) {
                               out.write_i32(
                                   static_cast<std::int32_t>(message::result_kind::set_keyspace));
                               wire::write_string(out, keyspace_);
                           }));
    }
    if (!reply)
        reply = node_reply(wire::opcode::result,
                           body_of([](base::byte_writer& out) { out.write_i32(1); }));
    if (execute != nullptr && !rows_of_prepared(cql).empty()) {
        const auto right_id = wire::as_bytes(of_rows);
        if (execute->result_metadata_id)
            reply = for_execute(*reply, *execute->result_metadata_id, right_id,
                                execute->parameters.skip_metadata);
        else if (options_.prepared_columns_of && execute->parameters.skip_metadata)
            reply = for_execute(*reply, right_id, right_id, true);
    }
    answer_statement(stream, cql, *reply);
}

void node_session::answer_statement(std::int16_t stream, const std::string& cql,
                                    const node_reply& reply) {
    if (options_.delay) {
        if (const auto delay = options_.delay(cql); delay.count() > 0) {
            delayed_.push_back({delay, stream, reply});
            return;
        }
    }
    if (options_.reverse_after == 0)
        return send(stream, reply);
    held_back_.push_back(bare_frame(stream, reply));
    if (held_back_.size() < options_.reverse_after)
        return;
    for (auto bytes = held_back_.rbegin(); bytes != held_back_.rend(); ++bytes)
        put(out_, *bytes);
    held_back_.clear();
}

} // namespace cocql::testing
