#pragma once

#include "core/base/time.hpp"
#include "core/policy/backoff.hpp"
#include "core/policy/share.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace cocql::policy {

/// Which connections to one node are opened, and when, so that each of its shards has as many as it
/// should. A node without shards is one with a single shard.
///
/// A node is asked gently: few connections are being set up at the same time (ScyllaDB sets up
/// eight at a time for each shard, and drops those that would wait), and there is a bound to the
/// attempts of a fill, after which there is a rest. Where a port lets the client choose the shard
/// it is used; it is given up for a while when it leads to another shard than was asked for, which
/// is what happens when something on the way rewrites ports. Without it one opens and sees which
/// shard it is: connections to shards that have enough are kept until the fill is over, since the
/// server would choose the same shard again, and then closed. So are those to shards that are
/// others' to connect to (share).
class pool_fill {
  public:
    struct limits {
        std::uint32_t per_shard = 1;
        std::uint32_t at_once = 2;            ///< being set up
        bool first_alone = false;             ///< but only one while none serves
        std::uint32_t attempts_per_shard = 3; ///< of a fill
        std::uint32_t spare_per_shard = 2;    ///< kept until the fill is over
        base::duration port_rest = std::chrono::minutes(5);
    };

    /// A connection to be opened.
    struct step {
        /// To this one, by the port that lets the client choose; nothing: by the usual port, to
        /// whichever shard it leads.
        std::optional<std::uint32_t> shard;
        std::uint32_t beginning = 0; ///< it belongs to which of them, as beginning() was
    };
    /// What becomes of one that was opened.
    enum class use {
        serve, ///< requests are sent on it
        keep,  ///< until the fill is over, or rests
        close  ///< now
    };
    struct verdict {
        use what = use::close;
        /// No more is to be opened: those that are kept are closed.
        bool over = false;
        /// The port leads to other shards than one asks for, and is given up; to be told once.
        bool rewritten = false;
    };

    explicit pool_fill(limits bounds, backoff rests = backoff()) noexcept;

    /// The node has so many shards, at least one; none has a connection yet. Those that are being
    /// set up still are.
    void begin(std::uint32_t shards, bool has_port);
    std::uint32_t shards() const noexcept { return static_cast<std::uint32_t>(serving_.size()); }
    /// How often it was begun: what was opened in one beginning means nothing in another.
    std::uint32_t beginning() const noexcept { return beginning_; }

    /// From now on these are the shards that are to have connections, by whatever begin() there
    /// is; those of others have none that serves.
    void have_share(const share& which) noexcept;
    bool wants(std::uint32_t shard) const noexcept { return share_.has(shard, shards()); }
    /// One of this beginning, which did not serve any more or not yet, is to where its shard lacks
    /// one: whether it does.
    bool serve(std::uint32_t shard) noexcept;

    /// What to open now; nothing: nothing, as long as nothing happens, before wakes_at(). Each is
    /// to be answered by opened() or failed(). `chance` is any number.
    std::optional<step> next(base::time_point now, std::uint32_t chance);
    base::time_point wakes_at(base::time_point now) const noexcept;
    /// It leads to this shard. `kept`: how many are kept now.
    verdict opened(const step& by, std::uint32_t shard, std::size_t kept, base::time_point now);
    void failed(const step& by, base::time_point now, std::uint32_t chance);
    /// It is not wanted any more, opened or not. Whether its shard still means something.
    bool forget(const step& by) noexcept;
    /// One that served is gone.
    void lost(std::uint32_t shard) noexcept;
    /// One that served is gone, because the node is about to end it: others would be, too, and are
    /// opened after a rest.
    void left(std::uint32_t shard, base::time_point now, std::uint32_t chance) noexcept;

    bool is_full() const noexcept { return missing() == 0; }
    /// There may be a reason to believe that the node can be reached: there is no more rest, and
    /// what was tried in vain before counts no more.
    void wake() noexcept {
        rests_until_ = base::time_point::min();
        attempts_ = 0;
    }

  private:
    void rest(base::time_point now, std::uint32_t chance) noexcept;
    std::size_t missing() const noexcept;
    std::uint32_t at_once() const noexcept;
    bool lacks(std::uint32_t shard) const noexcept;
    std::size_t hopeful() const noexcept;
    std::optional<std::uint32_t> neediest() const noexcept;

    limits limits_;
    backoff rests_;
    share share_;
    std::vector<std::uint32_t> serving_; ///< of each shard
    std::vector<std::uint32_t> asked_;   ///< of each shard: being set up by its port
    std::uint32_t beginning_ = 0;
    std::uint32_t under_way_ = 0;
    std::uint32_t attempts_ = 0;
    bool has_port_ = false;
    bool met_ = false; ///< one was opened since none served
    base::time_point rests_until_ = base::time_point::min();
    base::time_point port_rests_until_ = base::time_point::min();
};

} // namespace cocql::policy
