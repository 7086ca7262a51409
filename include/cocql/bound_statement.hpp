#pragma once

#include <cocql/byte_sink.hpp>
#include <cocql/codec_chrono.hpp>
#include <cocql/codec_containers.hpp>
#include <cocql/codec_described.hpp>
#include <cocql/prepared_statement.hpp>
#include <cocql/result.hpp>
#include <cocql/statement_options.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace cocql {

namespace detail {
class binding;
}

/// An argument by the name of its marker; a marker without a name has its column's. Borrows the
/// value for as long as the call that it is an argument of.
template <class T>
struct named_value {
    std::string_view name;
    const T& item;
};
template <class T>
named_value<T> named(std::string_view name, const T& item) noexcept {
    return {name, item};
}

/// The fields of a described struct as arguments by name. Fields that the statement has no marker
/// for are left out.
template <described T>
struct struct_fields {
    const T& item;
};
template <described T>
struct_fields<T> fields_of(const T& item) noexcept {
    return {item};
}

/// A prepared statement and the values for its markers, checked and written: ready to be executed,
/// any number of times. Owns its bytes.
class bound_statement {
  public:
    /// Writes the values one by one, null or unset among them, as the markers' types want them.
    /// errc::invalid_argument names the marker that a value does not fit.
    static result<bound_statement> of_values(prepared_statement statement,
                                             std::span<const value> values);

    const prepared_statement& statement() const noexcept { return statement_; }
    std::size_t size() const noexcept { return count_; }
    /// The [value]s of the protocol, one after another.
    std::span<const std::byte> bytes() const noexcept { return values_.bytes(); }
    bool has_unset() const noexcept { return values_.has_unset(); }

  private:
    friend class detail::binding;
    friend class message::bound_execute; ///< which leaves long values where they are

    bound_statement() noexcept = default;
    explicit bound_statement(prepared_statement statement) noexcept
        : statement_(std::move(statement)) {}
    /// Whether there is nothing to be destroyed.
    bool is_trivial() const noexcept { return !statement_ && values_.is_trivial(); }

    prepared_statement statement_;
    byte_sink values_;
    std::size_t count_ = 0;
};

namespace detail {

template <class T>
struct is_by_name : std::false_type {};
template <class T>
struct is_by_name<named_value<T>> : std::true_type {};
template <class T>
struct is_by_name<struct_fields<T>> : std::true_type {};

// What is wrong with the arguments; errc::type_mismatch or errc::invalid_argument.
error no_statement();
error wrong_count(const prepared_statement& statement, std::size_t given);
error unwritable(const column& parameter, std::size_t index, std::string given);
error unfit(const column& parameter, std::size_t index, std::string why);
error not_given(const prepared_statement& statement, std::size_t index);
error no_such_parameter(const prepared_statement& statement, std::string_view name);

/// Why a statement could not be bound; null for no reason.
using refusal = std::unique_ptr<error>;
void refuse(refusal& failure, error why);

/// Writes one argument; false when it failed, which then is in `failure`.
template <class T>
[[gnu::noinline]] bool bind_any(const column& parameter, std::size_t index, const T& item,
                                byte_sink& out, refusal& failure) {
    static_assert(writable<T>,
                  "cocql cannot bind a value of this type: specialise cocql::codec, or "
                  "describe the struct (see cocql/fields.hpp)");
    if (!codec<T>::writes(parameter.type)) {
        refuse(failure, unwritable(parameter, index, name_of<T>()));
        return false;
    }
    encode_marker(parameter.type, item, out);
    if (out.failed())
        refuse(failure, unfit(parameter, index, out.why()));
    return !out.failed();
}
/// Numbers that are as wide as their type are written where they are given.
template <class T>
bool bind_one(const column& parameter, std::size_t index, const T& item, byte_sink& out,
              refusal& failure) {
    if constexpr (writes_at_once<T>)
        if (codec<T>::encode_at_once(parameter.type, item, out)) [[likely]]
            return true;
    return bind_any(parameter, index, item, out, failure);
}

enum class offered { no, yes, failed };

template <class T>
offered offer(const named_value<T>& argument, const column& parameter, std::size_t index,
              byte_sink& out, refusal& failure) {
    if (argument.name != parameter.name)
        return offered::no;
    return bind_one(parameter, index, argument.item, out, failure) ? offered::yes : offered::failed;
}

template <class T>
offered offer(const struct_fields<T>& argument, const column& parameter, std::size_t index,
              byte_sink& out, refusal& failure) {
    const auto field = field_named<T>(parameter.name);
    if (field == field_count<T>)
        return offered::no;
    return with_field<T, offered>(field, [&](const auto& found) {
        return bind_one(parameter, index, argument.item.*found.member, out, failure)
                   ? offered::yes
                   : offered::failed;
    });
}

bool has_parameter(const prepared_statement& statement, std::string_view name) noexcept;

template <class T>
bool is_wanted(const prepared_statement& statement, const named_value<T>& argument,
               refusal& failure) {
    if (has_parameter(statement, argument.name))
        return true;
    refuse(failure, no_such_parameter(statement, argument.name));
    return false;
}
template <class T>
bool is_wanted(const prepared_statement&, const struct_fields<T>&, refusal&) noexcept {
    return true;
}

template <class... Arguments>
bool bind_by_name(const prepared_statement& statement, byte_sink& out, refusal& failure,
                  const Arguments&... arguments) {
    if (!(is_wanted(statement, arguments, failure) && ...))
        return false;
    for (std::size_t i = 0; i < statement.parameters().size(); ++i) {
        auto found = offered::no;
        static_cast<void>(((found = offer(arguments, statement.parameters()[i], i, out, failure),
                            found != offered::no) ||
                           ...));
        if (found == offered::no)
            refuse(failure, not_given(statement, i));
        if (found != offered::yes)
            return false;
    }
    return true;
}

template <class... Arguments>
bool bind_by_position(const prepared_statement& statement, byte_sink& out, refusal& failure,
                      const Arguments&... arguments) {
    if (statement.parameters().size() != sizeof...(Arguments)) [[unlikely]] {
        refuse(failure, wrong_count(statement, sizeof...(Arguments)));
        return false;
    }
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return (bind_one(statement.parameters()[I], I, arguments, out, failure) && ...);
    }
    (std::index_sequence_for<Arguments...>());
}

