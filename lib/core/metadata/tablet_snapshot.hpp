#pragma once

#include "core/routing/tablet_picture.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cocql::metadata {

/// The tablets of all tables that were known at one moment. It never changes; copies share what is
/// in it, and may be read on any thread.
class tablet_snapshot {
  public:
    using table_name = std::pair<std::string, std::string>; ///< its keyspace's, and its own
    using table_names = std::vector<table_name>;

    tablet_snapshot() = default; ///< of none
    /// As many as there are names, which are in their order.
    tablet_snapshot(std::shared_ptr<const table_names> names,
                    std::vector<routing::tablet_picture> tablets) noexcept
        : names_(std::move(names)), tablets_(std::move(tablets)) {}

    /// Null where it is not known. Valid as long as this.
    const routing::tablet* find(std::string_view keyspace, std::string_view table,
                                routing::token where) const noexcept;

    /// Calls a function with each table's name and its tablets.
    template <class Function>
    void for_each(const Function& what) const {
        for (std::size_t i = 0; i < tablets_.size(); ++i)
            what((*names_)[i], tablets_[i]);
    }

  private:
    std::shared_ptr<const table_names> names_; ///< null for none
    std::vector<routing::tablet_picture> tablets_;
};

} // namespace cocql::metadata
