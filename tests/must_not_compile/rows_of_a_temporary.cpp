// expect: rows
// Rows of a page that is gone before they are read.
#include <cocql/cocql.hpp>

void read(cocql::page (*fetch)()) {
#ifdef RIGHT
    const auto page = fetch();
    for (const auto row : page.rows())
        static_cast<void>(row);
#else
    for (const auto row : fetch().rows())
        static_cast<void>(row);
#endif
}
