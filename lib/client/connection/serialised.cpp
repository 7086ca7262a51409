#include "client/connection/serialised.hpp"

#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <type_traits>

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

template <class Inner>
bool is_in_context_of(const Inner& inner) noexcept {
    if constexpr (std::is_same_v<Inner, asio::any_io_executor>)
        return is_in_context(inner);
    else if constexpr (std::is_same_v<Inner, asio::system_executor>)
        return false;
    else
        return inner.running_in_this_thread();
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
    return ask_known_strand(executor,
                            [](const auto& strand) { return strand.running_in_this_thread(); });
}

bool is_in_context(const asio::any_io_executor& executor) noexcept {
    if (const auto* const context = executor.target<asio::io_context::executor_type>())
        return is_in_context_of(*context);
    if (const auto* const pool = executor.target<asio::thread_pool::executor_type>())
        return is_in_context_of(*pool);
    return ask_known_strand(
        executor, [](const auto& strand) { return is_in_context_of(strand.get_inner_executor()); });
}

} // namespace cocql::client
