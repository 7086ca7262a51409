#include "io/stream/tcp_progress.hpp"

#ifdef __linux__
#include <cstddef>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#endif

namespace cocql::io {

#ifdef __linux__
std::optional<base::send_progress> tcp_progress(int descriptor) noexcept {
    // First what is not acknowledged: what is acknowledged in between only makes `given` greater.
    int unacknowledged = 0;
    if (::ioctl(descriptor, SIOCOUTQ, &unacknowledged) != 0)
        return std::nullopt;
    tcp_info told{};
    socklen_t length = sizeof told;
    if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &told, &length) != 0)
        return std::nullopt;
    if (length < offsetof(tcp_info, tcpi_bytes_acked) + sizeof told.tcpi_bytes_acked)
        return std::nullopt;
    base::send_progress progress;
    progress.taken = told.tcpi_bytes_acked;
    progress.given = progress.taken + static_cast<unsigned int>(unacknowledged);
    return progress;
}
#else
std::optional<base::send_progress> tcp_progress(int) noexcept {
    return std::nullopt;
}
#endif

} // namespace cocql::io
