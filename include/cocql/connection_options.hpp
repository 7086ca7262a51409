#pragma once

#include <cocql/authenticator.hpp>
#include <cocql/compression.hpp>
#include <cocql/connection_state.hpp>
#include <cocql/event.hpp>
#include <cocql/protocol_version.hpp>
#include <cocql/time_limit.hpp>
#include <cocql/tls_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cocql {

/// How a connection is opened and kept. Every setter returns the options, so that they chain.
/// A time_limit is any std::chrono duration, or std::nullopt for "no limit".
class connection_options {
  public:
    using duration = std::chrono::steady_clock::duration;

    connection_options() = default;

    /// Speak TLS. Without this call the connection is plain.
    connection_options& tls(tls_options options = tls_options()) {
        tls_ = std::move(options);
        return *this;
    }
    /// Log in with SASL PLAIN.
    connection_options& login(std::string user, std::string secret) {
        authentication_ = plain_authenticator(std::move(user), std::move(secret));
        return *this;
    }
    /// Log in with a mechanism of your own.
    connection_options& authentication(std::shared_ptr<const authenticator_provider> provider) {
        authentication_ = std::move(provider);
        return *this;
    }
    /// One deadline over name resolution, TCP, TLS, start-up and login together. Default 5 s. Zero
    /// or less: opening fails with errc::timed_out before any network I/O.
    connection_options& connect_timeout(time_limit limit) {
        connect_timeout_ = limit.length();
        return *this;
    }
    /// Connect from this port of this machine; 0, the default: from any that is free. ScyllaDB's
    /// shard-aware ports choose the shard by it: its remainder by the number of shards.
    connection_options& local_port(std::uint16_t port) {
        local_port_ = port;
        return *this;
    }
    /// How long a request waits for its answer unless the statement says otherwise. Default 10 s.
    /// From one second on it counts from a tick of the system's: it may end some milliseconds later
    /// than said, or, where processors stand still and ticks are late, so much earlier. Zero or
    /// less: every request fails with errc::timed_out before anything is sent.
    connection_options& request_timeout(time_limit limit) {
        request_timeout_ = limit.length();
        return *this;
    }
    /// An OPTIONS is sent when nothing was received for `interval` (default 30 s). The connection
    /// ends with errc::heartbeat_failed when from then on, before the OPTIONS is answered, there is
    /// no sign of life for `timeout` (default 5 s): no byte is received, and the peer's system
    /// takes none of what was to be sent before the OPTIONS. So a connection that is busy sending
    /// or receiving something long is not ended, however slow it is, and a peer that reads no more
    /// is found out: at the earliest `timeout`, at the latest `timeout` and a quarter of it after
    /// the last sign of life, but not before `interval` and `timeout` have passed since the last
    /// byte was received. Taken is, on Linux, what TCP has acknowledged; elsewhere what our own
    /// system has taken to send it, and `timeout` has to be long enough for its buffer to be
    /// emptied. A request's own time-out is kept whatever happens. No interval, zero or less: no
    /// heartbeat. A time-out of zero or less is errc::bad_configuration before any network I/O.
    connection_options& heartbeat(time_limit interval, time_limit timeout) {
        heartbeat_interval_ = interval.length();
        if (heartbeat_interval_ && *heartbeat_interval_ <= duration::zero())
            heartbeat_interval_.reset();
        heartbeat_timeout_ = timeout.length_or_longest();
        return *this;
    }
    /// The version to start with; a server that refuses it is tried again with the version it
    /// names, or the next lower one, down to v3, unless `fixed`. Not called: v4, or v5 when the
    /// server's SUPPORTED lists it among its PROTOCOL_VERSIONS (as Cassandra does since 4.0) and
    /// snappy was not asked for: that costs no second connect.
    connection_options& version(protocol_version version, bool fixed = false) {
        version_ = version;
        version_fixed_ = fixed;
        return *this;
    }
    /// Compress what is sent, and ask the server to. Default none. What is short, or would not
    /// become shorter, is sent as it is. A server that does not offer it fails opening with
    /// errc::unsupported_compression; v5 with snappy, which v5 does not have, is
    /// errc::bad_configuration before any network I/O.
    connection_options& compression(cocql::compression kind) {
        compression_ = kind;
        return *this;
    }
    /// USE this keyspace as the last step of opening.
    connection_options& keyspace(std::string name) {
        keyspace_ = std::move(name);
        return *this;
    }
    /// REGISTER for these events as part of opening; `handler` is called on the connection's
    /// executor for each, must not throw and must not block. graceful_disconnect is registered for
    /// only where the server offers it.
    connection_options& events(std::vector<event_type> types,
                               std::function<void(const event&)> handler) {
        event_types_ = std::move(types);
        event_handler_ = std::move(handler);
        return *this;
    }
    /// Called when an opened connection takes no more requests, with how it is then: once when it
    /// begins to drain, and once when it begins to end, for which `last_error` is the reason. On
    /// the connection's executor, from its queue, where it must not throw and must not block. Not
    /// called for what ends before it is open, nor when the executor's context is destroyed.
    connection_options& watch(std::function<void(const connection_state& now)> watcher) {
        watcher_ = std::move(watcher);
        return *this;
    }
    /// A node that has too much to do answers with OVERLOADED at once. Without this Cassandra
    /// (since 4.0) leaves off reading from the connection until it can do more, so that everything
    /// on it waits. ScyllaDB answers with OVERLOADED in any case. Default: no.
    connection_options& throw_on_overload(bool on = true) {
        throw_on_overload_ = on;
        return *this;
    }
    /// Whether a server that offers it (Cassandra, CEP-59) is asked to tell when it is about to end
    /// the connection, as on a shutdown. When it does, the connection takes no new requests and
    /// closes when those that it has are answered: it drains. Default: yes. Where it is not offered
    /// nothing is asked.
    connection_options& graceful_disconnect(bool on) {
        graceful_disconnect_ = on;
        return *this;
    }
    /// Further entries of STARTUP (DRIVER_NAME and DRIVER_VERSION are sent anyway and can be
    /// replaced; COMPRESSION is what compression() is for and fails opening).
    connection_options& startup_option(std::string key, std::string text) {
        startup_options_[std::move(key)] = std::move(text);
        return *this;
    }
    /// Requests in flight at once, at most 32,768 (the default).
    connection_options& max_in_flight(std::size_t count) {
        max_in_flight_ = count;
        return *this;
    }
    /// Orphans (requests given up whose answers are still owed): past `count` of them, or when one
    /// is older than `age`, the connection takes no new requests, drains and closes. Zero or less
    /// of age: with the first.
    connection_options& orphan_limits(std::size_t count, time_limit age) {
        orphan_count_limit_ = count;
        orphan_age_limit_ = age.length_or_longest();
        return *this;
    }
    /// Water marks of the write buffer in bytes. Above `high` requests wait (or are refused as
    /// busy) until it has fallen to `low`.
    connection_options& write_buffer_limits(std::size_t high, std::size_t low) {
        write_buffer_high_ = high;
        write_buffer_low_ = low;
        return *this;
    }
    /// The longest frame accepted from the server: the bytes of its body, before and after
    /// decompression. A longer one ends the connection with errc::protocol_error. Says nothing of
    /// what is sent. Default 256 MiB, ScyllaDB's and old Cassandras' own limit.
    connection_options& max_frame_size(std::size_t bytes) {
        max_frame_size_ = bytes;
        return *this;
    }
    /// The longest request: the bytes of its frame's body, before compression. A longer one fails
    /// with errc::invalid_argument and is not sent; the connection stays as it is. Frames that are
    /// pushed are not measured. Default 256 MiB. Cassandra since 4.1 takes 16 MiB unless it is
    /// configured otherwise, and refuses more only after it has read all of it: where requests may
    /// be as long as that, set its limit here.
    connection_options& max_request_size(std::size_t bytes) {
        max_request_size_ = bytes;
        return *this;
    }

