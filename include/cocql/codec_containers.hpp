#pragma once

#include <cocql/codec_scalars.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

namespace cocql {

namespace detail {

template <class T>
struct is_pair : std::false_type {};
template <class First, class Second>
struct is_pair<std::pair<First, Second>> : std::true_type {};

/// std::vector, deque, list, set, unordered_set and whatever looks like them. Not texts and blobs,
/// which are values of their own.
template <class T>
concept sequence_container = requires(T& container, const T& constant,
                                      typename T::value_type element) {
    container.clear();
    container.insert(container.end(), std::move(element));
    { constant.size() } -> std::convertible_to<std::size_t>;
    constant.begin();
}
&&!requires {
    typename T::mapped_type;
}
&&!requires {
    typename T::traits_type;
}
&&!std::same_as<T, std::vector<std::byte>>;

template <class T>
concept map_container = requires(T& container, typename T::key_type key,
                                 typename T::mapped_type mapped) {
    container.clear();
    container.emplace(std::move(key), std::move(mapped));
};

template <class T>
concept reserving = requires(T& container) {
    container.reserve(std::size_t{1});
};

/// Bytes of one element in a vector, for the types whose elements stand there without a length; 0
/// for the others.
std::size_t vector_element_width(const data_type& element) noexcept;

/// Takes the next element of a vector: its bytes by the width, or by the length before them.
bool next_vector_element(std::span<const std::byte>& rest, std::size_t width,
                         std::span<const std::byte>& element) noexcept;
void put_vector_length(byte_sink& out, std::size_t length);

template <class T>
bool decode_vector_element(const data_type& type, std::span<const std::byte>& rest,
                           std::size_t width, T& out) {
    std::span<const std::byte> element;
    return next_vector_element(rest, width, element) &&
           decode_cell(type, element.data(), static_cast<std::int32_t>(element.size()), out);
}

template <class T>
void encode_vector_element(const data_type& type, std::size_t width, const T& item,
                           byte_sink& out) {
    if (detail::is_null(item))
        return out.fail("a vector cannot hold null");
    if (width != 0)
        return codec<T>::encode(type, item, out);
    byte_sink alone;
    codec<T>::encode(type, item, alone);
    if (alone.failed())
        return out.fail(alone.why());
    put_vector_length(out, alone.size());
    out.put(alone.bytes());
}

inline bool is_list_like(const data_type& type) noexcept {
    return type.which() == data_type::kind::list || type.which() == data_type::kind::set ||
           type.which() == data_type::kind::vector;
}

/// Whether a sequence of pairs may stand for a map.
template <class Element>
bool is_map_for(const data_type& type) noexcept {
    return is_pair<Element>::value && type.which() == data_type::kind::map;
}

} // namespace detail

/// list, set, vector; and map for a sequence of pairs.
template <detail::sequence_container Container>
struct codec<Container> {
    using element = typename Container::value_type;

