#include "io/connect/address_race.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <sstream>
#include <utility>

namespace cocql::io {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::string text_of(const tcp::endpoint& address) {
    std::ostringstream out;
    out << address;
    return out.str();
}

error refused(const tcp::endpoint& address, boost::system::error_code why) {
    return error(errc::connect_failed, text_of(address) + ": " + why.message()).with(why);
}

/// The families in turns, each in the order in which it is given; that of the first begins.
std::vector<tcp::endpoint> in_turns(std::vector<tcp::endpoint> addresses) {
    const auto family = addresses.front().protocol();
    const auto others =
        std::stable_partition(addresses.begin(), addresses.end(),
                              [&](const tcp::endpoint& each) { return each.protocol() == family; });
    std::vector<tcp::endpoint> mixed;
    mixed.reserve(addresses.size());
    for (auto one = addresses.begin(), other = others; one != others || other != addresses.end();) {
        if (one != others)
            mixed.push_back(*one++);
        if (other != addresses.end())
            mixed.push_back(*other++);
    }
    return mixed;
}

void close(tcp::socket& socket) noexcept {
    boost::system::error_code ignored;
    socket.close(ignored);
}

} // namespace

address_race::address_race(asio::any_io_executor executor, clock& clock,
                           std::vector<tcp::endpoint> addresses, std::uint16_t local_port,
                           outcome& into)
    : executor_(std::move(executor)), clock_(clock), local_port_(local_port), outcome_(into) {
    lanes_.reserve(addresses.size()); // they do not move any more
    for (const auto& each : in_turns(std::move(addresses)))
        lanes_.push_back({each, tcp::socket(executor_), std::nullopt});
}

void address_race::give_up() {
    if (waiter_)
        finish(nullptr);
}

void address_race::try_next() {
    while (next_ < lanes_.size()) {
        auto& one = lanes_[next_++];
        if (!try_one(one))
            continue;
        if (next_ < lanes_.size())
            head_starts_.emplace_back(clock_, executor_, clock_.now() + head_start,
                                      [this, behind = next_] {
                                          if (waiter_ && next_ == behind)
                                              try_next();
                                      });
        return;
    }
    if (under_way_ == 0)
        finish(nullptr);
}

bool address_race::try_one(lane& one) {
    one.tried = true;
    boost::system::error_code code;
    one.socket.open(one.address.protocol(), code);
    if (!code && local_port_ != 0) {
        // A connection of before that waits for its last packets does not count.
        one.socket.set_option(asio::socket_base::reuse_address(true), code);
        if (!code)
            one.socket.bind(tcp::endpoint(one.address.protocol(), local_port_), code);
    }
    if (code) {
        one.failure = refused(one.address, code);
        close(one.socket);
        return false;
    }
    ++under_way_;
    one.socket.async_connect(one.address,
                             [self = shared_from_this(), &one](boost::system::error_code code) {
                                 self->tried(one, code);
                             });
    return true;
}

void address_race::tried(lane& one, boost::system::error_code code) {
    --under_way_;
    if (!waiter_)
        return;
    if (!code)
        return finish(&one);
    one.failure = refused(one.address, code);
    close(one.socket);
    try_next();
}

void address_race::finish(lane* winner) {
    for (auto& each : lanes_) {
        if (each.tried && &each != winner)
            outcome_.attempts.push_back(each.failure.value_or(
                refused(each.address, boost::system::error_code(asio::error::timed_out))));
        if (&each != winner)
            close(each.socket);
    }
    if (winner != nullptr)
        outcome_.socket = std::move(winner->socket);
    auto waiter = std::move(*waiter_);
    waiter_.reset();
    asio::post(executor_, [waiter = std::move(waiter)]() mutable { std::move(waiter)(); });
}

} // namespace cocql::io
