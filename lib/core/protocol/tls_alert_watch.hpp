#pragma once

#include <cocql/result.hpp>

#include <array>
#include <cstddef>
#include <span>

namespace cocql::protocol {

/// Looks at the first bytes of a plain connection for what a TLS server says to a request of CQL:
/// an alert (RFC 8446, sections 5.1 and 6), seven bytes where a frame's header has nine. No answer
/// of CQL begins like it. Others end the connection without a word, which is told with advice.
class tls_alert_watch {
  public:
    /// The connection is plain.
    void begin() noexcept { watching_ = true; }
    /// What was received before the first frame was whole, until is_over(); errc::tls_required when
    /// the alert is whole.
    result<void> feed(std::span<const std::byte> bytes);
    bool is_over() const noexcept { return !watching_; }
    /// Why the connection ended (errc::connection_lost), with what was seen until then.
    error explained(error end) const;

  private:
    static constexpr std::size_t alert_size = 7;

    bool may_be_alert() const noexcept;

    std::array<std::byte, alert_size> first_{};
    std::size_t count_ = 0;
    bool watching_ = false;
};

} // namespace cocql::protocol
