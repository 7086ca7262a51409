// expect: either all by position or all by name
// One argument by position and one by name.
#include <cocql/cocql.hpp>

void bind(const cocql::prepared_statement& statement) {
#ifdef RIGHT
    static_cast<void>(statement.bind(cocql::named("id", 7), cocql::named("name", "Ada")));
#else
    static_cast<void>(statement.bind(7, cocql::named("name", "Ada")));
#endif
}
