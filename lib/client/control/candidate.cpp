#include "client/control/candidate.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

#include <optional>

namespace cocql::client {

namespace {

std::optional<boost::asio::ip::address> literal_in(const endpoint& where) {
    boost::system::error_code not_literal;
    auto address = boost::asio::ip::make_address(where.host(), not_literal);
    return not_literal ? std::nullopt : std::optional(std::move(address));
}

} // namespace

bool candidate::is_to_be_looked_up() const {
    return !where_.is_unix_socket() && !literal_in(where_);
}

bool candidate::is_at(const endpoint& address) const {
    if (where_ == address)
        return true;
    if (where_.port() != address.port())
        return false;
    const auto ours = literal_in(where_);
    return ours && ours == literal_in(address);
}

std::string candidate::to_string() const {
    return name_.empty() ? where_.to_string() : given().to_string() + " (" + where_.host() + ")";
}

} // namespace cocql::client