    static std::string name() { return "a container of " + detail::name_of<element>(); }
    static bool reads(const data_type& type) requires readable<element> {
        if constexpr (detail::is_pair<element>::value)
            if (type.which() == data_type::kind::map)
                return codec<typename element::first_type>::reads(type.parameters()[0]) &&
                       codec<typename element::second_type>::reads(type.parameters()[1]);
        return detail::is_list_like(type) && type.parameters().size() == 1 &&
               codec<element>::reads(type.parameters()[0]);
    }
    static bool decode(const data_type& type, std::span<const std::byte> bytes,
                       Container& out) requires readable<element> {
        out.clear();
        if (type.which() == data_type::kind::vector)
            return decode_vector(type, bytes, out);
        detail::cell_reader in(bytes);
        std::size_t count = 0;
        const bool is_map = detail::is_map_for<element>(type);
        if (!in.read_count(is_map ? 2 : 1, count))
            return false;
        if constexpr (detail::reserving<Container>)
            out.reserve(count);
        for (; count != 0; --count) {
            element each{};
            if constexpr (detail::is_pair<element>::value) {
                if (is_map) {
                    if (!in.read(type.parameters()[0], each.first) ||
                        !in.read(type.parameters()[1], each.second))
                        return false;
                    out.insert(out.end(), std::move(each));
                    continue;
                }
            }
            if (!in.read(type.parameters()[0], each))
                return false;
            out.insert(out.end(), std::move(each));
        }
        return in.at_end();
    }
    /// But a vector that is null is not one of no elements.
    static bool set_null(const data_type& type, Container& out) {
        out.clear();
        return type.which() != data_type::kind::vector;
    }
    static bool writes(const data_type& type) requires writable<element> {
        if constexpr (detail::is_pair<element>::value)
            if (type.which() == data_type::kind::map)
                return codec<typename element::first_type>::writes(type.parameters()[0]) &&
                       codec<typename element::second_type>::writes(type.parameters()[1]);
        return detail::is_list_like(type) && type.parameters().size() == 1 &&
               codec<element>::writes(type.parameters()[0]);
    }
    static void encode(const data_type& type, const Container& item,
                       byte_sink& out) requires writable<element> {
        if (type.which() == data_type::kind::vector)
            return encode_vector(type, item, out);
        if (item.size() > 0x7fffffff)
            return out.fail("a collection of more than 2^31 - 1 elements");
        out.put_number(static_cast<std::uint32_t>(item.size()));
        for (const element& each : item) {
            if constexpr (detail::is_pair<element>::value) {
                if (type.which() == data_type::kind::map) {
                    detail::encode_element(type.parameters()[0], each.first, out);
                    detail::encode_element(type.parameters()[1], each.second, out);
                    continue;
                }
            }
            detail::encode_element(type.parameters()[0], each, out);
        }
    }

  private:
    static bool decode_vector(const data_type& type, std::span<const std::byte> bytes,
                              Container& out) {
        const auto& of = type.parameters()[0];
        const auto width = detail::vector_element_width(of);
        if (width != 0 && bytes.size() / width != type.dimension())
            return false;
        for (std::uint32_t left = type.dimension(); left != 0; --left) {
            element each{};
            if (!detail::decode_vector_element(of, bytes, width, each))
                return false;
            out.insert(out.end(), std::move(each));
        }
        return bytes.empty();
    }
    static void encode_vector(const data_type& type, const Container& item, byte_sink& out) {
        if (item.size() != type.dimension())
            return out.fail("the vector has " + std::to_string(item.size()) + " elements, not " +
                            std::to_string(type.dimension()));
        const auto& of = type.parameters()[0];
        const auto width = detail::vector_element_width(of);
        for (const element& each : item)
            detail::encode_vector_element(of, width, each, out);
    }
};

/// vector<T, n>, with the dimension checked before any row is read.
template <class Element, std::size_t Size>
requires(!std::same_as<Element, std::byte>) struct codec<std::array<Element, Size>> {
    static std::string name() {
        return "std::array<" + detail::name_of<Element>() + ", " + std::to_string(Size) + ">";
    }
    static bool reads(const data_type& type) requires readable<Element> {
        return is_mine(type) && codec<Element>::reads(type.parameters()[0]);
    }
    static bool decode(const data_type& type, std::span<const std::byte> bytes,
                       std::array<Element, Size>& out) requires readable<Element> {
        const auto& of = type.parameters()[0];
        const auto width = detail::vector_element_width(of);
        for (auto& each : out)
            if (!detail::decode_vector_element(of, bytes, width, each))
                return false;
        return bytes.empty();
    }
    static bool writes(const data_type& type) requires writable<Element> {
        return is_mine(type) && codec<Element>::writes(type.parameters()[0]);
    }
    static void encode(const data_type& type, const std::array<Element, Size>& item,
                       byte_sink& out) requires writable<Element> {
        const auto& of = type.parameters()[0];
        const auto width = detail::vector_element_width(of);
        for (const auto& each : item)
            detail::encode_vector_element(of, width, each, out);
    }

  private:
    static bool is_mine(const data_type& type) noexcept {
        return type.which() == data_type::kind::vector && type.dimension() == Size;
    }
};

template <detail::map_container Map>
struct codec<Map> {
    using key = typename Map::key_type;
    using mapped = typename Map::mapped_type;

