#pragma once

#include <cocql/bound_statement.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace cocql::detail {

/// How an argument is kept until its statement is prepared, when the caller's may be gone: as a
/// copy that owns what it can. Texts and blobs that are only pointed to become strings and vectors,
/// in optionals, tuples and containers too. What a type of the caller's own points to stays where
/// it is.
template <class T>
struct kept_argument {
    using type = T;
    static const T& keep(const T& item) noexcept { return item; }
};
template <class T>
using kept = typename kept_argument<T>::type;

template <class T>
decltype(auto) keep(const T& item) {
    return kept_argument<T>::keep(item);
}

struct kept_text {
    using type = std::string;
    static std::string keep(std::string_view item) { return std::string(item); }
};
template <>
struct kept_argument<std::string_view> : kept_text {};
template <>
struct kept_argument<const char*> : kept_text {};
template <>
struct kept_argument<char*> : kept_text {};
template <std::size_t Size>
struct kept_argument<char[Size]> : kept_text {};

template <>
struct kept_argument<std::span<const std::byte>> {
    using type = std::vector<std::byte>;
    static type keep(std::span<const std::byte> item) { return {item.begin(), item.end()}; }
};

template <class T>
struct kept_argument<std::optional<T>> {
    using type = std::optional<kept<T>>;
    static type keep(const std::optional<T>& item) {
        return item ? type(detail::keep(*item)) : std::nullopt;
    }
};

template <class... Fields>
struct kept_argument<std::tuple<Fields...>> {
    using type = std::tuple<kept<Fields>...>;
    static type keep(const std::tuple<Fields...>& item) {
        return std::apply([](const auto&... field) { return type(detail::keep(field)...); }, item);
    }
};
template <class First, class Second>
struct kept_argument<std::pair<First, Second>> {
    using type = std::pair<kept<First>, kept<Second>>;
    static type keep(const std::pair<First, Second>& item) {
        return type(detail::keep(item.first), detail::keep(item.second));
    }
};

template <class Element, std::size_t Size>
struct kept_argument<std::array<Element, Size>> {
    using type = std::array<kept<Element>, Size>;
    static type keep(const std::array<Element, Size>& item) {
        type kept{};
        for (std::size_t i = 0; i < Size; ++i)
            kept[i] = detail::keep(item[i]);
        return kept;
    }
};

/// As a std::vector, which is bound to all that the container can be bound to.
template <sequence_container Container>
requires(!std::same_as<kept<typename Container::value_type>,
                       typename Container::value_type>) struct kept_argument<Container> {
    using type = std::vector<kept<typename Container::value_type>>;
    static type keep(const Container& item) {
        type kept;
        kept.reserve(item.size());
        for (const auto& each : item)
            kept.push_back(detail::keep(each));
        return kept;
    }
};
template <map_container Map>
requires(!std::same_as<kept<typename Map::key_type>, typename Map::key_type> ||
         !std::same_as<kept<typename Map::mapped_type>,
                       typename Map::mapped_type>) struct kept_argument<Map> {
    using type =
        std::vector<std::pair<kept<typename Map::key_type>, kept<typename Map::mapped_type>>>;
    static type keep(const Map& item) {
        type kept;
        kept.reserve(item.size());
        for (const auto& [key, mapped] : item)
            kept.emplace_back(detail::keep(key), detail::keep(mapped));
        return kept;
    }
};

template <class T>
class kept_named_value {
  public:
    kept_named_value(std::string_view name, kept<T> item) : name_(name), item_(std::move(item)) {}
    named_value<kept<T>> lend() const noexcept { return {name_, item_}; }

  private:
    std::string name_;
    kept<T> item_;
};
template <class T>
struct kept_argument<named_value<T>> {
    using type = kept_named_value<T>;
    static type keep(const named_value<T>& item) {
        return type(item.name, detail::keep(item.item));
    }
};

template <described T>
class kept_struct_fields {
  public:
    explicit kept_struct_fields(const T& item) : item_(item) {}
    struct_fields<T> lend() const noexcept { return {item_}; }

  private:
    T item_;
};
template <class T>
struct kept_argument<struct_fields<T>> {
    using type = kept_struct_fields<T>;
    static type keep(const struct_fields<T>& item) { return type(item.item); }
};

/// What is bound of an argument that is kept.
template <class T>
const T& lend(const T& kept) noexcept {
    return kept;
}
template <class T>
named_value<kept<T>> lend(const kept_named_value<T>& kept) noexcept {
    return kept.lend();
}
template <class T>
struct_fields<T> lend(const kept_struct_fields<T>& kept) noexcept {
    return kept.lend();
}

} // namespace cocql::detail
