// expect: rows
// The same with types.
#include <cocql/cocql.hpp>

void read(cocql::page (*fetch)()) {
#ifdef RIGHT
    const auto page = fetch();
    for (const auto [id] : page.rows<int>())
        static_cast<void>(id);
#else
    for (const auto [id] : fetch().rows<int>())
        static_cast<void>(id);
#endif
}
