#include "client/connection/serialised.hpp"

#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>

namespace cocql::client {

namespace asio = boost::asio;

namespace {

/// Calls a function with the strand that an executor is; false where it is none of a known kind.
template <class Inner, class... Others, class Ask>
bool ask_strand(const asio::any_io_executor& executor, Ask ask) {
    if (const auto* const strand = executor.target<asio::strand<Inner>>())
        return ask(*strand);
    if constexpr (sizeof...(Others) != 0)
        return ask_strand<Others...>(executor, ask);
    return false;
}
template <class Ask>
bool ask_known_strand(const asio::any_io_executor& executor, Ask ask) {
    return ask_strand<asio::any_io_executor, asio::io_context::executor_type,
                      asio::thread_pool::executor_type, asio::system_executor>(executor, ask);
}

/// What the io_context was made with. Asio has no public name for it before 1.32.
int concurrency_hint(const asio::io_context::executor_type& executor) {
    return asio::use_service<asio::detail::io_context_impl>(executor.context()).concurrency_hint();
}

bool promises_one_thread(int hint) {
    return hint == 1 || !BOOST_ASIO_CONCURRENCY_HINT_IS_LOCKING(SCHEDULER, hint) ||
           !BOOST_ASIO_CONCURRENCY_HINT_IS_LOCKING(REACTOR_IO, hint);
}

} // namespace

const asio::io_context::executor_type* made_for_one_thread(const asio::any_io_executor& executor) {
    const auto* const context = executor.target<asio::io_context::executor_type>();
    return context != nullptr && promises_one_thread(concurrency_hint(*context)) ? context
                                                                                  : nullptr;
}

asio::any_io_executor serialised(const asio::any_io_executor& executor) {
    const bool serial = made_for_one_thread(executor) != nullptr ||
                        ask_known_strand(executor, [](const auto&) { return true; });
    return serial ? executor : asio::make_strand(executor);
}

bool is_in_strand(const asio::any_io_executor& executor) noexcept {
    return ask_known_strand(
        executor, [](const auto& strand) { return strand.running_in_this_thread(); });
}

} // namespace cocql::client
