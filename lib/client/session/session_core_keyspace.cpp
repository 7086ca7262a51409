#include "client/session/perform_somewhere.hpp"
#include "client/session/session_core.hpp"
#include "client/session/using_keyspace.hpp"

#include <utility>
#include <vector>

// A session that goes to another keyspace.

namespace cocql::client {

namespace asio = boost::asio;

namespace {

error not_changed_yet(bool in_time) {
    return error(in_time ? errc::cancelled : errc::timed_out,
                 "another change of the keyspace was not over")
        .with(request_outcome::not_sent);
}

error change_not_awaited(bool closed) {
    auto why = closed ? error(errc::connection_closed, "the session was closed meanwhile")
                      : error(errc::cancelled, "the wait was cancelled; the keyspace is changed");
    return std::move(why.with(request_outcome::maybe_executed));
}

error no_keyspace_told() {
    return error(errc::protocol_error, "the answer to USE names no keyspace")
        .with(request_outcome::maybe_executed);
}

} // namespace

void session_core::be_in_keyspace(const std::string& name) {
    keyspace_ = name;
    pool_settings_.options.keyspace(name);
}

asio::awaitable<page> session_core::use(std::string cql, statement_options how) {
    attempts none;
    const auto completed = complete(&how, none);
    if (!completed)
        throw completed.error();
    const auto limit = completed->timeout_or(how_.connection().request_timeout());
    const auto deadline = limit ? base::after(clock_.now(), *limit) : base::never;
    while (changing_keyspace_ != nullptr && !is_closed()) {
        const auto other = changing_keyspace_;
        const bool over = co_await other->over.wait_until(executor_, clock_, deadline);
        if (!over)
            throw not_changed_yet(clock_.now() < deadline);
    }
    if (limit)
        how.timeout(base::between(clock_.now(), deadline)); // what is left of it
    how.idempotent(); // and what was lost with a connection has changed that one alone
    const auto mine = std::make_shared<keyspace_change>();
    changing_keyspace_ = mine;
    page answer;
    try {
        using_keyspace work(std::move(cql), std::move(how), mine);
        auto asking = perform_somewhere(shared_from_this(), std::move(work));
        answer = co_await std::move(asking);
        if (answer.keyspace().empty())
            throw no_keyspace_told();
    } catch (const error& why) {
        // Nobody knows which keyspace that connection is in.
        if (mine->first != nullptr && why.outcome() == request_outcome::maybe_executed) {
            mine->first->drain();
            forget_statements_in_keyspace();
        }
        keyspace_change_over();
        throw;
    } catch (...) {
        keyspace_change_over(); // it was cancelled before anything was sent
        throw;
    }
    be_in_keyspace(answer.keyspace());
    forget_statements_in_keyspace();
    std::vector<std::shared_ptr<host_pool>> all;
    for (const auto& [id, pool] : pools_)
        all.push_back(pool);
    for (const auto& each : all)
        mine->asked += each->use_keyspace(keyspace_, mine->first.get(), deadline);
    mine->all_are_asked = true;
    if (mine->answered == mine->asked)
        keyspace_change_over();
    const bool over = co_await mine->over.wait_until(executor_, clock_, base::never);
    if (is_closed() || !over)
        throw change_not_awaited(is_closed());
    co_return answer;
}

void session_core::keyspace_answered(const uuid&) {
    if (changing_keyspace_ == nullptr)
        return;
    auto& change = *changing_keyspace_;
    ++change.answered;
    if (change.all_are_asked && change.answered == change.asked) {
        forget_statements_in_keyspace(); // what was prepared meanwhile may be of either
        keyspace_change_over();
    }
}

void session_core::keyspace_change_over() {
    if (const auto change = std::exchange(changing_keyspace_, nullptr))
        change->over.make();
}

} // namespace cocql::client
