#include "core/routing/tablet_map.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>

namespace cocql::routing {

void tablet_map::put(tablet known) {
    auto& all = changeable_parts();
    forget_within(all, known);
    // Among those that end behind its beginning, which now are behind its end, or at the end.
    auto in = std::ranges::upper_bound(all, known.after, {}, &entry::last);
    if (in == all.end() && !all.empty())
        --in;
    if (in == all.end())
        in = all.insert(in, {known.last, std::make_shared<part>(part{pictures_, {}})});
    auto& tablets = changeable(*in);
    tablets.insert(std::ranges::upper_bound(tablets, known.after, {}, &tablet::last),
                   std::move(known));
    in->last = tablets.back().last;
    if (tablets.size() <= most_in_part)
        return;
    const auto half = tablets.begin() + most_in_part / 2;
    auto second = std::make_shared<part>(
        part{pictures_, {std::make_move_iterator(half), std::make_move_iterator(tablets.end())}});
    tablets.erase(half, tablets.end());
    const auto last = std::exchange(in->last, tablets.back().last);
    all.insert(in + 1, {last, std::move(second)});
}

std::size_t tablet_map::put_where_unknown(std::vector<tablet> told) {
    std::size_t taken = 0;
    for (auto& each : told)
        if (!known_.overlaps(each)) {
            put(std::move(each));
            ++taken;
        }
    return taken;
}

/// What overlaps it.
void tablet_map::forget_within(std::vector<entry>& all, const tablet& where) {
    auto in = std::ranges::upper_bound(all, where.after, {}, &entry::last);
    for (bool more = true; more && in != all.end();) {
        // Those that end behind its beginning, up to the first that begins at its end or later.
        const auto& seen = in->content->tablets;
        const auto first = std::ranges::upper_bound(seen, where.after, {}, &tablet::last);
        const auto behind =
            std::ranges::lower_bound(first, seen.end(), where.last, {}, &tablet::after);
        if (first == behind)
            return;
        const auto from = first - seen.begin();
        const auto to = behind - seen.begin();
        more = behind == seen.end();
        auto& tablets = changeable(*in);
        tablets.erase(tablets.begin() + from, tablets.begin() + to);
        if (tablets.empty()) {
            in = all.erase(in);
        } else {
            in->last = tablets.back().last;
            ++in;
        }
    }
}

void tablet_map::forget_host(const uuid& host) {
    const auto is_there = [&host](const tablet& each) {
        return std::ranges::find(each.replicas, host, &tablet::replica::host) !=
               each.replicas.end();
    };
    auto& all = changeable_parts();
    for (auto& each : all) {
        if (std::ranges::none_of(each.content->tablets, is_there))
            continue;
        auto& tablets = changeable(each);
        std::erase_if(tablets, is_there);
        if (!tablets.empty())
            each.last = tablets.back().last;
    }
    std::erase_if(all, [](const entry& each) { return each.content->tablets.empty(); });
}

void tablet_map::adopt(const tablet_picture& known) noexcept {
    known_ = known;
    pictures_ = 0;
    if (known.parts_ == nullptr)
        return;
    // Ages are those of its own pictures: none of its parts is to be taken for one of ours.
    auto newest = known.parts_->made;
    for (const auto& each : known.parts_->all)
        newest = std::max(newest, each.content->made);
    pictures_ = newest + 1;
}

std::vector<tablet_picture::entry>& tablet_map::changeable_parts() {
    auto& held = known_.parts_;
    if (held == nullptr)
        held = std::make_shared<parts>(parts{pictures_, {}});
    else if (held->made != pictures_)
        held = std::make_shared<parts>(parts{pictures_, held->all});
    return held->all;
}

std::vector<tablet>& tablet_map::changeable(entry& which) const {
    if (which.content->made != pictures_)
        which.content = std::make_shared<part>(part{pictures_, which.content->tablets});
    return which.content->tablets;
}

} // namespace cocql::routing
