#include "client/connection/executing_batch.hpp"
#include "client/connection/fetch_trace.hpp"
#include "client/connection/preparing.hpp"
#include "client/connection/querying.hpp"
#include "client/connection/serialised.hpp"
#include "client/session/perform_somewhere.hpp"
#include "client/session/session_core.hpp"
#include "core/message/use_statement.hpp"

#include <cocql/cancelled_as_error.hpp>
#include <cocql/session.hpp>

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace cocql {

namespace asio = boost::asio;
using client::session_core;

/// All copies of a session share one; its end is the session's.
class session::handle {
  public:
    explicit handle(std::shared_ptr<session_core> core,
                    std::shared_ptr<handle> first = nullptr) noexcept
        : core(std::move(core)), first(std::move(first)) {}
    ~handle() { core->abandon(); }
    handle(const handle&) = delete;
    handle& operator=(const handle&) = delete;

    const std::shared_ptr<session_core> core;
    /// Of the one that it is a sibling of, which stays as long as its siblings; null for that one.
    const std::shared_ptr<handle> first;
};

namespace {

using shared_core = std::shared_ptr<session_core>;

/// As something to be given back, which void is not.
struct nothing {};

error no_session() {
    return error(errc::connection_closed, "the session is empty: it was not made, or moved from")
        .with(request_outcome::not_sent);
}

error use_refused() {
    return error(errc::invalid_argument, "a prepared USE would change one connection of many")
        .with(request_outcome::not_sent)
        .with_advice("leave it to session::use_keyspace(), or to query() as a text");
}

error no_name_of_keyspace() {
    return error(errc::invalid_argument, "a keyspace's name is not empty, and contains no NUL")
        .with(request_outcome::not_sent);
}

template <class T>
asio::awaitable<T> fail_with(error why) {
    throw why;
    co_return T();
}

asio::awaitable<nothing> close_it(shared_core core) {
    co_await core->close();
    co_return nothing();
}

asio::awaitable<void> close_where_it_lives(shared_core core) {
    if (core == nullptr || core->where_it_lives()->is_gone())
        co_return;
    auto closing = client::visit_to_end(core->where_it_lives(), close_it(core));
    co_await std::move(closing);
}

asio::awaitable<void> ready_where_it_lives(shared_core core) {
    if (core == nullptr)
        throw no_session();
    const auto outcome = co_await client::visit(core->where_it_lives(), core->ready());
    if (!outcome)
        throw outcome.error();
}

asio::awaitable<void> reconnect_where_it_lives(shared_core core) {
    if (core == nullptr)
        throw no_session();
    const auto outcome = co_await client::visit(core->where_it_lives(), core->reconnect());
    if (!outcome)
        throw outcome.error();
}

asio::awaitable<result<void>> reload_tls_of(shared_core core) {
    co_return core->reload_tls();
}

asio::awaitable<void> reload_tls_where_it_lives(shared_core core) {
    if (core == nullptr)
        throw no_session();
    const auto first = core->first();
    const auto outcome = co_await client::visit(first->where_it_lives(), reload_tls_of(first));
    if (!outcome)
        throw outcome.error();
}

asio::awaitable<void> replace_where_it_lives(shared_core core, std::string name,
                                             execution_profile how) {
    if (core == nullptr)
        throw no_session();
    const auto first = core->first();
    auto replacing = first->replace_profile_of_all(std::move(name), std::move(how));
    auto visiting = client::visit(first->where_it_lives(), std::move(replacing));
    const auto outcome = co_await std::move(visiting);
    if (!outcome)
        throw outcome.error();
}

asio::awaitable<std::vector<host_info>> hosts_of(shared_core core) {
    co_return core->hosts();
}

asio::awaitable<std::vector<host_info>> hosts_where_it_lives(shared_core core) {
    if (core == nullptr)
        throw no_session();
    co_return co_await client::visit(core->where_it_lives(), hosts_of(core));
}

asio::awaitable<std::vector<connection_info>> connections_of(shared_core core) {
    co_return core->connections();
}

asio::awaitable<std::vector<connection_info>> connections_where_it_lives(shared_core core) {
    if (core == nullptr)
        throw no_session();
    co_return co_await client::visit(core->where_it_lives(), connections_of(core));
}

asio::awaitable<session_metrics> metrics_where_it_lives(shared_core core) {
    if (core == nullptr)
        throw no_session();
    const auto first = core->first();
    auto counting = client::visit(first->where_it_lives(), first->metrics_of_all());
    co_return co_await std::move(counting);
}

asio::awaitable<cluster_metadata> metadata_of(shared_core core) {
    co_return core->known_cluster();
}

asio::awaitable<cluster_metadata> metadata_where_it_lives(shared_core core) {
    if (core == nullptr)
        throw no_session();
    co_return co_await client::visit(core->where_it_lives(), metadata_of(core));
}

asio::awaitable<schema_agreement> schema_agreement_of(shared_core core, time_limit limit) {
    if (core->is_closed())
        throw core->unreachable(client::attempts());
    const auto length = limit.length();
    const auto until = length ? base::after(core->clock().now(), *length) : base::never;
    auto asking = core->schema_agreement_by(until);
    co_return co_await std::move(asking);
}

asio::awaitable<schema_agreement> schema_agreement_where_it_lives(shared_core core,
                                                                  time_limit limit) {
    if (core == nullptr)
        throw no_session();
    auto asking = schema_agreement_of(core, limit);
    co_return co_await client::visit(core->where_it_lives(), std::move(asking));
}

/// While one prepares a statement others wait for it.
class preparation_guard {
  public:
    preparation_guard(session_core& core, const session_core::statement_key& which)
        : core_(core), which_(which), mine_(core.begin(which)) {}
    ~preparation_guard() { core_.end(which_, *mine_); }
    preparation_guard(const preparation_guard&) = delete;
    preparation_guard& operator=(const preparation_guard&) = delete;

    void refused(const error& why) {
        if (is_about_the_text(why))
            mine_->refused = why;
    }
    void made(const prepared_statement& statement) { mine_->made = statement; }

  private:
    /// Others would hear the same.
    static bool is_about_the_text(const error& why) {
        if (why.server() == nullptr)
            return false;
        const auto code = why.server()->code;
        return code == server_error_code::syntax_error || code == server_error_code::invalid ||
               code == server_error_code::unauthorized;
    }

    session_core& core_;
    const session_core::statement_key& which_;
    std::shared_ptr<session_core::preparation> mine_;
};

asio::awaitable<prepared_statement> prepare_by_first(shared_core sibling, std::string cql,
                                                     statement_options options);

/// On the session's executor. A sibling asks the first, which may know it.
asio::awaitable<prepared_statement> prepare_once(shared_core core, std::string cql,
                                                 statement_options options) {
    const session_core::statement_key which(options.keyspace(), cql);
    client::attempts none;
    const auto completed = core->complete(&options, none);
    if (!completed)
        throw completed.error();
    const auto limit = completed->timeout_or(core->how().connection().request_timeout());
    const auto deadline = limit ? base::after(core->clock().now(), *limit) : base::never;
    for (;;) {
        if (core->is_closed())
            throw core->unreachable(client::attempts());
        auto known = core->statements().find(which.first, which.second);
        if (known)
            co_return known.newest();
        const auto others = core->under_way(which);
        if (others == nullptr)
            break;
        const bool over =
            co_await others->over.wait_until(core->executor(), core->clock(), deadline);
        if (!over)
            throw error(core->clock().now() < deadline ? errc::cancelled : errc::timed_out,
                        "the statement is still being prepared for another request")
                .with(request_outcome::not_sent);
        if (others->refused)
            throw *others->refused;
        if (others->made)
            co_return others->made;
    }
    preparation_guard mine(*core, which);
    if (limit)
        options.timeout(base::between(core->clock().now(), deadline)); // what is left of it
    const auto turn = core->keyspace_turn();
    try {
        prepared_statement statement;
        if (!core->is_first()) {
            auto asking = prepare_by_first(core, cql, options);
            statement = co_await std::move(asking);
        }
        if (!statement) {
            if (limit)
                options.timeout(base::between(core->clock().now(), deadline));
            auto asking = client::perform_somewhere(
                core, client::preparing(std::move(cql), std::move(options)));
            statement = co_await std::move(asking);
        }
        mine.made(statement);
        if (!which.first.empty() || turn == core->keyspace_turn())
            core->statements().put(which.first, statement);
        co_return statement;
    } catch (const error& failure) {
        mine.refused(failure);
        throw;
    }
}

asio::awaitable<prepared_statement> prepare_where_it_lives(shared_core core, std::string cql,
                                                           statement_options options) {
    auto work = prepare_once(core, std::move(cql), std::move(options));
    auto visiting = client::visit(core->where_it_lives(), std::move(work));
    co_return co_await std::move(visiting);
}

/// None where that is not in the keyspace that the sibling is in, from beginning to end.
asio::awaitable<prepared_statement> prepare_for_sibling(shared_core first, std::string keyspace,
                                                        std::string cql,
                                                        statement_options options) {
    const bool is_named = !options.keyspace().empty();
    const auto turn = first->keyspace_turn();
    if (!is_named && (first->is_changing_keyspace() || first->keyspace() != keyspace))
        co_return prepared_statement();
    auto preparing = prepare_once(first, std::move(cql), std::move(options));
    auto made = co_await std::move(preparing);
    if (!is_named && (first->is_changing_keyspace() || first->keyspace_turn() != turn))
        co_return prepared_statement();
    co_return made;
}

asio::awaitable<prepared_statement> prepare_by_first(shared_core sibling, std::string cql,
                                                     statement_options options) {
    const auto first = sibling->first();
    auto work = prepare_for_sibling(first, sibling->keyspace(), std::move(cql), std::move(options));
    auto visiting = client::visit(first->where_it_lives(), std::move(work));
    co_return co_await std::move(visiting);
}

asio::awaitable<page> use_where_it_lives(shared_core core, std::string cql,
                                         statement_options options) {
    if (core == nullptr)
        throw no_session();
    auto using_it = core->use(std::move(cql), std::move(options));
    co_return co_await client::visit(core->where_it_lives(), std::move(using_it));
}

asio::awaitable<void> use_keyspace_where_it_lives(shared_core core, std::string name) {
    if (core == nullptr)
        throw no_session();
    if (name.empty() || name.find('\0') != name.npos)
        throw no_name_of_keyspace();
    auto using_it =
        use_where_it_lives(std::move(core), message::use_statement(name), statement_options());
    co_await std::move(using_it);
}

asio::awaitable<shared_core> opened(shared_core core) {
    auto opening = client::visit(core->where_it_lives(), core->open());
    const auto outcome = co_await std::move(opening);
    if (!outcome)
        throw outcome.error();
    co_return core;
}

} // namespace

asio::awaitable<session> connect(options how) {
    const auto executor = client::serialised(co_await asio::this_coro::executor);
    auto opening = opened(
        std::make_shared<session_core>(executor, std::move(how), io::surroundings::of(executor)));
    auto core = co_await std::move(opening);
    co_return session(std::make_shared<session::handle>(std::move(core)));
}

asio::awaitable<session> session::sibling_of(std::shared_ptr<handle> first,
                                             asio::any_io_executor executor) {
    if (first == nullptr)
        throw no_session();
    auto opening =
        opened(std::make_shared<session_core>(client::serialised(executor), first->core->how(),
                                              first->core->surroundings(), first->core));
    auto core = co_await std::move(opening);
    co_return session(std::make_shared<handle>(std::move(core), std::move(first)));
}

asio::awaitable<session> session::on(asio::any_io_executor executor) const {
    auto first = handle_ && handle_->first ? handle_->first : handle_;
    return detail::cancelled_as_error(sibling_of(std::move(first), std::move(executor)));
}

session::session() noexcept = default;
session::session(const session&) noexcept = default;
session::session(session&&) noexcept = default;
session& session::operator=(const session&) noexcept = default;
session& session::operator=(session&&) noexcept = default;
session::~session() = default;
session::session(std::shared_ptr<handle> owner) noexcept : handle_(std::move(owner)) {}

template <class Work>
inline asio::awaitable<typename Work::answer> session::ask(Work&& work) {
    if (!handle_) [[unlikely]]
        return fail_with<typename Work::answer>(no_session());
    return client::perform_somewhere(handle_->core, std::move(work));
}

asio::awaitable<page> session::query(std::string cql, statement_options options) {
    if (message::is_use_statement(cql))
        return detail::cancelled_as_error(use_where_it_lives(handle_ ? handle_->core : nullptr,
                                                             std::move(cql), std::move(options)));
    return ask(client::querying(std::move(cql), std::move(options)));
}

asio::awaitable<prepared_statement> session::prepare(std::string cql, statement_options options) {
    if (!handle_)
        return fail_with<prepared_statement>(no_session());
    if (message::is_use_statement(cql))
        return fail_with<prepared_statement>(use_refused());
    // The payload may mean anything to a server's query handler.
    if (options.has_custom_payload())
        return ask(client::preparing(std::move(cql), std::move(options)));
    return detail::cancelled_as_error(
        prepare_where_it_lives(handle_->core, std::move(cql), std::move(options)));
}

page_operation session::execute_bound(detail::binding&& statement) {
    if (!handle_) [[unlikely]]
        return page_operation(nullptr, no_session());
    return page_operation(handle_->core, std::move(statement));
}

asio::awaitable<page> session::execute(batch statements, statement_options options) {
    return ask(client::executing_batch(std::move(statements), std::move(options)));
}

asio::awaitable<trace> session::fetch_trace(uuid tracing_id, time_limit patience) {
    auto ask = [self = *this](std::string cql, statement_options options) mutable {
        return self.query(std::move(cql), std::move(options));
    };
    return detail::cancelled_as_error(
        client::fetch_trace(std::move(ask), handle_ ? handle_->core->clock() : io::steady_clock(),
                            tracing_id, patience));
}

asio::awaitable<void> session::use_keyspace(std::string name) {
    return detail::cancelled_as_error(
        use_keyspace_where_it_lives(handle_ ? handle_->core : nullptr, std::move(name)));
}

asio::awaitable<void> session::ready() {
    return detail::cancelled_as_error(ready_where_it_lives(handle_ ? handle_->core : nullptr));
}

asio::awaitable<void> session::reconnect() {
    return detail::cancelled_as_error(reconnect_where_it_lives(handle_ ? handle_->core : nullptr));
}

asio::awaitable<void> session::reload_tls() {
    return detail::cancelled_as_error(reload_tls_where_it_lives(handle_ ? handle_->core : nullptr));
}

asio::awaitable<void> session::replace_execution_profile(std::string name, execution_profile how) {
    return detail::cancelled_as_error(
        replace_where_it_lives(handle_ ? handle_->core : nullptr, std::move(name), std::move(how)));
}

asio::awaitable<std::vector<host_info>> session::hosts() {
    return detail::cancelled_as_error(hosts_where_it_lives(handle_ ? handle_->core : nullptr));
}

asio::awaitable<std::vector<connection_info>> session::connections() {
    return detail::cancelled_as_error(
        connections_where_it_lives(handle_ ? handle_->core : nullptr));
}

asio::awaitable<session_metrics> session::metrics() {
    return detail::cancelled_as_error(metrics_where_it_lives(handle_ ? handle_->core : nullptr));
}

asio::awaitable<cluster_metadata> session::metadata() {
    return detail::cancelled_as_error(metadata_where_it_lives(handle_ ? handle_->core : nullptr));
}

asio::awaitable<schema_agreement> session::await_schema_agreement() {
    return await_schema_agreement(handle_ ? handle_->core->how().schema_agreement_timeout()
                                          : std::nullopt);
}

asio::awaitable<schema_agreement> session::await_schema_agreement(time_limit limit) {
    return detail::cancelled_as_error(
        schema_agreement_where_it_lives(handle_ ? handle_->core : nullptr, limit));
}

listener_registration session::listen(std::shared_ptr<metadata_listener> who) {
    if (!handle_ || !who)
        return {};
    return listener_registration(handle_->core->listeners().add(std::move(who)));
}

asio::awaitable<void> session::close() {
    return close_where_it_lives(handle_ ? handle_->core : nullptr);
}

asio::any_io_executor session::get_executor() const {
    return handle_ ? handle_->core->where_it_lives()->get_executor() : asio::any_io_executor();
}

} // namespace cocql
