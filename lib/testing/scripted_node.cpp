#include "testing/node_server.hpp"

#include <cocql/testing/scripted_node.hpp>

#include <utility>

namespace cocql::testing {

scripted_node::scripted_node(boost::asio::io_context& context, node_options options)
    : server_(node_server::listening(context, std::move(options))) {}

scripted_node::scripted_node(std::shared_ptr<node_server> server) noexcept
    : server_(std::move(server)) {}

scripted_node::~scripted_node() {
    stop();
}

endpoint scripted_node::where() const {
    return server_->where();
}

std::uint16_t scripted_node::port() const noexcept {
    return server_->port();
}

void scripted_node::stop() {
    server_->stop();
}

void scripted_node::tell(const event& happened) {
    server_->tell(happened);
}

void scripted_node::drop_connections() {
    server_->drop_connections();
}

void scripted_node::pause() noexcept {
    server_->pause();
}

void scripted_node::resume() {
    server_->resume();
}

node_options& scripted_node::options() noexcept {
    return server_->options();
}

std::size_t scripted_node::accepted() const noexcept {
    return server_->accepted();
}

std::vector<std::uint32_t> scripted_node::shards_of_connections() const {
    return server_->shards_of_connections();
}

const std::vector<std::string>& scripted_node::endings() const noexcept {
    return server_->endings();
}

std::size_t scripted_node::count(opcode message) const {
    return server_->count(message);
}

const std::vector<std::string>& scripted_node::client_subjects() const noexcept {
    return server_->client_subjects();
}

const std::vector<std::string>& scripted_node::statements() const noexcept {
    return server_->statements();
}

std::size_t scripted_node::resumed() const noexcept {
    return server_->resumed();
}

const std::vector<node_client>& scripted_node::clients() const noexcept {
    return server_->clients();
}

std::size_t scripted_node::key_updates() const noexcept {
    return server_->key_updates();
}

std::size_t scripted_node::tickets() const noexcept {
    return server_->tickets();
}

} // namespace cocql::testing
