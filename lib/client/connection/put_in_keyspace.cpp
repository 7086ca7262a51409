#include "client/connection/put_in_keyspace.hpp"

#include "client/connection/perform.hpp"
#include "client/connection/querying.hpp"
#include "core/message/use_statement.hpp"

#include <cocql/as_result.hpp>
#include <cocql/statement_options.hpp>

#include <optional>
#include <utility>

namespace cocql::client {

boost::asio::awaitable<result<void>> put_in_keyspace(std::shared_ptr<implementation> which,
                                                     std::string name, base::time_point until) {
    statement_options how;
    if (until == base::never)
        how.timeout(std::nullopt);
    else
        how.timeout(base::between(which->clock().now(), until));
    auto asking = as_result(perform(which, querying(message::use_statement(name), how)));
    const auto answer = co_await std::move(asking);
    if (!answer)
        co_return answer.error();
    co_return result<void>();
}

} // namespace cocql::client
