#include "io/name_service.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdlib>
#include <cstring>
#include <netdb.h>
#include <sys/socket.h>

namespace cocql::tests {

name_service& name_service::instance() {
    static name_service service;
    return service;
}

void name_service::set(const std::string& name, std::vector<std::string> addresses) {
    const std::lock_guard lock(mutex_);
    names_[name] = std::move(addresses);
}

void name_service::hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
}

void name_service::release() {
    {
        const std::lock_guard lock(mutex_);
        held_ = false;
    }
    released_.notify_all();
}

int name_service::asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
}

std::vector<std::string> name_service::look_up(const std::string& name) {
    std::unique_lock lock(mutex_);
    ++asked_;
    released_.wait(lock, [this] { return !held_; });
    const auto found = names_.find(name);
    return found == names_.end() ? std::vector<std::string>() : found->second;
}

namespace {

/// One address in the system's form; `info` first, so that the list is made of these.
struct entry {
    addrinfo info;
    sockaddr_storage address;
};

addrinfo* list_of(const std::vector<std::string>& addresses, unsigned short port) {
    addrinfo* first = nullptr;
    for (auto text = addresses.rbegin(); text != addresses.rend(); ++text) {
        const boost::asio::ip::tcp::endpoint where(boost::asio::ip::make_address(*text), port);
        auto* const made = new entry();
        std::memcpy(&made->address, where.data(), where.size());
        made->info.ai_family = where.protocol().family();
        made->info.ai_socktype = SOCK_STREAM;
        made->info.ai_protocol = where.protocol().protocol();
        made->info.ai_addr = reinterpret_cast<sockaddr*>(&made->address);
        made->info.ai_addrlen = static_cast<socklen_t>(where.size());
        made->info.ai_next = first;
        first = &made->info;
    }
    return first;
}

} // namespace

} // namespace cocql::tests

// The program's own come before the C library's.

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo*,
                           addrinfo** found) {
    const auto addresses = cocql::tests::name_service::instance().look_up(name);
    if (addresses.empty())
        return EAI_NONAME;
    *found = cocql::tests::list_of(addresses,
                                   static_cast<unsigned short>(std::strtoul(service, nullptr, 10)));
    return 0;
}

extern "C" void freeaddrinfo(addrinfo* list) noexcept {
    while (list != nullptr) {
        auto* const next = list->ai_next;
        delete reinterpret_cast<cocql::tests::entry*>(list);
        list = next;
    }
}
