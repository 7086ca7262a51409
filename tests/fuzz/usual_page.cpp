#include "core/message/bound_execute.hpp"
#include "core/message/decode_response.hpp"
#include "core/message/page_content.hpp"
#include "input.hpp"

#include <algorithm>
#include <vector>

namespace {

using namespace cocql;

/// As ScyllaDB answers PREPARE: no markers, an int and a text of one table.
prepared_statement statement() {
    static constexpr unsigned char body[] = {
        0, 0, 0,   4, 0, 1, 7, 0,   0, 0, 0,   0,   0, 0, 0,   0, 0, 0, 0, // kind, id, no markers
        0, 0, 0,   1, 0, 0, 0, 2,   0, 2, 'k', 's', 0, 1, 't',             // two columns of ks.t
        0, 1, 'k', 0, 9, 0, 1, 'v', 0, 13};
    wire::frame_header header;
    header.version = 0x84;
    header.opcode = wire::opcode::result;
    return message::decode_prepared(header, std::as_bytes(std::span(body)), "SELECT").value();
}

} // namespace

/// The short way of an answer gives what the long one does, or nothing. The first byte says whether
/// the input follows what such answers begin with, or is all of the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto asked = statement();
    auto bytes = fuzz::input(data, size);
    std::vector<std::byte> body;
    if ((fuzz::take_byte(bytes) & 1) == 0)
        body = asked.content()->usual.answer;
    fuzz::require(!asked.content()->usual.answer.empty(), "the statement's answers are known");
    body.insert(body.end(), bytes.begin(), bytes.end());
    wire::frame_header header;
    header.version = 0x84;
    header.opcode = wire::opcode::result;
    wire::frame frame(header, body);
    auto content = asked.content();
    const auto* const made = message::decode_usual_page(frame, content);
    if (made == nullptr) {
        fuzz::require(content != nullptr, "what is refused takes nothing");
        return 0;
    }
    const page usual(boost::intrusive_ptr<const message::page_content>(made, false));
    const auto other = message::decode_page(header, base::shared_bytes::copy_of(body));
    fuzz::require(other.has_value(), "the long way accepts it too");
    fuzz::require(std::ranges::equal(usual.columns(), other->columns()), "the same columns");
    fuzz::require(usual.size() == other->size(), "as many rows");
    auto row = other->rows().begin();
    for (const auto each : usual.rows()) {
        const auto expected = *row;
        for (std::size_t i = 0; i < 2; ++i)
            fuzz::require(each[i].is_null() == expected[i].is_null() &&
                              std::ranges::equal(each[i].bytes(), expected[i].bytes()),
                          "the same cells");
        ++row;
    }
    return 0;
}
