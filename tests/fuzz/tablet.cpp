#include "core/routing/tablet_map.hpp"
#include "input.hpp"

namespace {

using namespace cocql;

void check(const routing::tablet& told) {
    fuzz::require(told.after < told.last, "a tablet has a token");
    fuzz::require(told.has(told.last), "a tablet has its last token");
    routing::tablet_map known;
    // Those on both sides of it, which overlap it by one token.
    const auto outside = [](routing::token after, routing::token last) {
        routing::tablet neighbour;
        neighbour.after = after;
        neighbour.last = last;
        return neighbour;
    };
    if (told.after > routing::token::least())
        known.put(outside(routing::token::least(), routing::token(told.after.value() + 1)));
    if (told.last < routing::token::greatest())
        known.put(outside(routing::token(told.last.value() - 1), routing::token::greatest()));
    known.put(told);
    fuzz::require(known.size() == 1, "what it overlaps is gone");
    const auto* const found = known.find(told.last);
    fuzz::require(found != nullptr && *found == told, "it is found by its last token");
    if (!told.replicas.empty()) {
        known.forget_host(told.replicas.back().host);
        fuzz::require(known.size() == 0, "it goes with a host");
    }
}

} // namespace

/// What a server tells of a tablet, in both versions.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto payload = fuzz::input(data, size);
    for (const auto which : {routing::tablet_payload::v1, routing::tablet_payload::v2})
        if (const auto told = routing::decode_tablet(payload, which))
            check(*told);
    return 0;
}
