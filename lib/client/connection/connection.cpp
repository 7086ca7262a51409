#include "client/connection/fetch_trace.hpp"
#include "client/connection/implementation.hpp"
#include "core/message/batch.hpp"
#include "core/message/bound_execute.hpp"
#include "core/message/decode_response.hpp"
#include "core/message/prepare.hpp"
#include "core/message/query.hpp"

#include <cocql/connection.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
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

// What can be asked. Each owns what its message borrows, and its options; write() completes the
// message, read() makes of the answer what the caller gets.

/// What most of them have.
class asking {
  public:
    explicit asking(statement_options options) noexcept : options_(std::move(options)) {}
    const statement_options& options() const noexcept { return options_; }

  private:
    statement_options options_;
};

class querying : public asking {
  public:
    using answer = page;
    using request = message::query;
    querying(std::string cql, statement_options options) noexcept
        : asking(std::move(options)), cql_(std::move(cql)) {}
    std::optional<error> write(request& message, const implementation&) const {
        message.cql = cql_;
        message.parameters.take(options());
        return std::nullopt;
    }
    result<page> read(const request&, const implementation& impl, wire::frame& frame) {
        return message::decode_page(frame, impl.agreed().rate_limit_code);
    }

  private:
    std::string cql_;
};

class preparing : public asking {
  public:
    using answer = prepared_statement;
    using request = message::prepare;
    preparing(std::string cql, statement_options options) noexcept
        : asking(std::move(options)), cql_(std::move(cql)) {}
    std::optional<error> write(request& message, const implementation&) const {
        message.cql = cql_;
        message.keyspace = options().keyspace();
        return std::nullopt;
    }
    result<prepared_statement> read(const request&, const implementation& impl,
                                    wire::frame& frame) {
        return message::decode_prepared(frame.header(), frame.body(), cql_,
                                        impl.agreed().metadata_ids);
    }

  private:
    std::string cql_;
};

const statement_options& usual_options() noexcept {
    static const statement_options options;
    return options;
}

class executing {
  public:
    using answer = page;
    using request = message::bound_execute;
    explicit executing(detail::binding&& binding) noexcept : binding_(std::move(binding)) {}
    const statement_options& options() const noexcept {
        return binding_.options() ? *binding_.options() : usual_options();
    }
    std::optional<error> write(request& message, const implementation& impl) {
        if (binding_.failure())
            return binding_.failure();
        message = request(binding_.bound(), binding_.options() ? &*binding_.options() : nullptr,
                          impl.agreed().metadata_ids);
        return std::nullopt;
    }
    result<page> read(const request& message, const implementation& impl, wire::frame& frame) {
        const bool may_be_undescribed = message.skips_metadata();
        message::known_columns known(binding_.take_statement().content());
        return message::decode_page(frame, impl.agreed().rate_limit_code, &known,
                                    may_be_undescribed);
    }

  private:
    detail::binding binding_;
};

class executing_batch : public asking {
  public:
    using answer = page;
    using request = message::batch;
    executing_batch(batch statements, statement_options options) noexcept
        : asking(std::move(options)), batch_(std::move(statements)) {}
    std::optional<error> write(request& message, const implementation&) const {
        message.type = batch_.type();
        message.level = options().consistency();
        message.serial_level = options().serial_consistency();
        message.timestamp = options().timestamp();
        message.keyspace = options().keyspace();
        message.now_in_seconds = options().now_in_seconds();
        message.statements.reserve(batch_.size());
        for (const auto& each : batch_.statements()) {
            if (const auto* cql = std::get_if<std::string>(&each)) {
                message.statements.emplace_back(std::string_view(*cql));
                continue;
            }
            const auto& bound = std::get<bound_statement>(each);
            auto& part = message.statements.emplace_back(bound.statement().id());
            part.written = {bound.bytes(), bound.size(), bound.has_unset()};
        }
        return batch_.failure();
    }
    result<page> read(const request&, const implementation& impl, wire::frame& frame) {
        return message::decode_page(frame, impl.agreed().rate_limit_code);
    }

