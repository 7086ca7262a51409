#include "client/session/registered_listener.hpp"

#include <cocql/listener_registration.hpp>

#include <utility>

namespace cocql {

listener_registration::listener_registration() noexcept = default;
listener_registration::listener_registration(
    std::shared_ptr<client::registered_listener> whom) noexcept
    : whom_(std::move(whom)) {}
listener_registration::listener_registration(listener_registration&& other) noexcept = default;

listener_registration& listener_registration::operator=(listener_registration&& other) noexcept {
    if (this != &other) {
        end();
        whom_ = std::move(other.whom_);
    }
    return *this;
}

listener_registration::~listener_registration() {
    end();
}

void listener_registration::end() noexcept {
    if (const auto whom = std::exchange(whom_, nullptr))
        whom->end();
}

} // namespace cocql
