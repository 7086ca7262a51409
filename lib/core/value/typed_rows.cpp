#include <cocql/error.hpp>
#include <cocql/typed_rows.hpp>

namespace cocql::detail {

namespace {

/// `name text, born date`
std::string list_of(std::span<const column> columns) {
    std::string text;
    for (const auto& each : columns)
        text += (text.empty() ? "" : ", ") + each.name + " " + each.type.to_string();
    return text;
}

std::string story_of(const column& column) {
    return "column '" + column.name + "' of CQL type " + column.type.to_string();
}

} // namespace

void throw_column_count(std::span<const column> columns, std::size_t wanted) {
    throw error(errc::type_mismatch, "the rows have " + std::to_string(columns.size()) +
                                         " columns (" + list_of(columns) + "), and " +
                                         std::to_string(wanted) + " types were given for them");
}

void throw_unreadable(const column& column, std::size_t index, std::string wanted) {
    throw error(errc::type_mismatch, story_of(column) + " (number " + std::to_string(index + 1) +
                                         ") cannot be read as " + std::move(wanted) + "; use " +
                                         suggested_types(column.type));
}

void throw_missing_column(std::span<const column> columns, std::string_view field) {
    throw error(errc::type_mismatch, "the rows have no column '" + std::string(field) +
                                         "', which the struct has; they have " + list_of(columns));
}

void throw_extra_column(const column& column) {
    throw error(errc::type_mismatch,
                story_of(column) + " has no field in the struct; select only what it has, or pass "
                                   "cocql::extra_columns::ignored");
}

void throw_unfit_cell(const column& column, std::size_t row, std::int32_t length,
                      std::string wanted) {
    const auto where = "row " + std::to_string(row + 1) + ", " + story_of(column);
    if (length > 0)
        throw error(errc::decode_failed, where + ": its " + std::to_string(length) +
                                             " bytes do not make a " + std::move(wanted));
    throw error(errc::decode_failed, where + ": it is " + (length < 0 ? "null" : "empty") +
                                         ", which a " + wanted +
                                         " cannot be; read it as "
                                         "std::optional<" +
                                         wanted + ">");
}

bool is_applied_column(const column& column) noexcept {
    return column.name == "[applied]" && column.type.which() == data_type::kind::boolean;
}

} // namespace cocql::detail
