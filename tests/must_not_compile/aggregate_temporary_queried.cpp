// expect: g++ 12 destroys an aggregate made in a co_await expression twice
// only: g++ before 13, which is alone in compiling it wrongly
// The same with a statement that is prepared on the way.
#include <cocql/cocql.hpp>

#include <boost/describe.hpp>

#include <array>
#include <optional>
#include <string>

struct person {
    std::string name;
    int age = 0;
};
BOOST_DESCRIBE_STRUCT(person, (), (name, age))

boost::asio::awaitable<void> write(cocql::connection connection,
                                   cocql::prepared_statement statement) {
#ifdef RIGHT
    const person ada{"Ada", 36};
    co_await connection.query("INSERT INTO t (a) VALUES (?)", ada);
#else
    co_await connection.query("INSERT INTO t (a) VALUES (?)", person{"Ada", 36});
#endif
}
