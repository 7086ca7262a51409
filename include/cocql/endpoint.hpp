#pragma once

#include <cocql/result.hpp>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace cocql {

/// Where a server listens: a DNS name or an IP literal, and a port; or a UNIX socket, by its
/// absolute path (ScyllaDB's maintenance socket is one).
///
/// The host is kept as the user gave it, because it is the name that a certificate is verified
/// against. An IPv6 literal has no brackets here; a scope id (`fe80::1%eth0`) stays.
class endpoint {
  public:
    static constexpr std::uint16_t default_port = 9042;

    endpoint() = default;
    /// The host as it is, only without brackets around an IPv6 literal; what begins with a slash is
    /// a UNIX socket's path. Whether there is such a host, and can be, is found out by connecting.
    endpoint(std::string host, std::uint16_t port = default_port);

    /// Reads `host`, `host:port`, `[v6]`, `[v6]:port`, a bare IPv6 literal, or an absolute path,
    /// which has no port. What cannot be a host (blanks, a URL, `user@host`, two ports), and a path
    /// that is longer than the system takes (107 bytes on Linux), is errc::invalid_argument.
    static result<endpoint> parse(std::string_view text, std::uint16_t port = default_port);

    /// Whether there can be such a host, as parse() has it. One that cannot be is not looked up: no
    /// name server is told what should not have been there.
    bool has_valid_host() const noexcept;

    const std::string& host() const noexcept { return host_; }
    std::uint16_t port() const noexcept { return port_; }
    /// Whether it is a UNIX socket; host() is then its path, and port() says nothing.
    bool is_unix_socket() const noexcept { return host_.starts_with('/'); }
    /// `host:port`, with brackets around an IPv6 literal; of a UNIX socket the path. What is before
    /// an @ may be a password, and is left out.
    std::string to_string() const;

    friend bool operator==(const endpoint&, const endpoint&) = default;
    /// Prints to_string().
    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                        const endpoint& where) {
        return out << where.to_string();
    }

  private:
    std::string host_;
    std::uint16_t port_ = default_port;
};

} // namespace cocql
