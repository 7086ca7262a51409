#pragma once

#include <cocql/consistency.hpp>
#include <cocql/request_route.hpp>
#include <cocql/time_limit.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cocql {

/// What happens to a request when no stream id is free or the write buffer is over its high mark.
enum class when_busy {
    wait,   ///< wait for its turn, within its own time-out
    refuse, ///< fail at once with errc::connection_busy
};

/// How one statement is executed.
class statement_options {
  public:
    using duration = std::chrono::steady_clock::duration;

    statement_options() = default;

    statement_options& consistency(cocql::consistency level) {
        consistency_ = level;
        consistency_set_ = true;
        return *this;
    }
    statement_options& serial_consistency(cocql::consistency level) {
        serial_consistency_ = level;
        return *this;
    }
    /// Rows per page; nothing or a number below 1: all rows in one page. Default 5,000.
    statement_options& page_size(std::optional<std::int32_t> rows) {
        page_size_ = rows && *rows > 0 ? rows : std::nullopt;
        page_size_set_ = true;
        return *this;
    }
    /// Continues where a page ended; see page::paging_state().
    statement_options& paging_state(std::vector<std::byte> state) {
        paging_state_ = std::move(state);
        return *this;
    }
    statement_options& tracing(bool on = true) {
        tracing_ = on;
        return *this;
    }
    /// The default timestamp, in microseconds since 1970.
    statement_options& timestamp(std::int64_t microseconds) {
        timestamp_ = microseconds;
        return *this;
    }
    /// How long to wait for the answer, as exact as connection_options::request_timeout(), which it
    /// is unless this is called. std::nullopt: no limit. Zero or less: the request fails with
    /// errc::timed_out before anything is sent.
    statement_options& timeout(time_limit limit) {
        timeout_ = limit.length();
        timeout_set_ = true;
        return *this;
    }
    statement_options& busy(when_busy policy) {
        busy_ = policy;
        busy_set_ = true;
        return *this;
    }
    /// Passed on to the server's query handler (protocol v4). A key longer than 65,535 bytes, or
    /// more entries than that, cannot be said: the request fails before it is sent.
    statement_options& custom_payload(std::map<std::string, std::vector<std::byte>> payload) {
        change_rare().custom_payload = std::move(payload);
        return *this;
    }

    /// Where the statement's names without a keyspace are looked up, instead of the connection's
    /// keyspace. Needs protocol v5; with a lower version the request fails before it is sent.
    statement_options& keyspace(std::string name) {
        change_rare().keyspace = std::move(name);
        return *this;
    }
    /// What the server takes for the time, in seconds since 1970, when it judges whether what has a
    /// TTL still lives: for tests. Needs protocol v5, as above.
    statement_options& now_in_seconds(std::int32_t seconds) {
        now_in_seconds_ = seconds;
        return *this;
    }

    /// Whether it may be carried out twice: it changes nothing, or what it leaves behind is the
    /// same however often it is done. That of counters, list appends, now() and conditional
    /// statements is not; they are taken at the application's word all the same, and nothing reads
    /// the statement.
    ///
    /// A session then sends it to the next node where the connection has ended before the answer
    /// came, and nobody knows whether it was executed: to each node that may be used once at most,
    /// in the order of its plan, within the time-out of all attempts together. Otherwise that fails
    /// it, with request_outcome::maybe_executed, which is also what the last error says where the
    /// other nodes have failed, too. It has no effect on what a server answers, on time-outs, and
    /// on a connection's own requests: none of these is ever repeated.
    ///
    /// A write that is repeated has a later timestamp, if servers give it: by timestamp() it has
    /// the same one. Default: as the execution profile says, and otherwise no.
    statement_options& idempotent(bool on = true) {
        idempotent_ = on;
        idempotent_set_ = true;
        return *this;
    }

    // Of a session's requests; a connection refuses statements with these before anything is sent.

