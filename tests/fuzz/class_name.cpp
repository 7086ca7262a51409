#include "core/value/class_name.hpp"

#include "input.hpp"

/// Types as Cassandra spells them as classes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cocql;
    const auto type = values::parse_class_name({reinterpret_cast<const char*>(data), size});
    if (!type)
        return 0;
    static_cast<void>(type->to_string());
    fuzz::require(values::parse_class_name(values::class_name(*type)) == *type,
                  "a type reads back");
    return 0;
}
