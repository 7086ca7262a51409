#include "client/connection/fetch_trace.hpp"
#include "client/connection/implementation.hpp"
#include "client/connection/request_operation.hpp"
#include "core/message/batch.hpp"
#include "core/message/bound_execute.hpp"
#include "core/message/decode_response.hpp"
#include "core/message/prepare.hpp"
#include "core/message/query.hpp"

#include <cocql/connection.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
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
    const statement_options* options() const noexcept { return &options_; }

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
        message.parameters.take(*options());
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
        message.keyspace = options()->keyspace();
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

class executing {
  public:
    using answer = page;
    using request = message::bound_execute;
    explicit executing(detail::binding&& binding) noexcept : binding_(std::move(binding)) {}
    const statement_options* options() const noexcept { return binding_.options(); }
    request make_message(const implementation& impl) noexcept {
        return request(binding_.bound(), binding_.options(), impl.agreed().metadata_ids);
    }
    const error* write(request&, const implementation&) const noexcept {
        return binding_.failure();
    }
    /// Null where it is not the usual one.
    const message::page_content* read_usual(wire::frame& frame) {
        return message::decode_usual_page(frame, binding_.statement_content());
    }
    result<page> read(const request&, const implementation& impl, wire::frame& frame) {
        message::known_columns known(binding_.take_statement().content());
        const bool may_be_undescribed =
            request::skips_metadata(known.statement(), impl.agreed().metadata_ids);
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
        message.level = options()->consistency();
        message.serial_level = options()->serial_consistency();
        message.timestamp = options()->timestamp();
        message.keyspace = options()->keyspace();
        message.now_in_seconds = options()->now_in_seconds();
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
    raw_message() noexcept : request(wire::opcode()) {}
    void take(const raw_request& ready) noexcept {
        opcode_ = ready.opcode;
        raw_ = &ready;
    }
    result<void> encode(base::byte_writer& out, protocol_version) const override {
        out.write_bytes(raw_->body);
        return {};
    }

  private:
    const raw_request* raw_ = nullptr;
};

class asking_raw : public asking {
  public:
    using answer = raw_response;
    using request = raw_message;
    asking_raw(raw_request raw, statement_options options) noexcept
        : asking(std::move(options)), raw_(std::move(raw)) {}
    std::optional<error> write(request& message, const implementation&) const {
        message.take(raw_);
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

template <class Work>
asio::awaitable<typename Work::answer> perform(shared impl, Work work);

/// One request: lives in the coroutine that awaits it, and is written into it; but what is not
/// usual is in functions of its own, so that the coroutine, which is entered several times, need
/// not keep much in registers.
template <class Work>
class request_of {
    using answer_type = typename Work::answer;
    using message_type = typename Work::request;

  public:
    [[gnu::always_inline]] request_of(const shared& impl, Work& work)
        : impl_(impl),
          work_(work),
          message_(made(*impl, work)),
          operation_(*impl, written(), work.options()) {}

    /// To be awaited once.
    auto finished() {
        return asio::async_initiate<const asio::deferred_t&, void()>(
            [this](auto&& handler) { this->begin(std::move(handler)); }, asio::deferred);
    }
    /// After it, before anything else is awaited: the frame is the reader's, which is waiting for
    /// us.
    [[gnu::always_inline]] answer_type answer() {
        if constexpr (requires(Work & work, wire::frame & frame) { work.read_usual(frame); })
            if (auto* const frame = operation_.frame()) [[likely]]
                if (const auto* const usual = work_.read_usual(*frame)) [[likely]]
                    return answer_type({usual, false});
        return answer_otherwise();
    }

  private:
    /// What became of it on the connection's executor, where the caller is on another one.
    struct outcome {
        std::exception_ptr thrown;
        answer_type given;
        answer_type answer() {
            if (thrown)
                std::rethrow_exception(thrown);
            return std::move(given);
        }
    };

    [[gnu::noinline]] answer_type answer_otherwise() {
        if (elsewhere_)
            return elsewhere_->answer();
        if (operation_.failure())
            throw *operation_.failure();
        auto answer = work_.read(message_, *impl_, *operation_.frame());
        if (!answer)
            throw about(answer.error(), impl_, message_, request_outcome::maybe_executed);
        return std::move(*answer);
    }
    static message_type made(const implementation& impl, Work& work) {
        if constexpr (requires { work.make_message(impl); })
            return work.make_message(impl);
        else
            return message_type();
    }
    const message_type& written() {
        if (const auto refused = work_.write(message_, *impl_)) [[unlikely]]
            throw_refused(*refused);
        return message_;
    }
    [[noreturn, gnu::noinline]] void throw_refused(const error& why) {
        throw about(why, impl_, message_, request_outcome::not_sent);
    }
    template <class Handler>
    void begin(Handler&& handler) {
        if (impl_->is_running_here() || asio::get_associated_executor(handler) == impl_->executor())
            [[likely]]
            return operation_.begin(std::move(handler));
        begin_elsewhere(std::move(handler));
    }
    /// Hops to the connection's executor and back.
    template <class Handler>
    [[gnu::noinline]] void begin_elsewhere(Handler&& handler) {
        const auto slot = asio::get_associated_cancellation_slot(handler);
        const auto here = asio::get_associated_executor(handler);
        auto back = [this, handler = std::decay_t<Handler>(std::move(handler))](
                        std::exception_ptr thrown, answer_type given) mutable {
            elsewhere_.emplace();
            elsewhere_->thrown = std::move(thrown);
            elsewhere_->given = std::move(given);
            std::move(handler)();
        };
        asio::co_spawn(
            impl_->executor(), hearing_every_cancellation(perform(impl_, std::move(work_))),
            asio::bind_executor(here, asio::bind_cancellation_slot(slot, std::move(back))));
    }

    const shared& impl_;
    Work& work_;
    message_type message_;
    client::request_operation operation_;
    std::optional<outcome> elsewhere_;
};

/// A request from beginning to end, in one coroutine: each further one would cost every request.
template <class Work>
asio::awaitable<typename Work::answer> perform(shared impl, Work work) {
    request_of<Work> request(impl, work);
    co_await request.finished();
    co_return request.answer();
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

// Its coroutine is begun in line: calls were a part of what a request costs.
[[gnu::flatten]] asio::awaitable<page> connection::execute_bound(detail::binding&& statement) {
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

asio::awaitable<trace> connection::fetch_trace(uuid tracing_id, time_limit patience) {
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