    const std::optional<tls_options>& tls_settings() const noexcept { return tls_; }
    const std::shared_ptr<const authenticator_provider>& authentication() const noexcept {
        return authentication_;
    }
    std::optional<duration> connect_timeout() const noexcept { return connect_timeout_; }
    std::uint16_t local_port() const noexcept { return local_port_; }
    std::optional<duration> request_timeout() const noexcept { return request_timeout_; }
    std::optional<duration> heartbeat_interval() const noexcept { return heartbeat_interval_; }
    duration heartbeat_timeout() const noexcept { return heartbeat_timeout_; }
    std::optional<protocol_version> version() const noexcept { return version_; }
    bool version_fixed() const noexcept { return version_fixed_; }
    cocql::compression compression() const noexcept { return compression_; }
    const std::string& keyspace() const noexcept { return keyspace_; }
    const std::vector<event_type>& event_types() const noexcept { return event_types_; }
    const std::function<void(const event&)>& event_handler() const noexcept {
        return event_handler_;
    }
    const std::function<void(const connection_state&)>& watcher() const noexcept {
        return watcher_;
    }
    const std::map<std::string, std::string>& startup_options() const noexcept {
        return startup_options_;
    }
    bool throw_on_overload() const noexcept { return throw_on_overload_; }
    bool graceful_disconnect() const noexcept { return graceful_disconnect_; }
    std::size_t max_in_flight() const noexcept { return max_in_flight_; }
    std::size_t orphan_count_limit() const noexcept { return orphan_count_limit_; }
    duration orphan_age_limit() const noexcept { return orphan_age_limit_; }
    std::size_t write_buffer_high() const noexcept { return write_buffer_high_; }
    std::size_t write_buffer_low() const noexcept { return write_buffer_low_; }
    std::size_t max_frame_size() const noexcept { return max_frame_size_; }
    std::size_t max_request_size() const noexcept { return max_request_size_; }

  private:
    std::optional<tls_options> tls_;
    std::shared_ptr<const authenticator_provider> authentication_;
    std::optional<duration> connect_timeout_ = std::chrono::seconds(5);
    std::uint16_t local_port_ = 0;
    std::optional<duration> request_timeout_ = std::chrono::seconds(10);
    std::optional<duration> heartbeat_interval_ = std::chrono::seconds(30);
    duration heartbeat_timeout_ = std::chrono::seconds(5);
    std::optional<protocol_version> version_;
    bool version_fixed_ = false;
    cocql::compression compression_ = cocql::compression::none;
    std::string keyspace_;
    std::vector<event_type> event_types_;
    std::function<void(const event&)> event_handler_;
    std::function<void(const connection_state&)> watcher_;
    std::map<std::string, std::string> startup_options_;
    bool throw_on_overload_ = false;
    bool graceful_disconnect_ = true;
    std::size_t max_in_flight_ = 32768;
    std::size_t orphan_count_limit_ = 1024;
    duration orphan_age_limit_ = std::chrono::seconds(60);
    std::size_t write_buffer_high_ = 1024 * 1024;
    std::size_t write_buffer_low_ = 256 * 1024;
    std::size_t max_frame_size_ = 256u * 1024 * 1024;
    std::size_t max_request_size_ = 256u * 1024 * 1024;
};

} // namespace cocql
