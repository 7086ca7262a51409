#include "client/connection/asking_raw.hpp"
#include "client/connection/executing_batch.hpp"
#include "client/connection/fetch_trace.hpp"
#include "client/connection/implementation.hpp"
#include "client/connection/perform.hpp"
#include "client/connection/prepared_opening.hpp"
#include "client/connection/preparing.hpp"
#include "client/connection/querying.hpp"
#include "client/connection/serialised.hpp"
#include "client/connection/visit.hpp"

#include <cocql/connection.hpp>

#include <boost/asio/this_coro.hpp>

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

std::shared_ptr<client::home> home_of(const shared& impl) {
    return {impl, &impl->where_it_lives()};
}

/// As something to be given back, which void is not.
struct done {};

asio::awaitable<done> close_it(shared impl) {
    co_await impl->close();
    co_return done();
}

asio::awaitable<void> close_where_it_lives(shared impl) {
    if (impl == nullptr || impl->where_it_lives().is_gone())
        co_return;
    auto closing = client::visit_to_end(home_of(impl), close_it(impl));
    co_await std::move(closing);
}

} // namespace

asio::awaitable<connection> connection::open(endpoint where, connection_options options) {
    auto surroundings = io::surroundings::of(co_await asio::this_coro::executor);
    auto opening = client::prepared_opening::open(std::move(where), std::move(options), nullptr,
                                                  std::move(surroundings));
    co_return co_await std::move(opening);
}

asio::awaitable<connection> client::prepared_opening::open(endpoint where,
                                                           connection_options options,
                                                           std::shared_ptr<io::tls_tickets> tls,
                                                           io::surroundings surroundings) {
    const auto executor = client::serialised(co_await asio::this_coro::executor);
    auto impl = std::make_shared<implementation>(executor, std::move(where), std::move(options),
                                                 std::move(surroundings));
    if (tls != nullptr)
        impl->use(std::move(tls));
    auto opened = co_await client::visit(home_of(impl), impl->open());
    if (!opened)
        throw opened.error();
    co_return connection(std::make_shared<connection::handle>(std::move(impl)));
}

connection::connection() noexcept = default;
connection::connection(const connection&) noexcept = default;
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(const connection&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;
connection::connection(std::shared_ptr<handle> owner) noexcept : handle_(std::move(owner)) {}

template <class Work>
inline asio::awaitable<typename Work::answer> connection::ask(Work&& work) {
    if (!handle_) [[unlikely]]
        return client::fail_without_connection<typename Work::answer>();
    return client::perform(handle_->impl, std::move(work));
}

asio::awaitable<page> connection::query(std::string cql, statement_options options) {
    return ask(client::querying(std::move(cql), std::move(options)));
}

asio::awaitable<prepared_statement> connection::prepare(std::string cql,
                                                        statement_options options) {
    return ask(client::preparing(std::move(cql), std::move(options)));
}

page_operation connection::execute_bound(detail::binding&& statement) {
    if (!handle_) [[unlikely]]
        return page_operation(nullptr, client::no_connection());
    return page_operation(handle_->impl, std::move(statement));
}

asio::awaitable<page> connection::execute(batch statements, statement_options options) {
    return ask(client::executing_batch(std::move(statements), std::move(options)));
}

asio::awaitable<trace> connection::fetch_trace(uuid tracing_id, time_limit patience) {
    auto ask = [self = *this](std::string cql, statement_options options) mutable {
        return self.query(std::move(cql), std::move(options));
    };
    return detail::cancelled_as_error(
        client::fetch_trace(std::move(ask), handle_ ? handle_->impl->clock() : io::steady_clock(),
                            tracing_id, patience));
}

asio::awaitable<raw_response> connection::request(raw_request message, statement_options options) {
    return ask(client::asking_raw(std::move(message), std::move(options)));
}

result<void> connection::push(std::span<const std::byte> frame) {
    if (!handle_)
        return client::no_connection();
    return handle_->impl->push(frame);
}

asio::awaitable<void> connection::close() {
    return close_where_it_lives(handle_ ? handle_->impl : nullptr);
}

const std::map<std::string, std::vector<std::string>>& connection::supported() const {
    static const std::map<std::string, std::vector<std::string>> nothing;
    return handle_ ? handle_->impl->supported() : nothing;
}

connection_state connection::state() const {
    if (handle_)
        return handle_->impl->state();
    connection_state none;
    none.last_error = client::no_connection();
    return none;
}

authenticated_by connection::authenticated() const {
    return handle_ ? handle_->impl->authenticated() : authenticated_by::nothing;
}

const peer_info& connection::peer() const {
    static const peer_info nobody;
    return handle_ ? handle_->impl->peer() : nobody;
}

const endpoint& connection::where() const {
    static const endpoint nowhere;
    return handle_ ? handle_->impl->where() : nowhere;
}

protocol_version connection::version() const {
    return handle_ ? handle_->impl->version() : protocol_version::v4;
}

const phase_times& connection::times() const {
    static const phase_times none;
    return handle_ ? handle_->impl->times() : none;
}

asio::any_io_executor connection::get_executor() const {
    return handle_ ? handle_->impl->where_it_lives().get_executor() : asio::any_io_executor();
}

} // namespace cocql
