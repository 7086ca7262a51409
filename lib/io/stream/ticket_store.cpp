#include "io/stream/ticket_store.hpp"

#include <utility>

namespace cocql::io {

namespace {

void add_handshakes(tls_tickets::handshakes& sum, const tls_tickets::handshakes& more) noexcept {
    sum.full += more.full;
    sum.resumed += more.resumed;
}

} // namespace

std::shared_ptr<tls_tickets> ticket_store::of(const uuid& host) {
    auto& known = nodes_[host];
    if (known == nullptr)
        known = std::make_shared<tls_tickets>(context_);
    return known;
}

std::shared_ptr<tls_tickets> ticket_store::of_stranger() const {
    return std::make_shared<tls_tickets>(context_);
}

void ticket_store::forget(const uuid& host) {
    const auto gone = nodes_.extract(host);
    if (!gone.empty())
        add_handshakes(of_gone_, gone.mapped()->counted());
}

void ticket_store::renew(tls_context context) {
    context_ = std::move(context);
    for (auto& [id, tickets] : nodes_)
        tickets->renew(context_);
}

tls_tickets::handshakes ticket_store::counted() const noexcept {
    auto all = of_gone_;
    for (const auto& [id, tickets] : nodes_)
        add_handshakes(all, tickets->counted());
    return all;
}

} // namespace cocql::io
