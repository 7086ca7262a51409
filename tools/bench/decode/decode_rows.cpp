// Decodes a page as often as it is told to, and prints a sum of what was in it: decode_rows FILE
// TIMES struct|views
#include "core/message/decode_response.hpp"

#include <cocql/page.hpp>

#include <boost/describe/class.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

struct measurement {
    std::int64_t id = 0;
    std::int32_t sensor = 0;
    std::string_view name;
    std::string_view place;
    double reading = 0;
    bool valid = false;
    cocql::uuid device;
    cocql::timestamp taken_at;
    std::optional<std::string_view> note;
    std::span<const std::byte> raw;
};
BOOST_DESCRIBE_STRUCT(measurement, (),
                      (id, sensor, name, place, reading, valid, device, taken_at, note, raw))

std::uint64_t sum_of(std::int64_t id, std::int32_t sensor, std::string_view name,
                     std::string_view place, double reading, bool valid, const cocql::uuid& device,
                     cocql::timestamp taken_at, const std::optional<std::string_view>& note,
                     std::span<const std::byte> raw) {
    return static_cast<std::uint64_t>(id) + static_cast<std::uint64_t>(sensor) + name.size() +
           place.size() + static_cast<std::uint64_t>(reading) + (valid ? 1u : 0u) +
           std::to_integer<std::uint64_t>(device.bytes[0]) +
           static_cast<std::uint64_t>(taken_at.milliseconds) + (note ? note->size() : 0) +
           raw.size();
}

std::uint64_t sum_of_structs(const cocql::page& page) {
    std::uint64_t sum = 0;
    for (const auto& row : page.rows<measurement>())
        sum += sum_of(row.id, row.sensor, row.name, row.place, row.reading, row.valid, row.device,
                      row.taken_at, row.note, row.raw);
    return sum;
}

std::uint64_t sum_of_views(const cocql::page& page) {
    std::uint64_t sum = 0;
    for (const auto& [id, sensor, name, place, reading, valid, device, taken_at, note, raw] :
         page.rows<std::int64_t, std::int32_t, std::string_view, std::string_view, double, bool,
                   cocql::uuid, cocql::timestamp, std::optional<std::string_view>,
                   std::span<const std::byte>>())
        sum += sum_of(id, sensor, name, place, reading, valid, device, taken_at, note, raw);
    return sum;
}

} // namespace

int main(int, char** arguments) {
    std::ifstream file(arguments[1], std::ios::binary);
    const std::vector<char> content((std::istreambuf_iterator<char>(file)), {});
    const auto body = cocql::base::shared_bytes::copy_of(std::as_bytes(std::span(content)));
    cocql::wire::frame_header header;
    header.version = 0x84;
    header.opcode = cocql::opcode::result;
    header.length = static_cast<std::uint32_t>(content.size());
    const bool structs = std::string_view(arguments[3]) == "struct";
    std::uint64_t sum = 0;
    for (int left = std::atoi(arguments[2]); left != 0; --left) {
        const auto page = cocql::message::decode_page(header, body);
        sum += structs ? sum_of_structs(page.value()) : sum_of_views(page.value());
    }
    std::printf("%llu\n", static_cast<unsigned long long>(sum));
}
