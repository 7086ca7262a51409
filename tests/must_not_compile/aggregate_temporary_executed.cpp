// expect: g++ 12 destroys an aggregate made in a co_await expression twice
// only: g++ before 13, which is alone in compiling it wrongly
// An aggregate that owns memory, made where it is bound: g++ 12 would free it twice.
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
    co_await connection.execute(statement, ada, 7);
    co_await connection.execute(statement, std::string("Ada"), std::optional<std::string>("Ada"));
#else
    co_await connection.execute(statement, person{"Ada", 36}, 7);
#endif
}
