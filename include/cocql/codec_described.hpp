#pragma once

#include <cocql/codec_scalars.hpp>
#include <cocql/fields.hpp>

#include <array>
#include <string>
#include <tuple>
#include <utility>

namespace cocql {

namespace detail {

/// Index of a field of T by its name; field_count<T> if there is none.
template <described T>
std::size_t field_named(std::string_view name) noexcept {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        std::size_t found = field_count<T>;
        static_cast<void>(((std::get<I>(description<T>).name == name && (found = I, true)) || ...));
        return found;
    }
    (std::make_index_sequence<field_count<T>>());
}

/// Calls `function(field)` for the field with that index and returns what it says.
template <described T, class Result, class Function>
Result with_field(std::size_t index, Function&& function) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        Result outcome{};
        static_cast<void>(
            ((I == index && (outcome = function(std::get<I>(description<T>)), true)) || ...));
        return outcome;
    }
    (std::make_index_sequence<field_count<T>>());
}

template <class Field>
struct member_of;
template <class Struct, class Member>
struct member_of<field<Struct, Member>> {
    using type = Member;
};
template <class Field>
using member_type = typename member_of<std::remove_cvref_t<Field>>::type;

} // namespace detail

/// A user-defined type, field by field, by their names. Every field of the struct must be one of
/// the type's; fields of the type that the struct does not have are skipped when reading and null
/// when writing (the type may have grown).
template <described T>
struct codec<T> {
    static std::string name() { return "a struct described with its fields"; }
    static bool reads(const data_type& type) {
        return matches(type, [](const data_type& of, const auto& field) {
            using member = detail::member_type<decltype(field)>;
            if constexpr (readable<member>)
                return codec<member>::reads(of);
            else
                return false;
        });
    }
    static bool decode(const data_type& type, std::span<const std::byte> bytes, T& out) {
        detail::cell_reader in(bytes);
        for (std::size_t i = 0; i < type.parameters().size(); ++i) {
            const auto& of = type.parameters()[i];
            const auto index = detail::field_named<T>(type.field_names()[i]);
            if (index == detail::field_count<T>) {
                value skipped;
                if (!in.at_end() && !in.read(of, skipped))
                    return false;
                continue;
            }
            const bool fits = detail::with_field<T, bool>(index, [&](const auto& field) {
                if (in.at_end())
                    return detail::decode_cell(of, nullptr, -1, out.*field.member);
                return in.read(of, out.*field.member);
            });
            if (!fits)
                return false;
        }
        return in.at_end();
    }
    static bool writes(const data_type& type) {
        return matches(type, [](const data_type& of, const auto& field) {
            using member = detail::member_type<decltype(field)>;
            if constexpr (writable<member>)
                return codec<member>::writes(of);
            else
                return false;
        });
    }
    static void encode(const data_type& type, const T& item, byte_sink& out) {
        for (std::size_t i = 0; i < type.parameters().size(); ++i) {
            const auto index = detail::field_named<T>(type.field_names()[i]);
            if (index == detail::field_count<T>) {
                out.put_null();
                continue;
            }
            detail::with_field<T, bool>(index, [&](const auto& field) {
                detail::encode_cell(type.parameters()[i], item.*field.member, out);
                return true;
            });
        }
    }

  private:
    template <class Check>
    static bool matches(const data_type& type, Check check) {
        if (type.which() != data_type::kind::udt)
            return false;
        std::size_t found = 0;
        for (std::size_t i = 0; i < type.parameters().size(); ++i) {
            const auto index = detail::field_named<T>(type.field_names()[i]);
            if (index == detail::field_count<T>)
                continue;
            ++found;
            if (!detail::with_field<T, bool>(
                    index, [&](const auto& field) { return check(type.parameters()[i], field); }))
                return false;
        }
        return found == detail::field_count<T>;
    }
};

} // namespace cocql
