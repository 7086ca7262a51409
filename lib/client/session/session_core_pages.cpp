#include "client/connection/brought_page.hpp"
#include "client/connection/page_request.hpp"
#include "client/connection/visit.hpp"
#include "client/session/perform_somewhere.hpp"
#include "client/session/session_core.hpp"

#include <cocql/cancelled_as_error.hpp>
#include <cocql/page_operation.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

// Statements that are executed without a coroutine of their own, which is how most are.

namespace cocql::client {

namespace asio = boost::asio;

namespace {

using shared_core = std::shared_ptr<session_core>;

/// What is not usual is for a coroutine where the session lives.
void hand_over(const shared_core& core, asio::awaitable<page> work, detail::page_handler&& who) {
    using handed_over = visit_operation<page>;
    const auto visit = std::make_shared<handed_over>(core->where_it_lives(),
                                                     detail::cancelled_as_error(std::move(work)));
    visit->begin(brought_page(*visit, std::move(who))); // from here on this may be gone
}

/// Keeps the session.
asio::awaitable<page> agreed(shared_core core, page changed, base::time_point deadline) {
    auto agreeing = core->agreed(std::move(changed), deadline);
    auto answer = co_await std::move(agreeing);
    co_return answer;
}

/// Begins only when it has arrived: before that nobody could be told that it is cancelled, as an
/// observer does who hears of it.
asio::awaitable<page> perform_in_its_own_turn(shared_core core, executing work) {
    co_await asio::post(core->executor(), asio::use_awaitable);
    auto performing = perform_somewhere(core, std::move(work));
    auto answer = co_await std::move(performing);
    co_return answer;
}

/// The first attempt of a request. Others are made by a coroutine.
struct side_of_session {
    static constexpr bool is_of_session = true;

    shared_core core;
    /// Where what the answer says of its table's is to be taken down; null for nowhere.
    routing::tablet_map* tablets;
    base::time_point begun{};

    std::optional<base::time_point> submitted(implementation& where) {
        begun = where.clock().now();
        return begun;
    }
    void answered(implementation& where) const noexcept {
        where.counts()->latency.record(where.protocol()->received_at() - begun);
    }
    template <class Request>
    bool has_failed(Request& request, const error& why, bool is_answered) {
        auto& where = request.where();
        core->attempt_failed(where, why, is_answered);
        if (is_answered)
            return false; // the server's word
        const auto* const said = request.work().options();
        if (!goes_elsewhere_after(why, said) || request.is_cancelled()) {
            core->failed(request.work().routed_by(), why);
            return false;
        }
        attempts tried;
        tried.add(where.host(), why, request.deadline, 0);
        core->goes_elsewhere();
        auto rest = request.give_up_to_side();
        const auto kept = std::move(rest.side.core);
        hand_over(kept, perform_somewhere(kept, std::move(rest.work), std::move(tried)),
                  std::move(rest.who));
        return true;
    }
    template <class Request>
    bool goes_on_after(Request& request, page& answer) {
        if (answer.schema_change()) {
            const auto deadline = request.deadline;
            auto rest = request.give_up_to_side();
            const auto kept = std::move(rest.side.core);
            hand_over(kept, agreed(kept, std::move(answer), deadline), std::move(rest.who));
            return true;
        }
        if (tablets != nullptr)
            core->learn(*tablets, answer.custom_payload());
        return false;
    }
};

using request = page_request<side_of_session>;

} // namespace

[[gnu::flatten]] void session_core::begin(page_operation&& what, detail::page_handler&& who) {
    auto self = what.take_target<session_core>();
    executing work(what.take_statement());
    if (!is_called_at_home(who)) [[unlikely]] // of what changes there nothing may be looked at
        return begin_otherwise(std::move(self), std::move(work), std::move(who),
                               how_.observer() != nullptr);
    if (!is_usual(work)) [[unlikely]]
        return begin_otherwise(std::move(self), std::move(work), std::move(who), is_observed());
    const auto* const said = work.options();
    const attempts none;
    const auto where =
        said == nullptr ? choose(work.routed_by(), none) : choose(work.routed_by(), *said, none);
    if (where.connection == nullptr) [[unlikely]]
        return begin_nowhere(work, std::move(who));
    request::begin(std::move(where.connection), std::move(work),
                   side_of_session{std::move(self), where.tablets}, where.version_block,
                   std::move(who));
}

/// Whether it is where the session lives, which is asked first of what is mostly so.
inline bool session_core::is_called_at_home(const detail::page_handler& who) const {
    return home_->is_in_turn() || home_->is_home_of(who.get_executor());
}

/// Whether nobody is to be told of it, nor is it to go by an execution profile.
inline bool session_core::is_usual(const executing& work) const {
    const auto* const said = work.options();
    return !has_default_profile() && !is_observed() &&
           (said == nullptr || said->execution_profile().empty());
}

[[gnu::noinline]] void session_core::begin_otherwise(shared_core self, executing&& work,
                                                     detail::page_handler&& who, bool is_told) {
    auto performing = is_told ? perform_in_its_own_turn(self, std::move(work))
                              : perform_somewhere(self, std::move(work));
    hand_over(self, std::move(performing), std::move(who));
}

[[gnu::noinline]] void session_core::begin_nowhere(executing& work, detail::page_handler&& who) {
    post_failure(executor_, std::move(who),
                 found_none(work.routed_by(), work.options(), attempts()));
}

} // namespace cocql::client
