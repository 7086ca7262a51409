#pragma once

#include <cocql/error.hpp>

#include <boost/system/result.hpp>

namespace cocql {

/// A value or an error. `value()` throws the error; `error()` never throws.
///
/// Inside the library everything returns results: an operation that throws loses its error when it
/// is raced against a timer.
template <class T>
using result = boost::system::result<T, error>;

} // namespace cocql
