#include "core/metadata/key_token.hpp"

#include <cstddef>
#include <vector>

namespace cocql::metadata {

result<routing::token> token_of_key(const table_info& table, const std::string& name,
                                    routing::partitioner how, std::span<const value> key) {
    const auto columns = table.partition_key();
    if (key.size() != columns.size())
        return error(errc::invalid_argument, "the routing key has " + std::to_string(key.size()) +
                                                 " columns, the partition key of " + name +
                                                 " has " + std::to_string(columns.size()));
    std::vector<std::vector<std::byte>> bytes(columns.size());
    std::vector<std::span<const std::byte>> cells;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        auto fits = encode(columns[i].type, key[i], bytes[i]);
        if (fits && bytes[i].size() > routing::longest_key_part)
            fits = error(errc::invalid_argument, "it is longer than 65,535 bytes");
        if (!fits)
            return error(errc::invalid_argument, "the routing key does not fit the column '" +
                                                     columns[i].name + "' of " + name)
                .because(fits.error());
        cells.emplace_back(bytes[i]);
    }
    return routing::token_of(how, cells);
}

} // namespace cocql::metadata
