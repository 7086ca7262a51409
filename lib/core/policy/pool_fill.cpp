#include "core/policy/pool_fill.hpp"

#include <algorithm>

namespace cocql::policy {

pool_fill::pool_fill(limits bounds, backoff rests) noexcept : limits_(bounds), rests_(rests) {}

void pool_fill::begin(std::uint32_t shards, bool has_port) {
    serving_.assign(shards, 0);
    asked_.assign(shards, 0);
    has_port_ = has_port;
    met_ = false;
    ++beginning_;
    attempts_ = 0;
}

void pool_fill::have_share(const share& which) noexcept {
    share_ = which;
    attempts_ = 0;
    for (std::uint32_t shard = 0; shard < shards(); ++shard)
        if (!wants(shard))
            serving_[shard] = 0;
}

std::uint32_t pool_fill::at_once() const noexcept {
    return limits_.first_alone && !met_ ? std::min(limits_.at_once, std::uint32_t{1})
                                        : limits_.at_once;
}

bool pool_fill::lacks(std::uint32_t shard) const noexcept {
    return wants(shard) && serving_[shard] < limits_.per_shard;
}

std::size_t pool_fill::missing() const noexcept {
    std::size_t count = 0;
    for (std::uint32_t shard = 0; shard < shards(); ++shard)
        count += lacks(shard) ? limits_.per_shard - serving_[shard] : 0U;
    return count;
}

/// Those that are being set up and may lead to where one is missing: not those to shards that have
/// become others' meanwhile.
std::size_t pool_fill::hopeful() const noexcept {
    std::size_t count = under_way_;
    for (std::uint32_t shard = 0; shard < shards(); ++shard)
        count -= wants(shard) ? 0U : asked_[shard];
    return count;
}

/// Of the shards that are wanted the one that has the fewest, with those that are on their way
/// there; nothing where all have enough.
std::optional<std::uint32_t> pool_fill::neediest() const noexcept {
    std::optional<std::uint32_t> found;
    std::uint32_t fewest = limits_.per_shard;
    for (std::uint32_t shard = 0; shard < shards(); ++shard) {
        const auto count = serving_[shard] + asked_[shard];
        if (wants(shard) && count < fewest && asked_[shard] == 0) {
            fewest = count;
            found = shard;
        }
    }
    return found;
}

std::optional<pool_fill::step> pool_fill::next(base::time_point now, std::uint32_t chance) {
    if (now < rests_until_ || under_way_ >= at_once() || missing() <= hopeful())
        return std::nullopt;
    if (attempts_ >= std::uint64_t{limits_.attempts_per_shard} * limits_.per_shard * shards()) {
        // What is on its way may still complete it.
        if (under_way_ == 0) {
            rests_until_ = base::after(now, rests_.next(chance));
            attempts_ = 0;
        }
        return std::nullopt;
    }
    step chosen;
    chosen.beginning = beginning_;
    if (has_port_ && now >= port_rests_until_) {
        chosen.shard = neediest();
        if (!chosen.shard)
            return std::nullopt;
        ++asked_[*chosen.shard];
    }
    ++under_way_;
    ++attempts_;
    return chosen;
}

base::time_point pool_fill::wakes_at(base::time_point now) const noexcept {
    return missing() == 0 || now >= rests_until_ ? base::never : rests_until_;
}

bool pool_fill::forget(const step& by) noexcept {
    --under_way_;
    if (!by.shard || by.beginning != beginning_)
        return false;
    --asked_[*by.shard];
    return true;
}

pool_fill::verdict pool_fill::opened(const step& by, std::uint32_t shard, std::size_t kept,
                                     base::time_point now) {
    verdict found;
    if (forget(by) && *by.shard != shard && now >= port_rests_until_) {
        port_rests_until_ = base::after(now, limits_.port_rest);
        found.rewritten = true;
    }
    if (shard >= shards())
        return found; // the node has another number of them now
    met_ = true;
    if (serve(shard)) {
        found.what = use::serve;
    } else if (missing() != 0 && kept < std::size_t{limits_.spare_per_shard} * shards()) {
        found.what = use::keep;
    }
    if (missing() == 0) {
        attempts_ = 0;
        rests_.reset();
        found.over = true;
    }
    return found;
}

bool pool_fill::serve(std::uint32_t shard) noexcept {
    if (shard >= shards() || !lacks(shard))
        return false;
    ++serving_[shard];
    return true;
}

void pool_fill::failed(const step& by, base::time_point now, std::uint32_t chance) {
    forget(by);
    rest(now, chance);
}

/// Several that fail together are one failure.
void pool_fill::rest(base::time_point now, std::uint32_t chance) noexcept {
    if (now < rests_until_)
        return;
    rests_until_ = base::after(now, rests_.next(chance));
    attempts_ = 0; // it is the rest that their bound asks for
}

void pool_fill::lost(std::uint32_t shard) noexcept {
    if (shard < shards() && serving_[shard] != 0)
        --serving_[shard];
    if (std::ranges::all_of(serving_, [](std::uint32_t count) { return count == 0; }))
        met_ = false;
}

void pool_fill::left(std::uint32_t shard, base::time_point now, std::uint32_t chance) noexcept {
    lost(shard);
    rest(now, chance);
}

} // namespace cocql::policy
