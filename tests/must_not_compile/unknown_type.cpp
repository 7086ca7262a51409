// expect: specialise cocql::codec
// A type that the library knows nothing of.
#include <cocql/cocql.hpp>

struct unknown {};

void read(const cocql::page& page) {
#ifdef RIGHT
    static_cast<void>(page.rows<std::string>());
#else
    static_cast<void>(page.rows<unknown>());
#endif
}