    static std::string name() {
        return "a map of " + detail::name_of<key>() + " to " + detail::name_of<mapped>();
    }
    static bool reads(const data_type& type) requires readable<key> && readable<mapped> {
        return is_map(type) && codec<key>::reads(type.parameters()[0]) &&
               codec<mapped>::reads(type.parameters()[1]);
    }
    static bool decode(const data_type& type, std::span<const std::byte> bytes,
                       Map& out) requires readable<key> && readable<mapped> {
        out.clear();
        detail::cell_reader in(bytes);
        std::size_t count = 0;
        if (!in.read_count(2, count))
            return false;
        for (; count != 0; --count) {
            key name{};
            mapped content{};
            if (!in.read(type.parameters()[0], name) || !in.read(type.parameters()[1], content))
                return false;
            out.emplace(std::move(name), std::move(content));
        }
        return in.at_end();
    }
    static bool set_null(const data_type&, Map& out) {
        out.clear();
        return true;
    }
    static bool writes(const data_type& type) requires writable<key> && writable<mapped> {
        return is_map(type) && codec<key>::writes(type.parameters()[0]) &&
               codec<mapped>::writes(type.parameters()[1]);
    }
    static void encode(const data_type& type, const Map& item,
                       byte_sink& out) requires writable<key> && writable<mapped> {
        if (item.size() > 0x7fffffff)
            return out.fail("a collection of more than 2^31 - 1 elements");
        out.put_number(static_cast<std::uint32_t>(item.size()));
        for (const auto& [name, content] : item) {
            detail::encode_element(type.parameters()[0], name, out);
            detail::encode_element(type.parameters()[1], content, out);
        }
    }

  private:
    static bool is_map(const data_type& type) noexcept {
        return type.which() == data_type::kind::map && type.parameters().size() == 2;
    }
};

namespace detail {

/// tuple, field by field. A value may end before the type does (the type grew after it was
/// written): what is missing is null.
template <class... Fields>
struct tuple_codec {
    static bool reads(const data_type& type) requires(readable<Fields>&&...) {
        return matches(type)&& [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (codec<Fields>::reads(type.parameters()[I]) && ...);
        }
        (std::index_sequence_for<Fields...>());
    }
    template <class Tuple>
    static bool decode(const data_type& type, std::span<const std::byte> bytes, Tuple& out) {
        cell_reader in(bytes);
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (read_field(type.parameters()[I], in, std::get<I>(out)) && ...);
        }
        (std::index_sequence_for<Fields...>()) && in.at_end();
    }
    static bool writes(const data_type& type) requires(writable<Fields>&&...) {
        return matches(type)&& [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (codec<Fields>::writes(type.parameters()[I]) && ...);
        }
        (std::index_sequence_for<Fields...>());
    }
    template <class Tuple>
    static void encode(const data_type& type, const Tuple& item, byte_sink& out) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (encode_cell(type.parameters()[I], std::get<I>(item), out), ...);
        }
        (std::index_sequence_for<Fields...>());
    }
    static std::string names() {
        std::string text;
        ((text += (text.empty() ? "" : ", ") + name_of<Fields>()), ...);
        return text;
    }

  private:
    static bool matches(const data_type& type) noexcept {
        return type.which() == data_type::kind::tuple &&
               type.parameters().size() == sizeof...(Fields);
    }
    template <class Field>
    static bool read_field(const data_type& type, cell_reader& in, Field& out) {
        if (in.at_end())
            return decode_cell(type, nullptr, -1, out);
        return in.read(type, out);
    }
};

} // namespace detail

template <class... Fields>
struct codec<std::tuple<Fields...>> : detail::tuple_codec<Fields...> {
    static std::string name() {
        return "std::tuple<" + detail::tuple_codec<Fields...>::names() + ">";
    }
};

template <class First, class Second>
struct codec<std::pair<First, Second>> : detail::tuple_codec<First, Second> {
    static std::string name() {
        return "std::pair<" + detail::tuple_codec<First, Second>::names() + ">";
    }
};

} // namespace cocql
