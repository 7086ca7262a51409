#include "core/metadata/statement_cache.hpp"

#include <iterator>

namespace cocql::metadata {

prepared_statement statement_cache::find(std::string_view keyspace, std::string_view cql) {
    const auto found = by_text_.find(key(keyspace, cql));
    if (found == by_text_.end())
        return {};
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->statement;
}

void statement_cache::put(std::string_view keyspace, const prepared_statement& statement) {
    forget(keyspace, statement.cql());
    while (!entries_.empty() && entries_.size() >= most_)
        erase(std::prev(entries_.end()));
    if (most_ == 0)
        return;
    entries_.push_front({std::string(keyspace), statement});
    const auto& first = entries_.front();
    by_text_.emplace(key(first.keyspace, first.statement.cql()), entries_.begin());
}

void statement_cache::forget(std::string_view keyspace, std::string_view cql) {
    if (const auto known = by_text_.find(key(keyspace, cql)); known != by_text_.end())
        erase(known->second);
}

void statement_cache::forget_all_in(std::string_view keyspace) {
    for (auto each = entries_.begin(); each != entries_.end();) {
        const auto which = each++;
        if (which->keyspace == keyspace)
            erase(which);
    }
}

void statement_cache::forget_if(const std::function<bool(const prepared_statement&)>& so) {
    for (auto each = entries_.begin(); each != entries_.end();) {
        const auto which = each++;
        if (so(which->statement))
            erase(which);
    }
}

void statement_cache::erase(entries::iterator which) {
    by_text_.erase(key(which->keyspace, which->statement.cql()));
    entries_.erase(which);
}

} // namespace cocql::metadata
