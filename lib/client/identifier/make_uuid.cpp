#include <cocql/make_uuid.hpp>

#include <boost/uuid/random_generator.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>

namespace cocql {

namespace {

/// What keeps the timeuuids of this program apart from those of others.
struct node_identity {
    node_identity() {
        const auto random = random_uuid();
        for (std::size_t i = 0; i < 6; ++i)
            node = node << 8 | std::to_integer<std::uint64_t>(random.bytes[i]);
        node |= std::uint64_t{1} << 40; // multicast: RFC 4122, section 4.5
        sequence = static_cast<std::uint16_t>(std::to_integer<unsigned>(random.bytes[14]) << 8 |
                                              std::to_integer<unsigned>(random.bytes[15]));
    }
    std::uint64_t node = 0;
    std::uint16_t sequence = 0;
};

} // namespace

uuid random_uuid() {
    const auto made = boost::uuids::random_generator()();
    uuid id;
    std::transform(made.begin(), made.end(), id.bytes.begin(),
                   [](unsigned char byte) { return std::byte{byte}; });
    return id;
}

uuid time_based_uuid() {
    static const node_identity identity;
    static std::atomic<std::int64_t> last{0};
    const auto now =
        std::chrono::duration_cast<uuid::ticks>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    auto before = last.load(std::memory_order_relaxed);
    std::int64_t mine = 0;
    do
        mine = std::max(now, before + 1);
    while (!last.compare_exchange_weak(before, mine, std::memory_order_relaxed));
    return uuid::at(uuid::moment(uuid::ticks(mine)), identity.sequence, identity.node);
}

} // namespace cocql
