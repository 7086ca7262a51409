#pragma once

#include <cocql/bound_statement.hpp>
#include <cocql/marker_counter.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace cocql {

namespace detail {

/// Never defined: calling it is what makes a wrong statement fail to compile.
void the_statement_has_another_number_of_markers_than_there_are_arguments();

} // namespace detail

/// A statement written as a literal, whose number of markers was compared with the number of
/// arguments by the compiler. With arguments by name, and where the compiler cannot be sure what is
/// a marker, the server's answer decides.
template <class... Arguments>
class statement_text {
  public:
    template <std::size_t Size>
    consteval statement_text(const char (&cql)[Size]) : cql_(cql, Size - 1) {
        constexpr bool by_name = (detail::is_by_name<Arguments>::value || ... || false);
        const detail::marker_counter markers(cql_);
        if (!by_name &&
            (sizeof...(Arguments) < markers.least() || sizeof...(Arguments) > markers.most()))
            detail::the_statement_has_another_number_of_markers_than_there_are_arguments();
    }
    std::string str() const { return std::string(cql_); }

  private:
    std::string_view cql_;
};

} // namespace cocql