    /// Whose settings count where these say nothing: those of the session's execution profile of
    /// this name (options::execution_profile(), which says when they are looked up). One that there
    /// is not fails with errc::not_found before anything is sent. Empty: the default one.
    statement_options& execution_profile(std::string name) {
        change_rare().execution_profile = std::move(name);
        return *this;
    }
    /// Where it goes, in place of where the session would send it.
    statement_options& route(request_route where) {
        change_rare().route = std::move(where);
        return *this;
    }

    cocql::consistency consistency() const noexcept { return consistency_; }
    std::optional<cocql::consistency> serial_consistency() const noexcept {
        return serial_consistency_;
    }
    std::optional<std::int32_t> page_size() const noexcept { return page_size_; }
    const std::vector<std::byte>& paging_state() const noexcept { return paging_state_; }
    bool tracing() const noexcept { return tracing_; }
    std::optional<std::int64_t> timestamp() const noexcept { return timestamp_; }
    std::optional<duration> timeout_or(std::optional<duration> otherwise) const noexcept {
        return timeout_set_ ? timeout_ : otherwise;
    }
    when_busy busy() const noexcept { return busy_; }
    bool is_idempotent() const noexcept { return idempotent_; }
    // What these say, or the other where they were not told.
    cocql::consistency consistency_or(cocql::consistency otherwise) const noexcept {
        return consistency_set_ ? consistency_ : otherwise;
    }
    std::optional<std::int32_t> page_size_or(std::optional<std::int32_t> otherwise) const noexcept {
        return page_size_set_ ? page_size_ : otherwise;
    }
    when_busy busy_or(when_busy otherwise) const noexcept { return busy_set_ ? busy_ : otherwise; }
    bool is_idempotent_or(bool otherwise) const noexcept {
        return idempotent_set_ ? idempotent_ : otherwise;
    }
    bool has_custom_payload() const noexcept { return rare_ && !rare_->custom_payload.empty(); }
    const std::map<std::string, std::vector<std::byte>>& custom_payload() const noexcept {
        return rare_ ? rare_->custom_payload : nothing().custom_payload;
    }
    const std::string& keyspace() const noexcept {
        return rare_ ? rare_->keyspace : nothing().keyspace;
    }
    std::optional<std::int32_t> now_in_seconds() const noexcept { return now_in_seconds_; }
    const std::string& execution_profile() const noexcept {
        return rare_ ? rare_->execution_profile : nothing().execution_profile;
    }
    /// Null for none.
    const request_route* route() const noexcept {
        return rare_ && rare_->route ? &*rare_->route : nullptr;
    }
    /// Whether they say what only a session can do.
    bool is_of_session() const noexcept {
        return rare_ && (rare_->route || !rare_->execution_profile.empty());
    }

  private:
    /// What few statements have. Apart and shared by copies, so that the others are cheap to pass
    /// on.
    struct rare {
        std::map<std::string, std::vector<std::byte>> custom_payload;
        std::string keyspace;
        std::string execution_profile;
        std::optional<request_route> route;
    };
    static const rare& nothing() noexcept {
        static const rare none;
        return none;
    }
    rare& change_rare() {
        auto own = rare_ ? std::make_shared<rare>(*rare_) : std::make_shared<rare>();
        auto& changing = *own;
        rare_ = std::move(own);
        return changing;
    }

    cocql::consistency consistency_ = cocql::consistency::local_one;
    std::optional<cocql::consistency> serial_consistency_;
    std::optional<std::int32_t> page_size_ = 5000;
    std::vector<std::byte> paging_state_;
    bool tracing_ = false;
    bool idempotent_ = false;
    bool idempotent_set_ = false;
    std::optional<std::int64_t> timestamp_;
    std::optional<duration> timeout_;
    bool timeout_set_ = false;
    bool consistency_set_ = false;
    bool page_size_set_ = false;
    bool busy_set_ = false;
    when_busy busy_ = when_busy::wait;
    std::shared_ptr<const rare> rare_; ///< null for none
    std::optional<std::int32_t> now_in_seconds_;
};

} // namespace cocql
