#pragma once

#include "noting_cluster.hpp"

#include <cocql/load_balancing_policy.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cocql::tests {

/// A policy that is told what to do, and takes down what it is told and asked.
class own_policy final : public load_balancing_policy {
  public:
    std::function<host_distance(const host_info&, host_distance)> far;
    std::function<std::optional<uuid>(const routed_request&, request_candidates&)> chooses;

    host_distance distance(const host_info& which, host_distance usual) override {
        judged.push_back(which.id);
        return far ? far(which, usual) : load_balancing_policy::distance(which, usual);
    }
    std::optional<uuid> choose(const routed_request& what, request_candidates& among) override {
        ++asked;
        return chooses ? chooses(what, among) : load_balancing_policy::choose(what, among);
    }
    std::string_view name() const noexcept override { return "our own"; }

    void attempt_begun(const request_attempt& which) override { begun.push_back(which.host); }
    void attempt_ended(const request_attempt& which, const attempt_end& how) override {
        ended.push_back(which.host);
        failed += how.failure != nullptr ? 1 : 0;
        waited = how.waited;
    }
    void host_added(const host_info& which, const cluster_metadata&) override {
        added.push_back(which.id);
    }
    void host_removed(const host_info& which, const cluster_metadata&) override {
        removed.push_back(which.id);
    }
    void host_down(const host_info& which, const cluster_metadata&) override {
        down.push_back(which.id);
    }

    using ids = std::vector<uuid>;
    ids judged;
    std::size_t asked = 0;
    ids begun;
    ids ended;
    int failed = 0;
    std::optional<std::chrono::nanoseconds> waited;
    ids added;
    ids removed;
    ids down;
};

/// Says the same of each attempt: these nodes, one after the other, from the first on.
inline auto in_order(std::vector<int> numbers) {
    return [numbers = std::move(numbers)](const routed_request&,
                                          request_candidates& among) -> std::optional<uuid> {
        for (const auto number : numbers)
            if (among.find(testing::id_of(number)))
                return testing::id_of(number);
        return std::nullopt;
    };
}

/// Keeps away from these.
inline auto without(std::set<int> numbers) {
    return [numbers = std::move(numbers)](const host_info& which, host_distance usual) {
        for (const auto number : numbers)
            if (which.id == testing::id_of(number))
                return host_distance::ignored;
        return usual;
    };
}

} // namespace cocql::tests
