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

bool contains(const std::vector<std::size_t>& all, std::size_t one) noexcept {
    return std::find(all.begin(), all.end(), one) != all.end();
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
    indices walk;
    walk.reserve(ring_.size());
    for (auto at = begin; at != ring_.end(); ++at)
        walk.push_back(at->second);
    for (auto at = ring_.begin(); at != begin; ++at)
        walk.push_back(at->second);
    return walk;
}

/// In the order in which the ring, from its lowest token, comes to them.
std::vector<std::string> token_ring::data_centers() const {
    std::vector<std::string> found;
    for (const auto& [place, node] : ring_)
        if (std::find(found.begin(), found.end(), nodes_[node].data_center) == found.end())
            found.push_back(nodes_[node].data_center);
    return found;
}

/// A rack that has one already gets another only when every rack of the data centre has one.
token_ring::indices token_ring::data_center_replicas(const indices& walk,
                                                     const std::string& data_center,
                                                     std::size_t wanted) const {
    std::set<std::string> racks;
    for (const auto& [place, node] : ring_)
        if (nodes_[node].data_center == data_center)
            racks.insert(nodes_[node].rack);
    indices chosen;
    indices passed_over;
    std::set<std::string> met;
    for (const auto node : walk) {
        if (chosen.size() >= wanted)
            break;
        if (nodes_[node].data_center != data_center || contains(chosen, node))
            continue;
        if (met.count(nodes_[node].rack) != 0 && met.size() < racks.size()) {
            if (!contains(passed_over, node))
                passed_over.push_back(node);
            continue;
        }
        chosen.push_back(node);
        met.insert(nodes_[node].rack);
        if (met.size() == racks.size()) {
            for (const auto waiting : std::exchange(passed_over, {}))
                if (chosen.size() < wanted)
                    chosen.push_back(waiting);
        }
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
    const auto walk = walk_from(place);
    indices chosen;
    const auto choose_first = [&](std::size_t wanted) {
        for (std::size_t i = 0; i < walk.size() && chosen.size() < wanted; ++i)
            if (!contains(chosen, walk[i]))
                chosen.push_back(walk[i]);
    };
    if (strategy == "SimpleStrategy") {
        const auto wanted = full_replicas(option("replication_factor"));
        if (!wanted)
            return unknown_replication("replication_factor is no number: '" +
                                       option("replication_factor") + "'");
        choose_first(*wanted);
    } else if (strategy == "EverywhereStrategy") {
        choose_first(nodes_.size());
    } else if (strategy == "NetworkTopologyStrategy") {
        for (const auto& data_center : data_centers()) {
            if (replication.count(data_center) == 0)
                continue;
            const auto wanted = full_replicas(option(data_center));
            if (!wanted)
                return unknown_replication("the replication factor of '" + data_center +
                                           "' is no number: '" + option(data_center) + "'");
            for (const auto node : data_center_replicas(walk, data_center, *wanted))
                chosen.push_back(node);
        }
    } else if (strategy != "LocalStrategy") {
        return unknown_replication("where " + strategy + " keeps replicas is not known here");
    }
    std::vector<std::string> addresses;
    for (const auto node : chosen)
        addresses.push_back(nodes_[node].address);
    return addresses;
}

} // namespace cocqlsh
