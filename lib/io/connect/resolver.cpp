#include "io/connect/resolver.hpp"

#include "io/bridge/shutdown_registry.hpp"
#include "io/bridge/signal_event.hpp"

#include <boost/asio/this_coro.hpp>

#include <memory>
#include <string>

namespace cocql::io {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Shared with the look-up's handler, which may outlive the one who asked.
class look_up final : private shutdown_registry::member {
  public:
    explicit look_up(const asio::any_io_executor& executor) : resolver(executor), done(executor) {
        join(asio::query(executor, asio::execution::context));
    }
    ~look_up() override = default;

    tcp::resolver resolver;
    signal_event done;
    bool finished = false;
    boost::system::error_code failure;
    std::vector<tcp::endpoint> addresses;

  private:
    void context_destroyed() noexcept override {
        // The one who asked, whose frame may be the last to keep this object.
        const auto sleeper = done.take();
    }
};

} // namespace

asio::awaitable<result<std::vector<tcp::endpoint>>> resolve(const endpoint& where,
                                                            interruption& stop) {
    boost::system::error_code not_literal;
    const auto literal = asio::ip::make_address(where.host(), not_literal);
    if (!not_literal)
        co_return std::vector<tcp::endpoint>{tcp::endpoint(literal, where.port())};

    const auto executor = co_await asio::this_coro::executor;
    auto shared = std::make_shared<look_up>(executor);
    shared->resolver.async_resolve(
        where.host(), std::to_string(where.port()), asio::ip::resolver_base::numeric_service,
        [shared](boost::system::error_code failure, tcp::resolver::results_type found) {
            shared->failure = failure;
            for (const auto& entry : found)
                shared->addresses.push_back(entry.endpoint());
            shared->finished = true;
            shared->done.notify();
        });
    const interruption::guard guard(stop, [shared] {
        shared->resolver.cancel();
        shared->done.notify();
    });
    while (!shared->finished && !stop.why())
        co_await shared->done.wait();
    if (stop.why())
        co_return *stop.why();
    if (shared->failure || shared->addresses.empty())
        co_return error(errc::resolve_failed,
                        "cannot resolve '" + where.host() +
                            "': " + (shared->failure ? shared->failure.message() : "no address"))
            .with(shared->failure)
            .with_advice("check the host name");
    co_return std::move(shared->addresses);
}

} // namespace cocql::io
