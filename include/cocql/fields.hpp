#pragma once

#include <boost/describe/members.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace cocql {

/// One field of a struct: the name of its column (or of a user-defined type's field), and where it
/// is.
template <class Struct, class Member>
struct field {
    std::string_view name;
    Member Struct::*member;
};

namespace detail {

template <class Struct, class Member, class... Rest>
constexpr auto field_list(std::string_view name, Member Struct::*member, Rest... rest) {
    if constexpr (sizeof...(Rest) == 0)
        return std::tuple(field<Struct, Member>{name, member});
    else
        return std::tuple_cat(std::tuple(field<Struct, Member>{name, member}), field_list(rest...));
}

} // namespace detail

/// Describes a struct whose fields are not named like the columns, or that cannot be changed:
///
///     template <> inline constexpr auto cocql::description<person> =
///         cocql::fields("id", &person::id, "full_name", &person::name);
///
/// A struct of yours whose fields are named like the columns needs only Boost.Describe:
///
///     struct person { int id; std::string name; };
///     BOOST_DESCRIBE_STRUCT(person, (), (id, name))
template <class... Pairs>
constexpr auto fields(Pairs... names_and_members) {
    static_assert(sizeof...(Pairs) % 2 == 0, "names and members come in pairs");
    return detail::field_list(names_and_members...);
}

namespace detail {

struct not_described {};

template <class T, template <class...> class List, class... Members>
constexpr auto fields_of_members(List<Members...>*) {
    return std::tuple(
        field<T, std::remove_reference_t<decltype(std::declval<T&>().*Members::pointer)>>{
            Members::name, Members::pointer}...);
}

template <class T>
constexpr auto default_description() {
    if constexpr (boost::describe::has_describe_members<T>::value)
        return fields_of_members<T>(
            static_cast<boost::describe::describe_members<T, boost::describe::mod_public |
                                                                 boost::describe::mod_inherited>*>(
                nullptr));
    else
        return not_described{};
}

} // namespace detail

/// What describes T; specialise it, or describe T with Boost.Describe.
template <class T>
inline constexpr auto description = detail::default_description<T>();

/// Structs whose fields are known.
template <class T>
concept described = std::is_class_v<T> &&
    !std::same_as<std::remove_cv_t<decltype(description<T>)>, detail::not_described>;

namespace detail {

template <described T>
inline constexpr std::size_t field_count =
    std::tuple_size_v<std::remove_cv_t<decltype(description<T>)>>;

} // namespace detail

} // namespace cocql
