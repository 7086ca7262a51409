#include "io/connect/surroundings.hpp"

#include <boost/asio/query.hpp>

#include <optional>

namespace cocql::io {

namespace asio = boost::asio;

/// A service, because a program that is tested begins its sessions itself, and says no more of
/// where than on which executor.
class surroundings::of_context final : public asio::execution_context::service {
  public:
    inline static asio::execution_context::id id;

    explicit of_context(asio::execution_context& context)
        : asio::execution_context::service(context) {}

    std::optional<surroundings> what;

  private:
    void shutdown() override {}
};

surroundings surroundings::of(const asio::any_io_executor& executor) {
    auto& context = asio::query(executor, asio::execution::context);
    if (!asio::has_service<of_context>(context))
        return steady_clock();
    return *asio::use_service<of_context>(context).what;
}

void surroundings::belong_to(asio::execution_context& context) const {
    asio::use_service<of_context>(context).what = *this;
}

} // namespace cocql::io
