#include "schema_followers.hpp"

#include "content_of.hpp"

#include <cocql/inet_address.hpp>

namespace cocqlsh {

schema_followers::versions schema_followers::versions_in(const cocql::page& others) {
    versions found;
    for (const auto row : others.rows()) {
        const auto address = content_of<cocql::inet_address>(others, row, "peer");
        const auto version = content_of<cocql::uuid>(others, row, "schema_version");
        if (address && version)
            found[address->to_string()] = *version;
    }
    return found;
}

std::optional<cocql::uuid> schema_followers::version_in(const cocql::page& own) {
    if (!own.has_rows() || own.empty())
        return std::nullopt;
    return content_of<cocql::uuid>(own, own.front(), "schema_version");
}

std::vector<std::string> schema_followers::behind(const cocql::uuid& own,
                                                  const versions& others) const {
    std::vector<std::string> found;
    for (const auto& [address, version] : others) {
        const auto before = given_up_.find(address);
        if (version != own && (before == given_up_.end() || before->second != version))
            found.push_back(address);
    }
    return found;
}

void schema_followers::give_up(const cocql::uuid& own, const versions& others) {
    given_up_.clear();
    for (const auto& [address, version] : others)
        if (version != own)
            given_up_[address] = version;
}

} // namespace cocqlsh
