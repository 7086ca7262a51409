#include <cocql/inet_address.hpp>

#include <algorithm>
#include <arpa/inet.h>

namespace cocql {

std::optional<inet_address> inet_address::from_bytes(std::span<const std::byte> bytes) noexcept {
    if (bytes.size() != 4 && bytes.size() != 16)
        return std::nullopt;
    inet_address address;
    address.size_ = static_cast<std::uint8_t>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
    return address;
}

std::optional<inet_address> inet_address::parse(std::string_view text) noexcept {
    char literal[INET6_ADDRSTRLEN] = {};
    if (text.size() >= sizeof literal || text.find('\0') != text.npos)
        return std::nullopt;
    std::copy(text.begin(), text.end(), literal);
    inet_address address;
    address.size_ = text.find(':') == text.npos ? 4 : 16;
    const int family = address.size_ == 4 ? AF_INET : AF_INET6;
    if (inet_pton(family, literal, address.bytes_.data()) != 1)
        return std::nullopt;
    return address;
}

std::string inet_address::to_string() const {
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(is_v6() ? AF_INET6 : AF_INET, bytes_.data(), text, sizeof text);
    return text;
}

} // namespace cocql
