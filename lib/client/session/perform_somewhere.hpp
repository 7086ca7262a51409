#pragma once

#include "client/connection/perform.hpp"
#include "client/connection/visit.hpp"
#include "client/session/attempts.hpp"
#include "client/session/session_core.hpp"

#include <cocql/failure_kind.hpp>
#include <cocql/page.hpp>
#include <cocql/prepared_statement.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/this_coro.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace cocql::client {

/// The bound statement that says which partition a kind of work is about; null for none.
template <class Work>
const bound_statement* routed_by(const Work& work) noexcept {
    if constexpr (requires { work.routed_by(); })
        return work.routed_by();
    else
        return nullptr;
}
/// Puts what an execution profile says into the options of the work; what it says of nodes is noted
/// in `tried`. Throws where there is no profile of the name.
template <class Work>
[[gnu::noinline]] void go_by_profile(const session_core& core, Work& work, attempts& tried) {
    auto completed = core.complete(work.options(), tried);
    if (!completed)
        throw completed.error();
    work.put_options(std::move(*completed));
}

/// Whether what its connection ended by is why nothing of it was sent: its own time-out, or what is
/// wrong with it, are not.
inline bool was_left_behind(const error& why) noexcept {
    if (why.outcome() != request_outcome::not_sent)
        return false;
    const auto kind = kind_of(why);
    return kind == failure_kind::connection || kind == failure_kind::unreadable;
}
/// Whether its connection has ended, which says nothing of what the server has done, and it may be
/// carried out twice. The options may be null.
inline bool may_be_repeated(const error& why, const statement_options* said) noexcept {
    return said != nullptr && said->is_idempotent() && kind_of(why) == failure_kind::connection;
}
/// Whether a request goes to another node after an attempt that has failed: nothing of it was sent,
/// or it may be repeated.
[[gnu::noinline]] inline bool goes_elsewhere_after(const error& why,
                                                   const statement_options* said) noexcept {
    return was_left_behind(why) || may_be_repeated(why, said);
}
/// Why it does so; null: it does not.
template <class Request>
[[gnu::always_inline]] inline const error* why_elsewhere(const Request& request,
                                                         const statement_options* said) noexcept {
    if (request.failure()) [[unlikely]]
        return goes_elsewhere_after(*request.failure(), said) ? &*request.failure() : nullptr;
    return nullptr;
}

template <class Work>
boost::asio::awaitable<typename Work::answer> perform_somewhere(std::shared_ptr<session_core> core,
                                                                Work work, attempts tried = {});

/// From elsewhere.
template <class Work>
boost::asio::awaitable<typename Work::answer> perform_from_afar(std::shared_ptr<session_core> core,
                                                                Work work) {
    auto there = perform_somewhere(core, std::move(work));
    auto visiting = visit(core->where_it_lives(), std::move(there));
    co_return co_await std::move(visiting);
}

/// A request from beginning to end, on one connection after another as long as it could not be
/// sent, or may be repeated. In one coroutine, as on a connection. What has been tried before was
/// without an execution profile.
template <class Work>
boost::asio::awaitable<typename Work::answer> perform_somewhere(std::shared_ptr<session_core> core,
                                                                Work work, attempts tried) {
    bool here = core->where_it_lives()->is_in_turn();
    if (!here) [[unlikely]] {
        const auto executor = co_await boost::asio::this_coro::executor;
        here = core->where_it_lives()->is_home_of(executor);
    }
    if (!here) [[unlikely]] {
        auto afar = perform_from_afar(core, std::move(work));
        co_return co_await std::move(afar);
    }
    const auto* said = work.options();
    if (!tried.any() && (core->has_default_profile() ||
                         (said != nullptr && !said->execution_profile().empty()))) [[unlikely]] {
        go_by_profile(*core, work, tried);
        said = work.options();
    }
    try {
        for (;;) {
            const auto where = said == nullptr ? core->choose(routed_by(work), tried)
                                               : core->choose(routed_by(work), *said, tried);
            if (where.connection == nullptr) [[unlikely]]
                throw core->found_none(routed_by(work), said, tried);
            request_of<Work, attempt_record> request(where.connection, work);
            request.put_version_block(where.version_block);
            auto& counts = *where.connection->counts();
            if constexpr (std::is_same_v<typename Work::answer, prepared_statement>)
                ++counts.prepares;
            if (tried.any()) [[unlikely]]
                request.end_by(tried.deadline());
            if (core->is_observed()) [[unlikely]] {
                core->observation().attempt_begins(*where.connection, request, request.record,
                                                   tried);
                // The observer may have cancelled it.
                const auto state = co_await boost::asio::this_coro::cancellation_state;
                if (state.cancelled() != boost::asio::cancellation_type::none)
                    request.throw_cancelled(*core);
            }
            co_await request.finished();
            const auto* const elsewhere = why_elsewhere(request, said);
            if (elsewhere == nullptr) [[likely]] {
                if (request.frame() != nullptr) [[likely]]
                    counts.latency.record(request.took());
                else if (request.failure())
                    core->failed(routed_by(work), *request.failure());
                auto answer = request.answer(*core);
                if (core->is_attentive()) [[unlikely]] {
                    if (core->is_observed())
                        core->observation().attempt_ended(*where.connection, request,
                                                          request.record, nullptr);
                    if constexpr (std::is_same_v<typename Work::answer, page>)
                        if (core->take_schema_change()) {
                            auto agreeing = core->agreed(std::move(answer), request.deadline);
                            co_return co_await std::move(agreeing);
                        }
                }
                if constexpr (std::is_same_v<typename Work::answer, page>)
                    if (where.tablets != nullptr)
                        core->learn(*where.tablets, answer.custom_payload());
                co_return answer;
            }
            core->attempt_failed(*where.connection, request, request.record, *elsewhere);
            const auto state = co_await boost::asio::this_coro::cancellation_state;
            if (state.cancelled() != boost::asio::cancellation_type::none)
                throw *elsewhere;
            tried.add(where.connection->host(), *elsewhere, request.deadline,
                      request.record.request);
            core->goes_elsewhere();
        }
    } catch (const error& why) {
        if (!tried.may_be_executed())
            throw;
        throw tried.as_told(why);
    }
}

} // namespace cocql::client
