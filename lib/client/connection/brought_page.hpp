#pragma once

#include <cocql/page.hpp>
#include <cocql/page_handler.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <utility>

namespace cocql::client {

/// Hands the page that a crossing brings to who awaits it. The crossing outlives it.
template <class Crossing>
class brought_page {
  public:
    using executor_type = boost::asio::any_io_executor;
    using cancellation_slot_type = boost::asio::cancellation_slot;

    brought_page(Crossing& from, detail::page_handler&& who) noexcept
        : from_(&from), who_(std::move(who)) {}

    executor_type get_executor() const noexcept { return who_.get_executor(); }
    cancellation_slot_type get_cancellation_slot() const noexcept {
        return who_.get_cancellation_slot();
    }
    void operator()() {
        std::exception_ptr thrown;
        page given;
        try {
            given = from_->take();
        } catch (...) {
            thrown = std::current_exception();
        }
        who_(std::move(thrown), std::move(given));
    }

  private:
    Crossing* from_;
    detail::page_handler who_;
};

} // namespace cocql::client
