#pragma once

#include <cocql/page.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/version.hpp>

#include <exception>
#include <utility>

// Boost 1.81 has a class for this that does not compile: it asks the pair of pointers to its result
// as if that were the exception. From 1.82 on Asio's own is used.
#if BOOST_VERSION < 108200
namespace boost::asio::detail {

/// A coroutine that awaits a page, as a completion handler.
template <class Result, class Executor>
class awaitable_async_op_handler<Result(std::exception_ptr, cocql::page), Executor>
    : public awaitable_thread<Executor> {
  public:
    /// Where the coroutine finds what it is resumed with, while it is being resumed.
    struct result_type {
        std::exception_ptr* thrown;
        cocql::page* given;
    };

    awaitable_async_op_handler(awaitable_thread<Executor>* coroutine, result_type& result)
        : awaitable_thread<Executor>(std::move(*coroutine)), result_(result) {}

    void operator()(std::exception_ptr thrown, cocql::page given) {
        result_ = {&thrown, &given};
        auto* const bottom = this->entry_point();
        bottom->top_of_stack_->attach_thread(this);
        bottom->top_of_stack_->clear_cancellation_slot();
        this->pump();
    }

    static cocql::page resume(result_type& result) {
        if (*result.thrown)
            std::rethrow_exception(std::exchange(*result.thrown, nullptr));
        return std::move(*result.given);
    }

  private:
    result_type& result_;
};

} // namespace boost::asio::detail
#endif

namespace cocql::detail {

/// A coroutine that awaits a page: it is what Asio makes of one that awaits an operation with this
/// signature, and owns the coroutine.
using page_handler = boost::asio::detail::awaitable_async_op_handler<void(std::exception_ptr, page),
                                                                     boost::asio::any_io_executor>;

} // namespace cocql::detail
