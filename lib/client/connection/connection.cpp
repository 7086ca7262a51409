#include "client/connection/fetch_trace.hpp"
#include "client/connection/implementation.hpp"
#include "core/message/batch.hpp"
#include "core/message/decode_response.hpp"
#include "core/message/execute.hpp"
#include "core/message/prepare.hpp"
#include "core/message/query.hpp"

#include <cocql/connection.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace cocql {

namespace asio = boost::asio;
using client::implementation;

/// All copies of a connection share one; its end is the connection's. Requests in flight hold the
/// implementation alone, so that they do not keep a connection open that nobody can use.
class connection::handle {
  public:
    explicit handle(std::shared_ptr<implementation> impl) noexcept : impl(std::move(impl)) {}
    ~handle() { impl->abandon(); }
    handle(const handle&) = delete;
    handle& operator=(const handle&) = delete;

    const std::shared_ptr<implementation> impl;
};

namespace {

using shared = std::shared_ptr<implementation>;

/// A coroutine of its own hears of terminal cancellation only, unless it says otherwise. What the
/// caller's lets through is to arrive.
template <class T>
asio::awaitable<T> hearing_every_cancellation(asio::awaitable<T> work) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_return co_await std::move(work);
}

/// Runs work on the connection's executor and comes back.
template <class T>
asio::awaitable<T> on_executor_of(shared impl, asio::awaitable<T> work) {
    const auto here = co_await asio::this_coro::executor;
    if (here == impl->executor())
        co_return co_await std::move(work);
    co_return co_await asio::co_spawn(impl->executor(), hearing_every_cancellation(std::move(work)),
                                      asio::use_awaitable);
}

/// Completes an error that is not the protocol's own: `unless_known` is what became of the request
/// if the error does not say.
error about(error failure, const shared& impl, const message::request& message,
            request_outcome unless_known) {
    if (failure.outcome() == request_outcome::not_a_request)
        failure.with(unless_known);
    if (failure.endpoint().empty())
        failure.at(impl->where().to_string());
    if (failure.operation().empty())
        failure.during(wire::to_string(message.opcode()));
    return failure;
}

/// `known`: the columns that the rows have when the answer does not describe them.
asio::awaitable<result<page>> send_for_page(shared impl, const message::request& message,
                                            const statement_options& options,
                                            const std::vector<column>* known = nullptr) {
    auto answer = co_await impl->send(message, options);
    if (!answer)
        co_return answer.error();
    auto decoded = message::decode_page(answer->header, std::move(answer->body),
                                        impl->agreed().rate_limit_code, known);
    if (!decoded)
        co_return about(decoded.error(), impl, message, request_outcome::maybe_executed);
    co_return std::move(*decoded);
}

asio::awaitable<result<page>> do_query(shared impl, std::string cql, statement_options options) {
    const message::query message(cql, message::query_parameters(options));
    auto answer = co_await send_for_page(impl, message, options);
    co_return answer;
}

asio::awaitable<result<prepared_statement>> do_prepare(shared impl, std::string cql,
                                                       statement_options options) {
    const message::prepare message(cql, options.keyspace());
    auto answer = co_await impl->send(message, options);
    if (!answer)
        co_return answer.error();
    auto decoded = message::decode_prepared(answer->header, answer->body.view(), cql,
                                            impl->agreed().metadata_ids);
    if (!decoded)
        co_return about(decoded.error(), impl, message, request_outcome::maybe_executed);
    co_return std::move(*decoded);
}

asio::awaitable<result<page>> do_execute(shared impl, result<bound_statement> bound,
                                         statement_options options) {
    message::execute message;
    if (!bound)
        co_return about(bound.error(), impl, message, request_outcome::not_sent);
    const auto& statement = bound->statement();
    message.id = statement.id();
    message.parameters = message::query_parameters(options);
    message.parameters.written = {bound->bytes(), bound->size(), bound->has_unset()};
    const std::vector<column>* known = nullptr;
    if (impl->agreed().metadata_ids) {
        // With the right id the server may leave the description of the rows out; with a wrong or
        // an empty one (the statement was prepared where ids are not spoken, or its table was
        // altered) it describes them.
        const auto& metadata_id = statement.result_metadata_id();
        message.result_metadata_id =
            metadata_id ? std::span<const std::byte>(*metadata_id) : std::span<const std::byte>();
        if (metadata_id && !metadata_id->empty() && !statement.result_columns().empty()) {
            message.parameters.skip_metadata = true;
            known = &statement.result_columns();
        }
    }
    auto answer = co_await send_for_page(impl, message, options, known);
    co_return answer;
}

message::batch message_of(const batch& batch, const statement_options& options) {
    message::batch message;
    message.type = batch.type();
    message.level = options.consistency();
    message.serial_level = options.serial_consistency();
    message.timestamp = options.timestamp();
    message.keyspace = options.keyspace();
    message.now_in_seconds = options.now_in_seconds();
    message.statements.reserve(batch.size());
    for (const auto& each : batch.statements()) {
        if (const auto* cql = std::get_if<std::string>(&each)) {
            message.statements.emplace_back(std::string_view(*cql));
            continue;
        }
        const auto& bound = std::get<bound_statement>(each);
        auto& part = message.statements.emplace_back(bound.statement().id());
        part.written = {bound.bytes(), bound.size(), bound.has_unset()};
    }
    return message;
}

