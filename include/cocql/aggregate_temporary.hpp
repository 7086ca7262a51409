#pragma once

#include <type_traits>

/// g++ 12 destroys an aggregate that is made in a co_await expression, `co_await f(point{"a", 1})`,
/// twice: a double free where it owns memory. So with it the operations that are awaited refuse
/// temporaries of such types when they are compiled. By their types alone: what a function returns,
/// copies and moved arguments, and calls that are awaited in another expression are compiled right
/// and refused with them, unless COCQL_ALLOW_AGGREGATE_TEMPORARIES is
/// defined. The README, under "Coroutines and g++ 12", tells what to write.
#if defined(__GNUC__) && __GNUC__ < 13 && !defined(__clang__) &&                                   \
    !defined(COCQL_ALLOW_AGGREGATE_TEMPORARIES)
#define COCQL_REFUSES_AGGREGATE_TEMPORARIES
#endif

namespace cocql::detail {

/// What a forwarding reference is deduced as from a temporary of a type that g++ 12 destroys twice.
template <class T>
concept aggregate_temporary =
    !std::is_reference_v<T> && std::is_aggregate_v<T> && !std::is_trivially_destructible_v<T>;

/// For a static_assert() that is judged when its template is used.
template <class...>
inline constexpr bool are_compiled_right = false;

} // namespace cocql::detail

#ifdef COCQL_REFUSES_AGGREGATE_TEMPORARIES
#define COCQL_REFUSE_AGGREGATE_TEMPORARIES(...)                                                    \
    static_assert(cocql::detail::are_compiled_right<__VA_ARGS__>,                                  \
                  "g++ 12 destroys an aggregate made in a co_await expression twice: give it a "   \
                  "name first (auto item = point{...}; co_await connection.execute(find, item)), " \
                  "or its type a constructor");                                                    \
    __builtin_unreachable()
#endif
