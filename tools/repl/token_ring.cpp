#include "token_ring.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace cocqlsh {

namespace {

constexpr std::size_t most_digits = 60;

cocql::error unknown_replication(const std::string& what) {
    return cocql::error(cocql::errc::invalid_argument, what);
}

std::string_view class_name(std::string_view full) noexcept {
    return full.substr(full.rfind('.') + 1);
}

/// How many nodes keep all of the data: `3`, or with transient replicas `3/1`.
std::optional<std::size_t> full_replicas(std::string_view text) noexcept {
    std::size_t all = 0;
    std::size_t transient = 0;
    const auto* const end = text.data() + text.size();
    auto read = std::from_chars(text.data(), end, all);
    if (read.ec == std::errc() && read.ptr != end && *read.ptr == '/')
        read = std::from_chars(read.ptr + 1, end, transient);
    if (read.ec != std::errc() || read.ptr != end || transient > all)
        return std::nullopt;
    return all - transient;
}

} // namespace

std::optional<token> parse_token(std::string_view text) {
    const bool negative = text.starts_with('-');
    auto digits = text.substr(negative ? 1 : 0);
    if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos)
        return std::nullopt;
    // A zero in front would make it octal.
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
    if (digits.size() > most_digits)
        return std::nullopt;
    const token place{std::string(digits)};
    return negative ? token(-place) : place;
}

std::optional<std::string> objection_to(const token& place, std::string_view partitioner) {
    const auto name = std::string(class_name(partitioner));
    token lowest = -1;
    token highest = token(1) << 127;
    if (name == "Murmur3Partitioner") {
        highest = (token(1) << 63) - 1;
        lowest = -highest - 1;
    } else if (name != "RandomPartitioner") {
        return "the tokens of " + name + " are no numbers";
    }
    if (place >= lowest && place <= highest)
        return std::nullopt;
    return "the tokens of " + name + " are " + lowest.str() + " to " + highest.str();
}

token_ring::token_ring(std::vector<ring_node> nodes) : nodes_(std::move(nodes)) {
    for (std::size_t i = 0; i < nodes_.size(); ++i)
        for (const auto& each : nodes_[i].tokens)
            ring_.emplace_back(each, i);
    std::sort(ring_.begin(), ring_.end());
}

token_ring::indices token_ring::walk_from(const token& place) const {
    const auto begin =
        std::lower_bound(ring_.begin(), ring_.end(), place,
                         [](const auto& entry, const token& one) { return entry.first < one; });
    std::vector<bool> met(nodes_.size());
    indices walk;
    const auto meet = [&](auto from, auto to) {
        for (auto at = from; at != to; ++at)
            if (!met[at->second]) {
                met[at->second] = true;
                walk.push_back(at->second);
            }
    };
    meet(begin, ring_.end());
    meet(ring_.begin(), begin);
    return walk;
}

/// In the order in which the ring, from its lowest token, comes to them.
std::vector<std::string> token_ring::data_centers() const {
    std::set<std::string_view> met;
    std::vector<std::string> found;
    for (const auto& [place, node] : ring_)
        if (met.insert(nodes_[node].data_center).second)
            found.push_back(nodes_[node].data_center);
    return found;
}

/// A rack that has one already gets another only when every rack has one. All nodes of the walk are
/// of one data centre.
token_ring::indices token_ring::spread_over_racks(const indices& walk, std::size_t wanted) const {
    std::set<std::string_view> racks;
    for (const auto node : walk)
        racks.insert(nodes_[node].rack);
    indices chosen;
    indices passed_over;
    std::set<std::string_view> met;
    for (const auto node : walk) {
        if (chosen.size() >= wanted)
            break;
        const bool is_new = met.insert(nodes_[node].rack).second;
        if (!is_new && met.size() < racks.size()) {
            passed_over.push_back(node);
            continue;
        }
        chosen.push_back(node);
        if (met.size() == racks.size()) {
            for (const auto waiting : std::exchange(passed_over, {}))
                if (chosen.size() < wanted)
                    chosen.push_back(waiting);
        }
    }
    return chosen;
}

cocql::result<token_ring::indices>
token_ring::network_replicas(const std::map<std::string, std::string>& replication,
                             const indices& walk) const {
    std::map<std::string_view, indices> walks;
    for (const auto node : walk)
        walks[nodes_[node].data_center].push_back(node);
    indices chosen;
    for (const auto& data_center : data_centers()) {
        const auto factor = replication.find(data_center);
        if (factor == replication.end())
            continue;
        const auto wanted = full_replicas(factor->second);
        if (!wanted)
            return unknown_replication("the replication factor of '" + data_center +
                                       "' is no number: '" + factor->second + "'");
        const auto spread = spread_over_racks(walks[data_center], *wanted);
        chosen.insert(chosen.end(), spread.begin(), spread.end());
    }
    return chosen;
}

cocql::result<std::vector<std::string>>
token_ring::replicas(const std::map<std::string, std::string>& replication,
                     const token& place) const {
    const auto option = [&](const std::string& name) {
        const auto found = replication.find(name);
        return found == replication.end() ? std::string() : found->second;
    };
    const auto strategy = std::string(class_name(option("class")));
    auto chosen = walk_from(place);
    if (strategy == "SimpleStrategy") {
        const auto wanted = full_replicas(option("replication_factor"));
        if (!wanted)
            return unknown_replication("replication_factor is no number: '" +
                                       option("replication_factor") + "'");
        chosen.resize(std::min(chosen.size(), *wanted));
    } else if (strategy == "NetworkTopologyStrategy") {
        auto spread = network_replicas(replication, chosen);
        if (!spread)
            return spread.error();
        chosen = std::move(*spread);
    } else if (strategy == "LocalStrategy") {
        chosen.clear();
    } else if (strategy != "EverywhereStrategy") {
        return unknown_replication("where " + strategy + " keeps replicas is not known here");
    }
    std::vector<std::string> addresses;
    for (const auto node : chosen)
        addresses.push_back(nodes_[node].address);
    return addresses;
}

} // namespace cocqlsh
