#pragma once

#include <cocql/error.hpp>
#include <cocql/request_observer.hpp>

#include <boost/asio/cancellation_signal.hpp>

namespace cocql::tests {

/// Once armed, cancels what it hears the begin of.
class cancelling_observer final : public request_observer {
  public:
    void attempt_begun(const request_attempt&) override {
        ++begun;
        if (armed)
            signal.emit(boost::asio::cancellation_type::terminal);
    }
    void attempt_ended(const request_attempt&, const attempt_end& how) override {
        ++ended;
        if (how.failure != nullptr)
            failure = *how.failure;
    }

    boost::asio::cancellation_signal signal;
    bool armed = false;
    int begun = 0;
    int ended = 0;
    error failure;
};

} // namespace cocql::tests
