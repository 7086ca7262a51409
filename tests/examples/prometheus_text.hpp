#pragma once

#include <cocql/failure_kind.hpp>
#include <cocql/session_metrics.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// A session's metrics in Prometheus' text format (version 0.0.4): one family after another, each
/// with one HELP and one TYPE and all its samples behind them, as the format has it.
class prometheus_text {
  public:
    explicit prometheus_text(const cocql::session_metrics& now) : now_(now) {}

    std::string str() {
        each("cql_connections", "gauge", "Connections that take requests.",
             [](const auto& host) { return host.connections; });
        each("cql_requests_in_flight", "gauge", "Requests that have been sent and not answered.",
             [](const auto& host) { return host.in_flight; });
        each("cql_orphaned_requests", "gauge", "Requests given up whose answers are still owed.",
             [](const auto& host) { return host.orphans; });
        one("cql_requests_total", "Requests that have ended, however many attempts they took.",
            now_.requests());
        one("cql_request_retries_total", "Attempts after which another node was looked for.",
            now_.retries);
        one("cql_requests_without_host_total", "Requests for which there was no node.",
            now_.no_host);
        each("cql_attempts_unanswered_total", "counter", "Attempts that ended without an answer.",
             [](const auto& host) { return host.counts.unanswered; });
        failures();
        latencies();
        each("cql_connections_opened_total", "counter", "Connections that were logged in.",
             [](const auto& host) { return host.counts.connections_opened; });
        each("cql_connections_failed_total", "counter", "Connections that could not be opened.",
             [](const auto& host) { return host.counts.connections_failed; });
        each("cql_connections_to_wrong_host_total", "counter", "Connections that led elsewhere.",
             [](const auto& host) { return host.counts.wrong_host; });
        each("cql_tls_handshakes_full_total", "counter", "TLS handshakes from the beginning.",
             [](const auto& host) { return host.counts.handshakes_full; });
        each("cql_tls_handshakes_resumed_total", "counter", "TLS handshakes that went on.",
             [](const auto& host) { return host.counts.handshakes_resumed; });
        each("cql_prepares_total", "counter", "Statements that were prepared.",
             [](const auto& host) { return host.counts.prepares; });
        each("cql_wrong_shard_attempts_total", "counter", "Attempts on another shard's connection.",
             [](const auto& host) { return host.counts.wrong_shard; });
        one("cql_tablet_hits_total", "Requests whose tablet was known.", now_.tablet_hits);
        one("cql_tablet_misses_total", "Requests whose tablet was not known.", now_.tablet_misses);
        one("cql_tablets_learned_total", "Answers that told where a tablet is.",
            now_.tablets_learned);
        one("cql_control_reconnects_total", "Control connections that were replaced.",
            now_.control_reconnects);
        one("cql_events_total", "Changes that servers have told of.", now_.events);
        return std::move(text_);
    }

  private:
    /// Backslash, quote and line feed are all that has to be escaped, and have to be: names of
    /// racks are whatever an operator has typed.
    static std::string label(std::string_view name, std::string_view content) {
        std::string made(name);
        made += "=\"";
        for (const char each : content) {
            if (each == '\n')
                made += "\\n";
            else if (each == '\\' || each == '"')
                (made += '\\') += each;
            else
                made += each;
        }
        return made += '"';
    }

    /// The id as well: while a node replaces another at its address there are two with the same
    /// one, and samples of equal labels make Prometheus refuse the whole page.
    static std::string labels_of(const cocql::host_metrics& host) {
        return label("host", host.where.to_string()) + "," +
               label("host_id", host.id.to_string()) + "," + label("datacenter", host.datacenter) +
               "," + label("rack", host.rack);
    }

    /// Not by a stream, whose precision and locale would have a say in it.
    static std::string seconds(std::chrono::nanoseconds length) {
        std::array<char, 32> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                       std::chrono::duration<double>(length).count());
        return {digits.data(), end.ptr};
    }

    void family(std::string_view name, std::string_view type, std::string_view help) {
        ((text_ += "# HELP ") += name) += ' ';
        ((((text_ += help) += "\n# TYPE ") += name) += ' ') += type;
        text_ += '\n';
    }
    void sample(std::string_view name, std::string_view labels, std::string_view number) {
        text_ += name;
        if (!labels.empty())
            ((text_ += '{') += labels) += '}';
        ((text_ += ' ') += number) += '\n';
    }

    void one(std::string_view name, std::string_view help, std::uint64_t number) {
        family(name, "counter", help);
        sample(name, {}, std::to_string(number));
    }
    template <class NumberOf>
    void each(std::string_view name, std::string_view type, std::string_view help,
              const NumberOf& number_of) {
        family(name, type, help);
        for (const auto& host : now_.hosts)
            sample(name, labels_of(host), std::to_string(number_of(host)));
    }

    /// All kinds from the beginning, zeros too: rate() sees no step from what was not there.
    void failures() {
        constexpr auto name = "cql_attempt_failures_total";
        family(name, "counter", "Attempts that failed, by the kind of failure.");
        for (const auto& host : now_.hosts)
            for (std::size_t i = 0; i < cocql::failure_kind_count; ++i) {
                const auto kind = static_cast<cocql::failure_kind>(i);
                sample(name, labels_of(host) + "," + label("kind", to_string(kind)),
                       std::to_string(host.counts.failures.of(kind)));
            }
    }

    /// The session has 384 buckets, of which these are made: the powers of two from 32 µs to 34 s.
    /// Each of them is the end of one of the session's buckets, so that no count is a guess.
    void latencies() {
        constexpr std::string_view name = "cql_attempt_duration_seconds";
        constexpr auto first = std::chrono::microseconds(32);
        constexpr auto last = std::chrono::seconds(34);
        const std::string bucket = std::string(name) + "_bucket";
        family(name, "histogram", "How long it took until attempts were answered.");
        for (const auto& host : now_.hosts) {
            const auto labels = labels_of(host);
            const auto& took = host.counts.latency;
            std::size_t next = 0;
            std::uint64_t so_far = 0; // buckets are cumulative: each has all that was quicker
            for (std::chrono::nanoseconds bound = first; bound <= last; bound *= 2) {
                for (; next < took.bucket_count && took.bound_of(next) <= bound; ++next)
                    so_far += took.in_bucket(next);
                sample(bucket, labels + "," + label("le", seconds(bound)), std::to_string(so_far));
            }
            sample(bucket, labels + ",le=\"+Inf\"", std::to_string(took.count()));
            sample(std::string(name) + "_sum", labels, seconds(took.sum()));
            sample(std::string(name) + "_count", labels, std::to_string(took.count()));
        }
    }

    const cocql::session_metrics& now_;
    std::string text_;
};
