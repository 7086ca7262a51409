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

std::optional<std::uint32_t> number_of(const offers& supported, const char* name) {
    return base::number_in<std::uint32_t>(value_of(supported, name));
}

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

} // namespace cocql::routing