/// How many bytes an argument takes at least, where that is known before it is written: long ones
/// are then written into room that is made once.
template <class T>
std::size_t least_size(const T& item) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>)
        return 4 + std::string_view(item).size();
    else if constexpr (std::is_convertible_v<const T&, std::span<const std::byte>>)
        return 4 + std::span<const std::byte>(item).size();
    else
        return 0;
}
template <class T>
std::size_t least_size(const std::optional<T>& item) {
    return item ? least_size(*item) : 0;
}
template <class T>
std::size_t least_size(const named_value<T>& argument) {
    return least_size(argument.item);
}
template <class T>
std::size_t least_size(const struct_fields<T>& argument) {
    return std::apply(
        [&](const auto&... field) {
            return (least_size(argument.item.*field.member) + ... + std::size_t{0});
        },
        description<T>);
}

/// What a request for a prepared statement is made of: the statement bound to its arguments, or why
/// it could not be bound; and options, unless they are the usual ones. Every request begins with
/// one: moving it moves a pointer, and its memory is kept for the next one.
class binding {
  public:
    template <class... Arguments>
    static binding of(const prepared_statement& statement, const Arguments&... arguments) {
        constexpr auto by_name = (std::size_t{is_by_name<Arguments>::value} + ... + 0u);
        static_assert(by_name == 0 || by_name == sizeof...(Arguments),
                      "arguments are either all by position or all by name");
        if (!statement) [[unlikely]]
            return binding(no_statement());
        binding made(make(statement));
        auto& bound = made.state_->bound;
        auto& failure = made.state_->failure;
        if (const auto least = (least_size(arguments) + ... + std::size_t{0}); least != 0)
            bound.values_.reserve(least);
        bool done = false;
        if constexpr (by_name != 0)
            done = bind_by_name(statement, bound.values_, failure, arguments...);
        else
            done = bind_by_position(statement, bound.values_, failure, arguments...);
        if (done) [[likely]]
            bound.count_ = by_name != 0 ? statement.parameters().size() : sizeof...(Arguments);
        return made;
    }
    binding(bound_statement bound) : binding() { take(std::move(bound)); }
    binding(error failure) : binding() { refuse(state_->failure, std::move(failure)); }
    binding(result<bound_statement> bound) : binding() {
        if (bound)
            take(std::move(*bound));
        else
            refuse(state_->failure, bound.error());
    }
    binding(binding&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    /// False where it was moved from.
    bool is_any() const noexcept { return state_ != nullptr; }
    binding& operator=(binding&& other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~binding() {
        if (state_ != nullptr)
            destroy(state_);
    }
    binding with(statement_options options) && {
        state_->options = std::move(options);
        return std::move(*this);
    }

    /// Null where nothing failed.
    const error* failure() const noexcept { return state_->failure.get(); }
    const bound_statement& bound() const noexcept { return state_->bound; }
    /// What the statement's copies share, to be moved from. Once the request is sent nothing else
    /// of the binding is needed.
    std::shared_ptr<const prepared_statement::parts>& statement_content() noexcept {
        return state_->bound.statement_.parts_;
    }
    prepared_statement take_statement() noexcept { return std::move(state_->bound.statement_); }
    /// Null for the usual ones.
    const statement_options* options() const noexcept {
        return state_->options ? &*state_->options : nullptr;
    }
    /// Memory that goes with the statement, for the request which executes it: one block less to be
    /// allocated. Whoever lies there has the binding, moved out of its destructor's way.
    static constexpr std::size_t room_size = 352;
    void* room() noexcept { return state_->room; }
    result<bound_statement> as_result() && {
        if (const auto* const why = failure())
            return *why;
        state_->bound.values_.finish();
        return std::move(state_->bound);
    }

  private:
    /// One that was moved from is none.
    void take(bound_statement&& bound) {
        if (!bound.statement())
            refuse(state_->failure, no_statement());
        state_->bound = std::move(bound);
    }

    struct state {
        explicit state(const prepared_statement& statement) noexcept
            : bound(statement.newest_of_one()) {}
        state() noexcept {} // not = default: the room is left as it is
        bound_statement bound;
        refusal failure;
        std::optional<statement_options> options;
        alignas(std::max_align_t) std::byte room[room_size];
    };

    binding() : state_(make()) {}
    explicit binding(state* made) noexcept : state_(made) {}
    static state* make();
    /// Of a statement that is one.
    static state* make(const prepared_statement& statement);
    static void destroy(state* gone) noexcept;
    static void destroy_unusual(state* gone) noexcept;

    state* state_;
};

} // namespace detail

template <class... Arguments>
result<bound_statement> prepared_statement::bind(const Arguments&... arguments) const {
    return detail::binding::of(*this, arguments...).as_result();
}

} // namespace cocql
