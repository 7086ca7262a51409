#include "core/message/type_notation.hpp"
#include "input.hpp"

/// Types as result metadata spells them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cocql;
    base::byte_reader in(fuzz::input(data, size));
    const auto type = message::read_type(in);
    if (in.failed())
        return 0;
    static_cast<void>(type.to_string());
    base::buffer out;
    base::byte_writer writer(out);
    message::write_type(writer, type);
    base::byte_reader again(out.view());
    fuzz::require(message::read_type(again) == type, "a type reads back");
    fuzz::require(!again.failed() && again.at_end(), "and nothing is left over");
    return 0;
}
