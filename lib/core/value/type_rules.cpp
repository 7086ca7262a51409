#include "core/value/type_rules.hpp"

namespace cocql::values {

bool is_whole(const data_type& type) noexcept {
    switch (type.which()) {
    case data_type::kind::list:
    case data_type::kind::set:
        return type.parameters().size() == 1;
    case data_type::kind::map:
        return type.parameters().size() == 2;
    case data_type::kind::udt:
        return type.field_names().size() == type.parameters().size();
    default:
        return true;
    }
}

bool is_one_sign(const duration& span) noexcept {
    const bool negative = span.months < 0 || span.days < 0 || span.nanoseconds < 0;
    const bool positive = span.months > 0 || span.days > 0 || span.nanoseconds > 0;
    return !(negative && positive);
}

} // namespace cocql::values
