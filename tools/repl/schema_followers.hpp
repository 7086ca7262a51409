#pragma once

#include <cocql/page.hpp>
#include <cocql/uuid.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cocqlsh {

/// Which other nodes have not got the schema of the node that statements go to, as that one tells
/// it. What a statement is about lives on them, too: a script that makes a table and writes to it
/// is to wait until they know it.
///
/// One that does not follow, because it is down, say, is waited for once: it is behind again when
/// it has told something new.
class schema_followers {
  public:
    using versions = std::map<std::string, cocql::uuid>; ///< by address

    static constexpr const char* question = "SELECT peer, schema_version FROM system.peers";
    static constexpr const char* question_of_own =
        "SELECT schema_version FROM system.local WHERE key = 'local'";

    /// What the answers say. Nodes that have no version do not count.
    static versions versions_in(const cocql::page& others);
    static std::optional<cocql::uuid> version_in(const cocql::page& own);

    /// The addresses of those that are waited for.
    std::vector<std::string> behind(const cocql::uuid& own, const versions& others) const;
    /// They are not waited for any more.
    void give_up(const cocql::uuid& own, const versions& others);

  private:
    versions given_up_;
};

} // namespace cocqlsh
