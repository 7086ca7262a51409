#include "core/base/recycling.hpp"

#include <cocql/batch.hpp>
#include <cocql/bound_statement.hpp>

namespace cocql {

namespace {

/// `id int, name text`
std::string list_of(const std::vector<column>& parameters) {
    std::string text;
    for (const auto& each : parameters)
        text += (text.empty() ? "" : ", ") + each.name + " " + each.type.to_string();
    return text.empty() ? "none" : text;
}

std::string story_of(const column& parameter, std::size_t index) {
    return "parameter '" + parameter.name + "' (number " + std::to_string(index + 1) +
           ") of CQL type " + parameter.type.to_string();
}

error refused(errc code, std::string text) {
    return std::move(error(code, std::move(text)).with(request_outcome::not_sent));
}

} // namespace

namespace detail {

void refuse(refusal& failure, error why) {
    failure = std::make_unique<error>(std::move(why));
}

error no_statement() {
    return refused(errc::invalid_argument,
                   "the prepared statement is empty; assign what prepare() returned to it");
}

error wrong_count(const prepared_statement& statement, std::size_t given) {
    return refused(errc::invalid_argument, std::to_string(given) + " values for " +
                                               std::to_string(statement.parameters().size()) +
                                               " markers (" + list_of(statement.parameters()) +
                                               ")");
}

error unwritable(const column& parameter, std::size_t index, std::string given) {
    return refused(errc::type_mismatch, story_of(parameter, index) + " cannot be bound from " +
                                            std::move(given) + "; use " +
                                            suggested_types(parameter.type));
}

error unfit(const column& parameter, std::size_t index, std::string why) {
    return refused(errc::invalid_argument, story_of(parameter, index) + ": " + std::move(why));
}

error not_given(const prepared_statement& statement, std::size_t index) {
    return refused(errc::invalid_argument,
                   story_of(statement.parameters()[index], index) +
                       " was given no value; cocql::unset leaves it as it is");
}

error no_such_parameter(const prepared_statement& statement, std::string_view name) {
    return refused(errc::not_found, "the statement has no parameter '" + std::string(name) +
                                        "'; it has " + list_of(statement.parameters()));
}

binding::state* binding::make() {
    return ::new (base::allocate_recycled(sizeof(state))) state();
}

binding::state* binding::make(const prepared_statement& statement) {
    return ::new (base::allocate_recycled(sizeof(state))) state(statement);
}

void binding::destroy(state* gone) noexcept {
    if (!gone->bound.is_trivial() || gone->failure || gone->options) [[unlikely]]
        return destroy_unusual(gone);
    base::free_recycled(gone, sizeof(state));
}

void binding::destroy_unusual(state* gone) noexcept {
    gone->~state();
    base::free_recycled(gone, sizeof(state));
}

bool has_parameter(const prepared_statement& statement, std::string_view name) noexcept {
    for (const auto& each : statement.parameters())
        if (each.name == name)
            return true;
    return false;
}

} // namespace detail

result<bound_statement> bound_statement::of_values(prepared_statement statement,
                                                   std::span<const value> values) {
    if (!statement)
        return detail::no_statement();
    const auto& parameters = statement.parameters();
    if (values.size() != parameters.size())
        return detail::wrong_count(statement, values.size());
    bound_statement bound(statement);
    detail::refusal failure;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!detail::bind_one(parameters[i], i, values[i], bound.values_, failure))
            return *failure;
    bound.count_ = values.size();
    bound.values_.finish();
    return bound;
}

void batch::refuse(const error& why) {
    if (!failure_)
        failure_ = refused(why.code(), "statement " + std::to_string(statements_.size() + 1) +
                                           " of the batch: " + std::string(why.message()));
}

} // namespace cocql
