// An application's own load-balancing policy: of the replicas that are near, the one that has been
// the quickest lately.
#pragma once

#include <cocql/load_balancing_policy.hpp>

#include <chrono>
#include <map>
#include <optional>

class quickest_first final : public cocql::load_balancing_policy {
  public:
    std::string_view name() const noexcept override { return "quickest-first"; }

    std::optional<cocql::uuid> choose(const cocql::routed_request& what,
                                      cocql::request_candidates& among) override {
        const auto usual = among.next();
        if (!usual || what.is_conditional)
            return usual ? std::optional(usual->host) : std::nullopt;
        auto best = *usual;
        while (const auto each = among.next()) {
            if (each->is_replica != best.is_replica || each->distance != best.distance)
                break; // farther from the data than all before
            if (each->connections != 0 && latency_of(each->host) < latency_of(best.host))
                best = *each;
        }
        return best.host;
    }

    // A node that fails counts as a slow one. What is not known yet is quick, and so is tried.
    void attempt_ended(const cocql::request_attempt& which,
                       const cocql::attempt_end& how) override {
        const auto took = how.failure != nullptr ? std::chrono::nanoseconds(std::chrono::seconds(1))
                                                 : how.waited.value_or(std::chrono::seconds(1));
        const auto [known, is_new] = latencies_.emplace(which.host, took);
        if (!is_new)
            known->second += (took - known->second) / 4;
    }

    // Its past says nothing of how it is now.
    void host_up(const cocql::host_info& which, const cocql::cluster_metadata&) override {
        latencies_.erase(which.id);
    }
    void host_removed(const cocql::host_info& which, const cocql::cluster_metadata&) override {
        latencies_.erase(which.id);
    }

    std::chrono::nanoseconds latency_of(const cocql::uuid& host) const {
        const auto known = latencies_.find(host);
        return known != latencies_.end() ? known->second : std::chrono::nanoseconds(0);
    }

  private:
    std::map<cocql::uuid, std::chrono::nanoseconds> latencies_; // smoothed
};
