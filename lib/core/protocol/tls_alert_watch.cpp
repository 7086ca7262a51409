#include "core/protocol/tls_alert_watch.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace cocql::protocol {

namespace {

constexpr const char* turn_tls_on = "turn TLS on, or give the port for plain connections";

/// What may stand at a place of an alert's record: type, version (SSL 3.0 to TLS 1.3), length, and
/// level. The last byte, which alert it is, may be anything.
class alert_byte {
  public:
    std::byte least;
    std::byte most;
};
constexpr alert_byte alert_record[] = {
    {std::byte{21}, std::byte{21}}, {std::byte{3}, std::byte{3}}, {std::byte{0}, std::byte{4}},
    {std::byte{0}, std::byte{0}},   {std::byte{2}, std::byte{2}}, {std::byte{1}, std::byte{2}},
};

} // namespace

bool tls_alert_watch::may_be_alert() const noexcept {
    for (std::size_t i = 0; i < std::min(count_, std::size(alert_record)); ++i)
        if (first_[i] < alert_record[i].least || first_[i] > alert_record[i].most)
            return false;
    return true;
}

result<void> tls_alert_watch::feed(std::span<const std::byte> bytes) {
    const auto part = std::min(bytes.size(), alert_size - count_);
    std::copy_n(bytes.begin(), part, first_.begin() + count_);
    count_ += part;
    watching_ = may_be_alert();
    if (!watching_ || count_ < alert_size)
        return {};
    const auto alert = std::to_integer<int>(first_.back());
    return error(errc::tls_required, "the port wants TLS: it answered a plain connection with "
                                     "TLS alert " +
                                         std::to_string(alert))
        .with_tls_alert(alert)
        .with_advice(turn_tls_on);
}

error tls_alert_watch::explained(error end) const {
    if (!watching_ || !end.is(errc::connection_lost))
        return end;
    if (count_ != 0)
        return error(errc::tls_required, "the port is likely to want TLS: the connection ended "
                                         "within what looks like a TLS alert")
            .because(std::move(end))
            .with_advice(turn_tls_on);
    if (end.advice().empty())
        end.with_advice("check that the port speaks CQL; if it speaks TLS, turn TLS on");
    return end;
}

} // namespace cocql::protocol