  private:
    batch batch_;
};

/// A request whose body is ready.
class raw_message final : public message::request {
  public:
    wire::opcode opcode() const noexcept override { return raw->opcode; }
    result<void> encode(base::byte_writer& out, protocol_version) const override {
        out.write_bytes(raw->body);
        return {};
    }
    const raw_request* raw = nullptr;
};

class asking_raw : public asking {
  public:
    using answer = raw_response;
    using request = raw_message;
    asking_raw(raw_request raw, statement_options options) noexcept
        : asking(std::move(options)), raw_(std::move(raw)) {}
    std::optional<error> write(request& message, const implementation&) const {
        message.raw = &raw_;
        return std::nullopt;
    }
    result<raw_response> read(const request&, const implementation&, wire::frame& frame) {
        const auto bytes = frame.body();
        return raw_response(frame.header().opcode, frame.header().flags,
                            std::vector<std::byte>(bytes.begin(), bytes.end()));
    }

  private:
    raw_request raw_;
};

/// A request from beginning to end, in one coroutine: each further one would cost every request.
template <class Work>
asio::awaitable<typename Work::answer> perform(shared impl, Work work) {
    const auto here = co_await asio::this_coro::executor;
    if (!impl->runs_on(here)) {
        auto there = perform(impl, std::move(work));
        co_return co_await asio::co_spawn(
            impl->executor(), hearing_every_cancellation(std::move(there)), asio::use_awaitable);
    }
    typename Work::request message;
    if (auto refused = work.write(message, *impl))
        throw about(std::move(*refused), impl, message, request_outcome::not_sent);
    client::request_operation operation(*impl, message, work.options());
    co_await operation.finished();
    if (operation.failure())
        throw *operation.failure();
    // The frame is the reader's, which is waiting for us: nothing may be awaited before it is read.
    auto answer = work.read(message, *impl, operation.frame());
    if (!answer)
        throw about(answer.error(), impl, message, request_outcome::maybe_executed);
    co_return std::move(*answer);
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
    return perform(handle_->impl, querying(std::move(cql), std::move(options)));
}

asio::awaitable<prepared_statement> connection::prepare(std::string cql,
                                                        statement_options options) {
    return perform(handle_->impl, preparing(std::move(cql), std::move(options)));
}

asio::awaitable<page> connection::execute_bound(detail::binding&& statement) {
    return perform(handle_->impl, executing(std::move(statement)));
}

asio::awaitable<page> connection::execute(bound_statement statement, statement_options options) {
    return execute_bound(detail::binding(std::move(statement)).with(std::move(options)));
}

asio::awaitable<page> connection::execute(prepared_statement statement, std::vector<value> values,
                                          statement_options options) {
    return execute_bound(detail::binding(bound_statement::of_values(std::move(statement), values))
                             .with(std::move(options)));
}

asio::awaitable<page> connection::execute(batch statements, statement_options options) {
    return perform(handle_->impl, executing_batch(std::move(statements), std::move(options)));
}

pager connection::pages(std::string cql, statement_options options) {
    return pager([self = *this, cql = std::move(cql)](
                     const statement_options& with) mutable { return self.query(cql, with); },
                 std::move(options));
}

pager connection::pages(result<bound_statement> statement, statement_options options) {
    return pager(
        [self = *this, bound = std::move(statement)](const statement_options& with) mutable {
            return self.execute_bound(detail::binding(bound).with(with));
        },
        std::move(options));
}

asio::awaitable<trace> connection::fetch_trace(uuid tracing_id,
                                               std::chrono::milliseconds patience) {
    return client::fetch_trace(*this, tracing_id, patience);
}

asio::awaitable<raw_response> connection::request(raw_request message, statement_options options) {
    return perform(handle_->impl, asking_raw(std::move(message), std::move(options)));
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
