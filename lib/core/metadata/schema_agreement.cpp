#include <cocql/schema_agreement.hpp>

namespace cocql {

std::map<uuid, std::vector<uuid>> schema_agreement::versions() const {
    std::map<uuid, std::vector<uuid>> all;
    for (const auto& each : nodes)
        if (each.version)
            all[*each.version].push_back(each.host);
    return all;
}

std::string schema_agreement::to_string() const {
    const auto all = versions();
    if (is_reached && !all.empty())
        return "agreed on " + all.begin()->first.to_string();
    std::string text = "not agreed";
    for (const auto& each : nodes) {
        text += (&each == nodes.data() ? ": " : "; ") + each.where.to_string();
        if (each.version)
            text += " has " + each.version->to_string();
        else
            text += each.has_answered ? " has none" : " has not answered";
    }
    return text;
}

} // namespace cocql
