#include "core/routing/sharding.hpp"

#include "core/base/number_in.hpp"
#include "core/routing/partitioner.hpp"

#include <string_view>

namespace cocql::routing {

namespace {

using offers = std::map<std::string, std::vector<std::string>>;

/// The one value of an offer; empty where there is none, or several.
std::string_view value_of(const offers& supported, const char* name) {
    const auto found = supported.find(name);
    return found != supported.end() && found->second.size() == 1
               ? std::string_view(found->second.front())
               : std::string_view();
}

template <class Number = std::uint32_t>
std::optional<Number> number_of(const offers& supported, const char* name) {
    return base::number_in<Number>(value_of(supported, name));
}

constexpr std::uint32_t first_port = 49152;
constexpr std::uint32_t last_port = 65535;

} // namespace

std::optional<sharding> sharding::offered(const offers& supported) {
    if (value_of(supported, "SCYLLA_SHARDING_ALGORITHM") != "biased-token-round-robin" ||
        partitioner_of(value_of(supported, "SCYLLA_PARTITIONER")) != partitioner::murmur3)
        return std::nullopt;
    const auto shards = number_of(supported, "SCYLLA_NR_SHARDS");
    const auto ignored_bits = number_of(supported, "SCYLLA_SHARDING_IGNORE_MSB");
    if (!shards || *shards == 0 || *shards > most_shards || !ignored_bits || *ignored_bits > 63)
        return std::nullopt;
    return sharding(*shards, *ignored_bits);
}

std::optional<std::uint16_t> sharding::source_port(std::uint32_t shard,
                                                   std::uint32_t number) const noexcept {
    const auto first = first_port + (shard + shards_ - first_port % shards_) % shards_;
    if (shard >= shards_ || first > last_port)
        return std::nullopt;
    const auto count = (last_port - first) / shards_ + 1;
    return static_cast<std::uint16_t>(first + number % count * shards_);
}

shard_offer shard_offer::in(const offers& supported) {
    shard_offer found;
    found.how = sharding::offered(supported);
    const auto shard = number_of(supported, "SCYLLA_SHARD");
    // One that cannot be is as good as none: where nothing is right, one node is one shard.
    if (!found.how || !shard || *shard >= found.how->shards())
        return shard_offer();
    found.shard = *shard;
    found.port = number_of<std::uint16_t>(supported, "SCYLLA_SHARD_AWARE_PORT").value_or(0);
    found.tls_port = number_of<std::uint16_t>(supported, "SCYLLA_SHARD_AWARE_PORT_SSL").value_or(0);
    return found;
}

} // namespace cocql::routing
