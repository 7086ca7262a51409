#include "client/connection/brought_page.hpp"
#include "client/connection/crossing_request.hpp"
#include "client/connection/executing.hpp"
#include "client/connection/implementation.hpp"
#include "client/connection/page_request.hpp"
#include "client/connection/perform.hpp"
#include "core/base/recycling.hpp"

#include <cocql/page_operation.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace cocql {

namespace asio = boost::asio;

asio::awaitable<page> page_operation::awaited(page_operation what) {
    auto answer = co_await std::move(what);
    co_return answer;
}

asio::awaitable<page> page_operation::awaited(page_operation what,
                                              detail::handler_cancellation& cancellation) {
    if (cancellation.begin())
        throw error(errc::cancelled, "the operation was cancelled before it had begun")
            .with(request_outcome::not_sent);
    // A coroutine of its own hears of terminal cancellation only, unless it says otherwise.
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    page answer;
    std::exception_ptr thrown;
    try {
        answer = co_await std::move(what);
    } catch (...) {
        thrown = std::current_exception();
    }
    // What comes now comes too late, and what has come is no matter of the coroutine around this.
    cancellation.end();
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    if (thrown)
        std::rethrow_exception(thrown);
    co_return answer;
}

asio::any_io_executor page_operation::usual_executor() const {
    auto usual = target_ != nullptr ? target_->usual_executor() : asio::any_io_executor();
    if (!usual)
        usual = asio::system_executor();
    return usual;
}

void page_operation::begin_to_fail(detail::page_handler&& who) {
    // Another one may have been moved over it, and its statement have stayed here.
    const auto* const refused = statement_.is_any() ? statement_.failure() : nullptr;
    auto why = refused != nullptr
                   ? *refused
                   : error(errc::invalid_argument, "the operation has been awaited before")
                         .with(request_outcome::not_sent);
    const auto executor = who.get_executor();
    client::post_failure(executor, std::move(who), std::move(why));
}

} // namespace cocql

namespace cocql::client {

namespace {

/// Of a connection of the application's own: nothing is counted, and nothing goes elsewhere.
struct side_of_connection {
    static constexpr bool is_of_session = false;
    static std::optional<base::time_point> submitted(const implementation&) noexcept {
        return std::nullopt;
    }
    static void answered(implementation&) noexcept {}
    template <class Request>
    static bool has_failed(Request&, const error&, bool) noexcept {
        return false;
    }
    template <class Request>
    static bool goes_on_after(Request&, const page&) noexcept {
        return false;
    }
};

using request = page_request<side_of_connection>;

} // namespace

void post_failure(const asio::any_io_executor& executor, detail::page_handler&& who, error why) {
    asio::post(executor,
               [who = std::move(who), thrown = std::make_exception_ptr(std::move(why))]() mutable {
                   who(std::move(thrown), page());
               });
}

[[gnu::flatten]] void implementation::begin(page_operation&& what, detail::page_handler&& who) {
    auto self = what.take_target<implementation>();
    executing work(what.take_statement());
    if (is_in_turn()) [[likely]]
        return request::begin(std::move(self), std::move(work), {}, 0, std::move(who));
    begin_out_of_turn(std::move(self), std::move(work), std::move(who));
}

[[gnu::noinline]] void implementation::begin_out_of_turn(std::shared_ptr<implementation> self,
                                                         executing&& work,
                                                         detail::page_handler&& who) {
    const auto executor = who.get_executor();
    const auto refuse = [&](error why) {
        const auto message = work.make_message(*this);
        post_failure(executor, std::move(who),
                     about(std::move(why), *this, message, request_outcome::not_sent));
    };
    switch (where_it_lives().of(executor)) {
    case home::place::here:
        if (is_in_turn_elsewhere())
            return refuse(several_threads());
        return request::begin(std::move(self), std::move(work), {}, 0, std::move(who));
    case home::place::gone:
        return refuse(context_gone());
    case home::place::elsewhere:
        break;
    }
    if (const auto* const said = work.options(); said != nullptr && said->is_of_session())
        return refuse(submission::only_of_session());
    using crossing_execution = crossing_request<executing>;
    const auto crossing = std::allocate_shared<crossing_execution>(
        base::recycling_allocator<crossing_execution>(), self, std::move(work));
    crossing->begin(brought_page(*crossing, std::move(who))); // from here on this may be gone
}

} // namespace cocql::client
