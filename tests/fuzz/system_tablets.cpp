#include "core/metadata/known_tablets.hpp"
#include "core/metadata/read_tablets.hpp"
#include "core/routing/tablet_map.hpp"
#include "input.hpp"
#include "testing/host_tables.hpp"
#include "testing/page_of_table.hpp"

#include <algorithm>

namespace {

using namespace cocql;

constexpr std::size_t most_rows = 12;

void check(const std::vector<routing::tablet>& tablets) {
    fuzz::require(!tablets.empty(), "a table that is known has tablets");
    auto end = routing::token::least();
    for (const auto& each : tablets) {
        fuzz::require(each.after == end, "a tablet begins where the one before it ends");
        fuzz::require(each.after < each.last, "a tablet has a token");
        fuzz::require(!each.replicas.empty(), "a tablet has a replica");
        fuzz::require(!each.version, "no version is told");
        end = each.last;
    }
    routing::tablet_map known;
    fuzz::require(known.put_where_unknown(tablets) == tablets.size(), "nothing was known");
    fuzz::require(known.put_where_unknown(tablets) == 0, "all is known");
    for (const auto& each : tablets) {
        const auto* const found = known.find(each.last);
        fuzz::require(found != nullptr && *found == each, "it is found by its last token");
    }
    // What was known before stays, and nothing overlaps it.
    const auto& middle = tablets[tablets.size() / 2];
    known.clear();
    known.put(middle);
    fuzz::require(known.put_where_unknown(tablets) == tablets.size() - 1, "but one was not known");
    fuzz::require(known.size() == tablets.size(), "all is known");
}

} // namespace

/// Pages of system.tablets with any cells: of each the first byte says how many rows it has, and
/// two more how long it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto rest = fuzz::input(data, size);
    const auto columns = testing::tablets_table().columns();
    metadata::tablet_reader reader(most_rows);
    bool more = true;
    while (!rest.empty()) {
        const std::size_t rows = fuzz::take_byte(rest) % 8;
        const std::size_t high = fuzz::take_byte(rest);
        const auto length = std::min<std::size_t>(high << 8 | fuzz::take_byte(rest), rest.size());
        const auto page = testing::try_page_of(columns, rows, rest.first(length));
        rest = rest.subspan(length);
        if (!page)
            continue;
        const bool fits = reader.add(*page);
        fuzz::require(more || !fits, "nothing is read after there was too much");
        more = fits;
    }
    auto found = reader.finish();
    std::size_t tablets = 0;
    metadata::schema_snapshot schema;
    schema.keyspaces["ks"].has_tablets = true;
    for (const auto& [id, each] : found.tables) {
        check(each);
        tablets += each.size();
        schema.tables["ks"][id.to_string()].id = id;
    }
    fuzz::require(tablets <= most_rows, "there are no more than may be");
    fuzz::require(more || !found.left_out.empty(), "what is left out is said");
    metadata::known_tablets known;
    fuzz::require(known.take(std::move(found.tables), schema) == tablets, "all are taken");
    return 0;
}
