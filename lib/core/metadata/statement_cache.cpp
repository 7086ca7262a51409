#include "core/metadata/statement_cache.hpp"

namespace cocql::metadata {

prepared_statement statement_cache::find(std::string_view keyspace, std::string_view cql) {
    const auto found = by_text_.find(key(keyspace, cql));
    if (found == by_text_.end())
        return {};
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->statement;
}

void statement_cache::put(std::string_view keyspace, const prepared_statement& statement) {
    if (const auto known = by_text_.find(key(keyspace, statement.cql())); known != by_text_.end()) {
        const auto old = known->second;
        by_text_.erase(known);
        entries_.erase(old);
    }
    while (!entries_.empty() && entries_.size() >= most_) {
        const auto& last = entries_.back();
        by_text_.erase(key(last.keyspace, last.statement.cql()));
        entries_.pop_back();
    }
    if (most_ == 0)
        return;
    entries_.push_front({std::string(keyspace), statement});
    const auto& first = entries_.front();
    by_text_.emplace(key(first.keyspace, first.statement.cql()), entries_.begin());
}

} // namespace cocql::metadata
