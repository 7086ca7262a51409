#pragma once

#include "client/connection/querying.hpp"
#include "client/session/keyspace_change.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace cocql::client {

/// USE, as it is first sent on one connection, which is taken down.
class using_keyspace : public querying {
  public:
    using_keyspace(std::string cql, statement_options options,
                   std::shared_ptr<keyspace_change> change) noexcept
        : querying(std::move(cql), std::move(options)), change_(std::move(change)) {}
    std::optional<error> write(request& message, implementation& on) const {
        change_->first = on.shared_from_this();
        return querying::write(message, on);
    }

  private:
    std::shared_ptr<keyspace_change> change_;
};

} // namespace cocql::client
