#pragma once

#include <cocql/consistency.hpp>
#include <cocql/latency_awareness.hpp>
#include <cocql/load_balancing_policy.hpp>
#include <cocql/statement_options.hpp>
#include <cocql/time_limit.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace cocql {

/// How the statements of one kind are executed, under a name: given to options::execution_profile()
/// and named by statement_options::execution_profile().
///
///     options.execution_profile("reports", cocql::execution_profile()
///                                              .consistency(cocql::consistency::local_quorum)
///                                              .timeout(60s)
///                                              .local_datacenter("analytics"));
///
/// What it does not say is as the default profile says, and beneath that as the session's options
/// and the defaults of statement_options do.
class execution_profile {
  public:
    /// Of the profile of statements that name none.
    static constexpr const char* default_name = "default";

    execution_profile() = default; ///< says nothing

    execution_profile& consistency(cocql::consistency level) {
        consistency_ = level;
        return *this;
    }
    execution_profile& serial_consistency(cocql::consistency level) {
        serial_consistency_ = level;
        return *this;
    }
    /// As statement_options::page_size().
    execution_profile& page_size(std::optional<std::int32_t> rows) {
        page_size_ = rows;
        return *this;
    }
    /// As statement_options::timeout().
    execution_profile& timeout(time_limit limit) {
        timeout_ = limit;
        return *this;
    }
    execution_profile& busy(when_busy policy) {
        busy_ = policy;
        return *this;
    }
    /// As statement_options::idempotent(), which has the last word.
    execution_profile& idempotent(bool on = true) {
        idempotent_ = on;
        return *this;
    }
    /// Requests go to nodes of this data centre; empty: all are near. Of the rack (local_rack())
    /// then only what this profile says counts: another data centre has others.
    execution_profile& local_datacenter(std::string name) {
        local_datacenter_ = std::move(name);
        return *this;
    }
    /// And to this rack of it first.
    execution_profile& local_rack(std::string name) {
        local_rack_ = std::move(name);
        return *this;
    }
    /// And to others where none of it can be used.
    execution_profile& remote_hosts(bool on = true) {
        remote_hosts_ = on;
        return *this;
    }
    /// Who decides which nodes its requests go to, see options::load_balancing_policy(). Null: the
    /// session itself, also where its options or the default profile have a policy.
    execution_profile&
    load_balancing_policy(std::shared_ptr<cocql::load_balancing_policy> decides) {
        load_balancing_policy_ = std::move(decides);
        return *this;
    }
    /// As options::latency_awareness(), by what its own requests take; std::nullopt: they do not
    /// keep away from slow nodes, also where those of the options or the default profile do.
    execution_profile&
    latency_awareness(std::optional<cocql::latency_awareness> how = cocql::latency_awareness()) {
        latency_awareness_ = how;
        return *this;
    }

    // Nothing for what it does not say.

    std::optional<cocql::consistency> consistency() const noexcept { return consistency_; }
    std::optional<cocql::consistency> serial_consistency() const noexcept {
        return serial_consistency_;
    }
    const std::optional<std::optional<std::int32_t>>& page_size() const noexcept {
        return page_size_;
    }
    const std::optional<time_limit>& timeout() const noexcept { return timeout_; }
    std::optional<when_busy> busy() const noexcept { return busy_; }
    std::optional<bool> is_idempotent() const noexcept { return idempotent_; }
    const std::optional<std::string>& local_datacenter() const noexcept {
        return local_datacenter_;
    }
    const std::optional<std::string>& local_rack() const noexcept { return local_rack_; }
    std::optional<bool> remote_hosts() const noexcept { return remote_hosts_; }
    const std::optional<std::shared_ptr<cocql::load_balancing_policy>>&
    load_balancing_policy() const noexcept {
        return load_balancing_policy_;
    }
    const std::optional<std::optional<cocql::latency_awareness>>&
    latency_awareness() const noexcept {
        return latency_awareness_;
    }

  private:
    std::optional<cocql::consistency> consistency_;
    std::optional<cocql::consistency> serial_consistency_;
    std::optional<std::optional<std::int32_t>> page_size_;
    std::optional<time_limit> timeout_;
    std::optional<when_busy> busy_;
    std::optional<bool> idempotent_;
    std::optional<std::string> local_datacenter_;
    std::optional<std::string> local_rack_;
    std::optional<bool> remote_hosts_;
    std::optional<std::shared_ptr<cocql::load_balancing_policy>> load_balancing_policy_;
    std::optional<std::optional<cocql::latency_awareness>> latency_awareness_;
};

} // namespace cocql
