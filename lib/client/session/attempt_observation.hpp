#pragma once

#include "client/connection/attempt_record.hpp"
#include "client/connection/implementation.hpp"
#include "client/connection/request_operation.hpp"
#include "client/session/attempts.hpp"
#include "io/bridge/clock.hpp"

#include <cocql/error.hpp>
#include <cocql/request_observer.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace cocql::client {

/// Tells the application's observer of attempts, and of those of requests that go by a policy that
/// policy, or of those of a profile that keeps away from slow nodes who watches for these. What
/// they throw leaves from the executor's queue.
class attempt_observation {
  public:
    /// The observer may be null. Borrows the executor and the clock.
    attempt_observation(std::shared_ptr<request_observer> observer,
                        const boost::asio::any_io_executor& executor, io::clock& clock) noexcept
        : observer_(std::move(observer)),
          executor_(executor),
          clock_(clock),
          on_(observer_ != nullptr) {}

    bool is_on() const noexcept { return on_; }
    /// Requests are numbered from here on.
    void begin_at(std::uint64_t number) noexcept { requests_ = number; }
    /// There are policies, or such profiles. It stays so, for the attempts that have begun when
    /// there are none.
    void tell_policies() noexcept { on_ = true; }
    /// Where it is on: one is about to be sent, after these.
    void attempt_begins(implementation& where, request_operation& request, attempt_record& record,
                        const attempts& before);
    /// Where it is on: it was answered (null), or has failed.
    void attempt_ended(implementation& where, request_operation& request,
                       const attempt_record& record, const error* why);

  private:
    template <class Tell>
    void tell(const attempt_record& record, const Tell& what) const;

    const std::shared_ptr<request_observer> observer_;
    const boost::asio::any_io_executor& executor_;
    io::clock& clock_;
    bool on_;
    std::uint64_t requests_ = 0;
};

} // namespace cocql::client
