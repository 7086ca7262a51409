#pragma once

#include <cocql/time_limit.hpp>

#include <chrono>
#include <cstdint>

namespace cocql {

/// That requests keep away from nodes which have been much slower than the quickest one lately:
/// options::latency_awareness() for all of a session, execution_profile::latency_awareness() for
/// those of a profile.
///
///     options.latency_awareness(cocql::latency_awareness().exclusion_threshold(3));
///
/// A slow node is put behind those that are like it otherwise: a replica behind the other replicas,
/// a node that has not the data behind the others that have it not, and a near one never behind a
/// remote one, for these would have to ask it, or are slow themselves. It is not cut off: its
/// connections stay, it is asked where no other is left, and from time to time by one request that
/// tells whether it is as quick as the others again. Where all are slow nothing is changed.
///
/// It has no part in where these go:
/// - requests of which the nodes agree among themselves (LWT: statements of which the server has
///   said so, and the consistencies SERIAL and LOCAL_SERIAL), and those that are for the leader of
///   a tablet first: all clients are to send them to the same one;
/// - requests that name their node (request_route::to_host());
/// - requests that go by a load_balancing_policy, which decides alone.
///
/// What is measured is how long a node takes to answer requests that go by it: from when they leave
/// the connection's queue until their answer is there; PREPARE is not. An ERROR says nothing of how
/// quick a node is and is left out, but that replicas did not answer in time; that one, and a
/// request without an answer (a time-out, a cancellation, a connection that was lost), counts as if
/// it had taken as long as it waited, or as long as the node takes lately if that is longer. Each
/// profile has measurements of its own, for what is usual for its statements need not be so for
/// others', and each session: nothing is shared and nothing locked. They begin anew for a node that
/// comes back.
class latency_awareness {
  public:
    using duration = time_limit::duration;

    latency_awareness() = default; ///< as other drivers have it, mostly

    /// A node is slow that has taken more than so many times as long as the quickest one. Default
    /// 2; below 1 connect() fails with errc::bad_configuration.
    latency_awareness& exclusion_threshold(double times) {
        exclusion_threshold_ = times;
        return *this;
    }
    /// And longer than that one by more than this: differences of less are not worth it, and occur
    /// by chance. Default 1 ms. Zero or less, as other drivers have it: whatever it is.
    latency_awareness& tolerance(time_limit longer) {
        tolerance_ = longer.length_or_longest();
        return *this;
    }
    /// So long after a slow node was last measured one request is sent to it as if it was not slow.
    /// If that is quick the node is slow no more. Measurements older than this count no more.
    /// Default 10 s. No limit: the node stays behind until it is asked for other reasons.
    latency_awareness& retry_period(time_limit rest) {
        retry_period_ = rest.length_or_longest();
        return *this;
    }
    /// How often it is worked out which node is the quickest and which ones are slow (other
    /// drivers' `update rate`). Default 100 ms.
    latency_awareness& update_interval(time_limit interval) {
        update_interval_ = interval.length_or_longest();
        return *this;
    }
    /// Of a node that was measured less often nothing is concluded: it is neither slow nor the
    /// quickest. Default 50.
    latency_awareness& minimum_measurements(std::uint32_t count) {
        minimum_measurements_ = count;
        return *this;
    }
    /// What a node has taken lately is a mean in which a measurement counts for less and less, for
    /// 1/e (37 %) of a new one after this. The longer, the less a single slow answer does. Default
    /// 1 s. Zero or less: only the last measurement counts.
    latency_awareness& scale(time_limit time) {
        scale_ = time.length_or_longest();
        return *this;
    }

    double exclusion_threshold() const noexcept { return exclusion_threshold_; }
    duration tolerance() const noexcept { return tolerance_; }
    duration retry_period() const noexcept { return retry_period_; }
    duration update_interval() const noexcept { return update_interval_; }
    std::uint32_t minimum_measurements() const noexcept { return minimum_measurements_; }
    duration scale() const noexcept { return scale_; }

    friend bool operator==(const latency_awareness&, const latency_awareness&) = default;

  private:
    double exclusion_threshold_ = 2;
    duration tolerance_ = std::chrono::milliseconds(1);
    duration retry_period_ = std::chrono::seconds(10);
    duration update_interval_ = std::chrono::milliseconds(100);
    std::uint32_t minimum_measurements_ = 50;
    duration scale_ = std::chrono::seconds(1);
};

} // namespace cocql
