#pragma once

#include <cocql/prepared_statement.hpp>

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace cocql::metadata {

/// Statements that were prepared, by the keyspace that their names are looked up in and by their
/// texts. There is a bound: which was not asked for longest goes for the next.
class statement_cache {
  public:
    explicit statement_cache(std::size_t most) noexcept : most_(most) {}

    /// None where it is not known.
    prepared_statement find(std::string_view keyspace, std::string_view cql);
    void put(std::string_view keyspace, const prepared_statement& statement);
    void forget(std::string_view keyspace, std::string_view cql);
    /// All whose names are looked up in this keyspace.
    void forget_all_in(std::string_view keyspace);
    /// Those of which this is so.
    void forget_if(const std::function<bool(const prepared_statement&)>& so);
    std::size_t size() const noexcept { return by_text_.size(); }

  private:
    struct entry {
        std::string keyspace;
        prepared_statement statement;
    };
    using entries = std::list<entry>;
    using key = std::pair<std::string_view, std::string_view>;

    void erase(entries::iterator which);

    std::size_t most_;
    entries entries_; ///< the one that was asked for last is the first
    /// The texts are those of the entries.
    std::map<key, entries::iterator> by_text_;
};

} // namespace cocql::metadata