asio::awaitable<result<page>> do_batch(shared impl, batch batch, statement_options options) {
    const auto message = message_of(batch, options);
    if (batch.failure())
        co_return about(*batch.failure(), impl, message, request_outcome::not_sent);
    auto answer = co_await send_for_page(impl, message, options, nullptr);
    co_return answer;
}

/// A request whose body is ready.
class raw_message final : public message::request {
  public:
    explicit raw_message(const raw_request& raw) noexcept : raw_(raw) {}
    wire::opcode opcode() const noexcept override { return raw_.opcode; }
    result<void> encode(base::byte_writer& out, protocol_version) const override {
        out.write_bytes(raw_.body);
        return {};
    }

  private:
    const raw_request& raw_;
};

asio::awaitable<result<raw_response>> do_request(shared impl, raw_request raw,
                                                 statement_options options) {
    const raw_message message(raw);
    auto answer = co_await impl->send(message, options);
    if (!answer)
        co_return answer.error();
    const auto bytes = answer->body.view();
    co_return raw_response(answer->header.opcode, answer->header.flags,
                           std::vector<std::byte>(bytes.begin(), bytes.end()));
}

/// The throwing face of an operation.
template <class T>
asio::awaitable<T> thrown_on_error(shared impl, asio::awaitable<result<T>> work) {
    auto outcome = co_await on_executor_of(std::move(impl), std::move(work));
    if (!outcome)
        throw outcome.error();
    co_return std::move(*outcome);
}

} // namespace

asio::awaitable<connection> connection::open(endpoint where, connection_options options) {
    const auto executor = co_await asio::this_coro::executor;
    auto impl = std::make_shared<implementation>(executor, std::move(where), std::move(options),
                                                 io::steady_clock());
    auto opened = co_await impl->open();
    if (!opened)
        throw opened.error();
    co_return connection(std::make_shared<handle>(std::move(impl)));
}

connection::connection() noexcept = default;
connection::connection(const connection&) noexcept = default;
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(const connection&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;
connection::connection(std::shared_ptr<handle> owner) noexcept : handle_(std::move(owner)) {}

asio::awaitable<page> connection::query(std::string cql, statement_options options) {
    const auto& impl = handle_->impl;
    return thrown_on_error(impl, do_query(impl, std::move(cql), std::move(options)));
}

asio::awaitable<prepared_statement> connection::prepare(std::string cql,
                                                        statement_options options) {
    const auto& impl = handle_->impl;
    return thrown_on_error(impl, do_prepare(impl, std::move(cql), std::move(options)));
}

asio::awaitable<page> connection::execute_bound(result<bound_statement> statement,
                                                statement_options options) {
    const auto& impl = handle_->impl;
    return thrown_on_error(impl, do_execute(impl, std::move(statement), std::move(options)));
}

asio::awaitable<page> connection::execute(bound_statement statement, statement_options options) {
    return execute_bound(std::move(statement), std::move(options));
}

asio::awaitable<page> connection::execute(prepared_statement statement, std::vector<value> values,
                                          statement_options options) {
    return execute_bound(bound_statement::of_values(std::move(statement), values),
                         std::move(options));
}

asio::awaitable<page> connection::execute(batch statements, statement_options options) {
    const auto& impl = handle_->impl;
    return thrown_on_error(impl, do_batch(impl, std::move(statements), std::move(options)));
}

pager connection::pages(std::string cql, statement_options options) {
    return pager([self = *this, cql = std::move(cql)](
                     const statement_options& with) mutable { return self.query(cql, with); },
                 std::move(options));
}

pager connection::pages(result<bound_statement> statement, statement_options options) {
    return pager(
        [self = *this, bound = std::move(statement)](const statement_options& with) mutable {
            return self.execute_bound(bound, with);
        },
        std::move(options));
}

asio::awaitable<trace> connection::fetch_trace(uuid tracing_id,
                                               std::chrono::milliseconds patience) {
    return client::fetch_trace(*this, tracing_id, patience);
}

asio::awaitable<raw_response> connection::request(raw_request message, statement_options options) {
    const auto& impl = handle_->impl;
    return thrown_on_error(impl, do_request(impl, std::move(message), std::move(options)));
}

result<void> connection::push(std::span<const std::byte> frame) {
    return handle_->impl->push(frame);
}

asio::awaitable<void> connection::close() {
    const auto& impl = handle_->impl;
    return on_executor_of(impl, impl->close());
}

const std::map<std::string, std::vector<std::string>>& connection::supported() const {
    return handle_->impl->supported();
}
connection_state connection::state() const {
    return handle_->impl->state();
}
const peer_info& connection::peer() const {
    return handle_->impl->peer();
}
const endpoint& connection::where() const {
    return handle_->impl->where();
}
protocol_version connection::version() const {
    return handle_->impl->version();
}
const phase_times& connection::times() const {
    return handle_->impl->times();
}
asio::any_io_executor connection::get_executor() const {
    return handle_->impl->executor();
}

} // namespace cocql
