// expect: g++ 12 destroys an aggregate made in a co_await expression twice
// only: g++ before 13, which is alone in compiling it wrongly
// The same behind options, and std::array is an aggregate too.
#include <cocql/cocql.hpp>

#include <boost/describe.hpp>

#include <array>
#include <optional>
#include <string>

boost::asio::awaitable<void> write(cocql::connection connection,
                                   cocql::prepared_statement statement) {
#ifdef RIGHT
    const std::array<std::string, 2> names{"Ada", "Grace"};
    co_await connection.execute(statement, cocql::statement_options().tracing(), names);
    co_await connection.execute(statement, std::array<int, 2>{1, 2});
#else
    co_await connection.execute(statement, cocql::statement_options().tracing(),
                                std::array<std::string, 2>{"Ada", "Grace"});
#endif
}
