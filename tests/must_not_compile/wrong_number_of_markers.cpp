// expect: the_statement_has_another_number_of_markers_than_there_are_arguments
// One argument for two markers.
#include <cocql/cocql.hpp>

boost::asio::awaitable<void> remove(cocql::connection connection) {
#ifdef RIGHT
    co_await connection.query("DELETE FROM app.people WHERE id = ? IF name = ?", 7, "Ada");
#else
    co_await connection.query("DELETE FROM app.people WHERE id = ? IF name = ?", 7);
#endif
}
