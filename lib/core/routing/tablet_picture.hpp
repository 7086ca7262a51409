#pragma once

#include "core/routing/tablet.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace cocql::routing {

/// The tablets of one table that were known at one moment. It never changes; copies share it, and
/// may be read on any thread.
///
/// They lie in parts, so that what is learned after a picture was taken need not copy all of them:
/// the picture has the former part, and all others in common with what is known now.
class tablet_picture {
  public:
    tablet_picture() noexcept = default; ///< of none

    /// Null where nothing is known. Valid as long as any copy of this.
    const tablet* find(token where) const noexcept;
    /// Whether anything is known of any part of its stretch.
    bool overlaps(const tablet& other) const noexcept;
    std::size_t size() const noexcept;

  private:
    friend class tablet_map;

    /// How many pictures there had been when it was made: those that came later have it, too, and
    /// it is not to be changed.
    using age = std::uint64_t;
    struct part {
        age made;
        std::vector<tablet> tablets; ///< in the order of their tokens; none overlaps another
    };
    struct entry {
        token last; ///< of its last tablet
        std::shared_ptr<part> content;
    };
    struct parts {
        age made;
        std::vector<entry> all; ///< in their order; none is empty
    };

    std::shared_ptr<parts> parts_; ///< null for none
};

} // namespace cocql::routing
