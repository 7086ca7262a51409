#include "client/session/session_core.hpp"

// Prepared statements that are remembered.

namespace cocql::client {

/// Those of tables that are others now: servers would describe them otherwise.
void session_core::forget_statements(const metadata::schema_snapshot& before,
                                     const metadata::schema_snapshot& now) {
    statements_.forget_if([&](const prepared_statement& statement) {
        const auto& columns =
            statement.parameters().empty() ? statement.result_columns() : statement.parameters();
        if (columns.empty())
            return false;
        const auto& of = columns.front();
        const auto* const old = metadata::find_table(before, of.keyspace, of.table);
        const auto* const known = metadata::find_table(now, of.keyspace, of.table);
        return old != nullptr && (known == nullptr || !(*old == *known));
    });
}

void session_core::forget_statement(const std::string& keyspace, const std::string& cql) {
    statements_.forget(keyspace, cql);
    if (!is_first())
        tell_first([=](session_core& first) { first.forget_statement(keyspace, cql); });
}

void session_core::failed(const bound_statement* by, const error& why) {
    // Other failures are of the way there. What a server answers to EXECUTE itself is no failure
    // here.
    if (by != nullptr && by->statement() && why.outcome() == request_outcome::answered)
        forget_statement(by->statement().content()->keyspace, by->statement().cql());
}

// --- those that are being prepared

std::shared_ptr<session_core::preparation>
session_core::under_way(const statement_key& which) const {
    const auto found = preparations_.find(which);
    return found != preparations_.end() ? found->second : nullptr;
}

std::shared_ptr<session_core::preparation> session_core::begin(const statement_key& which) {
    return preparations_[which] = std::make_shared<preparation>();
}

/// Where the session has gone to another keyspace meanwhile somebody else may be at it.
void session_core::end(const statement_key& which, preparation& mine) {
    const auto found = preparations_.find(which);
    if (found != preparations_.end() && found->second.get() == &mine)
        preparations_.erase(found);
    mine.over.make();
}

/// Those that name their keyspace themselves are the same in any.
void session_core::forget_statements_in_keyspace() {
    ++keyspace_turn_;
    statements_.forget_all_in("");
    std::erase_if(preparations_, [](const auto& each) { return each.first.first.empty(); });
}

} // namespace cocql::client
