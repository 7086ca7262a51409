#include "io/connect/name_lookup.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <algorithm>
#include <ares.h>
#include <array>
#include <cctype>
#include <cstring>
#include <exception>
#include <string_view>
#include <sys/time.h>
#include <utility>

namespace cocql::io {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Tries of each server. Each takes twice as long as the one before.
constexpr int most_tries = 4;

int initialise_cares() noexcept {
    // Once in a program; what it allocates, if anything, is its own.
    static const int status = ares_library_init(ARES_LIB_INIT_ALL);
    return status;
}

/// `localhost` and the names below it, which belong to this machine (RFC 6761, section 6.3).
bool is_localhost(std::string_view name) {
    constexpr std::string_view localhost = "localhost";
    if (name.ends_with('.'))
        name.remove_suffix(1);
    if (name.size() < localhost.size())
        return false;
    const auto end = name.substr(name.size() - localhost.size());
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == b;
    };
    return std::equal(end.begin(), end.end(), localhost.begin(), same) &&
           (end.size() == name.size() || name[name.size() - end.size() - 1] == '.');
}

/// Whether this process can make sockets at all.
boost::system::error_code why_no_socket(const asio::any_io_executor& executor) {
    asio::ip::udp::socket tried(executor);
    boost::system::error_code refused;
    tried.open(asio::ip::udp::v4(), refused);
    return refused;
}

std::vector<tcp::endpoint> addresses_of(const ares_addrinfo& found) {
    std::vector<tcp::endpoint> addresses;
    for (const auto* node = found.nodes; node != nullptr; node = node->ai_next) {
        if (node->ai_family != AF_INET && node->ai_family != AF_INET6)
            continue;
        tcp::endpoint address(node->ai_family == AF_INET ? tcp::v4() : tcp::v6(), 0);
        std::memcpy(address.data(), node->ai_addr,
                    std::min<std::size_t>(node->ai_addrlen, address.size()));
        addresses.push_back(address);
    }
    return addresses;
}

} // namespace

/// A socket of c-ares's, which opens and closes it.
class name_lookup::watched {
  public:
    class direction {
      public:
        bool wanted = false;
        bool awaited = false;
    };

    explicit watched(const asio::any_io_executor& executor) : descriptor(executor) {}
    ~watched() { leave(); }
    watched(const watched&) = delete;
    watched& operator=(const watched&) = delete;

    /// Waits for it no more, and leaves it open.
    void leave() noexcept {
        if (descriptor.is_open())
            descriptor.release();
    }

    asio::posix::stream_descriptor descriptor;
    std::array<direction, 2> directions; ///< reading and writing
};

/// What c-ares calls. Through it no exception may go.
class name_lookup::callbacks {
  public:
    static void socket_changed(void* self, ares_socket_t descriptor, int reading, int writing) {
        try {
            static_cast<name_lookup*>(self)->watch(descriptor, reading != 0, writing != 0);
        } catch (...) {
            fail(self);
        }
    }
    template <int Family>
    static void answered(void* self, int status, int, ares_addrinfo* found) {
        const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned(
            found, &ares_freeaddrinfo);
        try {
            static_cast<name_lookup*>(self)->answered(Family, status, found);
        } catch (...) {
            fail(self);
        }
    }

  private:
    static void fail(void* self) noexcept {
        static_cast<name_lookup*>(self)->thrown_ = std::current_exception();
    }
};

name_lookup::name_lookup(const asio::any_io_executor& executor, std::string name,
                         resolver_settings settings)
    : executor_(executor),
      name_(std::move(name)),
      settings_(std::move(settings)),
      timer_(executor),
      changed_(executor) {
    join(asio::query(executor, asio::execution::context), &keep);
}

name_lookup::~name_lookup() {
    leave();
    over_ = true;
    if (channel_ != nullptr)
        ares_destroy(channel_);
}

std::shared_ptr<const void> name_lookup::keep(member& whom) noexcept {
    return static_cast<name_lookup&>(whom).weak_from_this().lock();
}

void name_lookup::context_destroyed() noexcept {
    // The one who asked, whose frame may be the last to keep this object. What waits inside of Asio
    // goes with Asio.
    const auto sleeper = changed_.take();
}

int name_lookup::open_channel() {
    if (const int failed = initialise_cares(); failed != ARES_SUCCESS)
        return failed;
    ares_options options{};
    int given = ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
    options.sock_state_cb = &callbacks::socket_changed;
    options.sock_state_cb_data = this;
    options.timeout = static_cast<int>(settings_.patience.count());
    options.tries = most_tries;
    std::string file = settings_.configuration_file;
    std::string files_only = "f";
    if (!file.empty()) {
        given |= ARES_OPT_RESOLVCONF;
        options.resolvconf_path = file.data();
    }
    if (local_only_) {
        given |= ARES_OPT_LOOKUPS;
        options.lookups = files_only.data();
    }
    const int opened = ares_init_options(&channel_, &options, given);
    if (opened != ARES_SUCCESS) {
        channel_ = nullptr;
        return opened;
    }
    return settings_.servers.empty()
               ? ARES_SUCCESS
               : ares_set_servers_ports_csv(channel_, settings_.servers.c_str());
}

void name_lookup::begin() {
    local_only_ = is_localhost(name_);
    if (const int failed = open_channel(); failed != ARES_SUCCESS) {
        decide(failure_of(failed));
    } else {
        ask_apart_at_ = clock::now() + 2 * settings_.patience;
        ask(name_, AF_UNSPEC);
    }
    go_on();
}

void name_lookup::give_up() {
    if (!over_)
        finish();
}

void name_lookup::ask(const std::string& name, int family) {
    ares_addrinfo_hints hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    const auto answered = family == AF_INET    ? &callbacks::answered<AF_INET>
                          : family == AF_INET6 ? &callbacks::answered<AF_INET6>
                                               : &callbacks::answered<AF_UNSPEC>;
    ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, answered, this);
}

void name_lookup::answered(int family, int status, const ares_addrinfo* found) {
    if (decided_ || over_)
        return;
    if (status == ARES_SUCCESS) {
        if (auto addresses = addresses_of(*found); !addresses.empty())
            return decide(std::move(addresses));
        status = ARES_ENODATA;
    }
    if (family != AF_UNSPEC)
        return; // the question for both goes on
    if (local_only_ && !std::exchange(asked_localhost_, true))
        return ask("localhost", AF_UNSPEC);
    decide(failure_of(status));
}

result<name_lookup::addresses> name_lookup::take_outcome() {
    if (thrown_)
        std::rethrow_exception(thrown_);
    return std::move(outcome_);
}

void name_lookup::decide(result<addresses> outcome) {
    if (std::exchange(decided_, true))
        return;
    outcome_ = std::move(outcome);
}

void name_lookup::finish() {
    over_ = true;
    timer_.cancel();
    if (channel_ != nullptr)
        ares_destroy(std::exchange(channel_, nullptr));
    watched_.clear();
    changed_.notify();
}

void name_lookup::go_on() {
    if (over_)
        return;
    if (decided_ || thrown_)
        return finish();
    await_time();
}

// --- sockets and time

void name_lookup::watch(int descriptor, bool reading, bool writing) {
    if (!reading && !writing) {
        // It is closed next, and the next one may get its number.
        if (const auto found = watched_.find(descriptor); found != watched_.end()) {
            found->second->leave();
            watched_.erase(found);
        }
        return;
    }
    auto& what = watched_[descriptor];
    if (!what) {
        what = std::make_shared<watched>(executor_);
        boost::system::error_code refused;
        what->descriptor.assign(descriptor, refused);
        if (refused)
            return decide(failed(refused.message()).with(refused));
    }
    what->directions[0].wanted = reading;
    what->directions[1].wanted = writing;
    await(what, false);
    await(what, true);
}

void name_lookup::await(const std::shared_ptr<watched>& what, bool writing) {
    auto& direction = what->directions[writing ? 1 : 0];
    if (!direction.wanted || std::exchange(direction.awaited, true))
        return;
    using descriptor = asio::posix::stream_descriptor;
    what->descriptor.async_wait(
        writing ? descriptor::wait_write : descriptor::wait_read,
        [self = shared_from_this(), what, writing](boost::system::error_code stopped) {
            what->directions[writing ? 1 : 0].awaited = false;
            if (stopped || !what->descriptor.is_open())
                return;
            const auto ready = what->descriptor.native_handle();
            self->process(writing ? ARES_SOCKET_BAD : ready, writing ? ready : ARES_SOCKET_BAD);
            if (what->descriptor.is_open())
                self->await(what, writing);
        });
}

void name_lookup::await_time() {
    timeval room{};
    auto until = ask_apart_at_;
    if (const auto* left = ares_timeout(channel_, nullptr, &room); left != nullptr)
        // One more, because c-ares rounds down.
        until = std::min(until, clock::now() + std::chrono::seconds(left->tv_sec) +
                                    std::chrono::microseconds(left->tv_usec) +
                                    std::chrono::milliseconds(1));
    timer_.expires_at(until);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code stopped) {
        if (!stopped && !self->over_)
            self->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    });
}

void name_lookup::process(int readable, int writable) {
    ares_process_fd(channel_, readable, writable);
    if (!decided_ && clock::now() >= ask_apart_at_) {
        // Some servers never answer one of the two questions. The other's answer is then taken.
        ask_apart_at_ = clock::time_point::max();
        ask(name_, AF_INET);
        ask(name_, AF_INET6);
    }
    go_on();
}

// --- errors

std::string name_lookup::servers() const {
    std::string text;
    ares_addr_port_node* all = nullptr;
    if (channel_ == nullptr || ares_get_servers_ports(channel_, &all) != ARES_SUCCESS)
        return text;
    for (const auto* each = all; each != nullptr; each = each->next) {
        char address[INET6_ADDRSTRLEN] = {};
        ares_inet_ntop(each->family, &each->addr, address, sizeof address);
        text += (text.empty() ? "" : ", ") + std::string(address);
    }
    ares_free_data(all);
    return text;
}

error name_lookup::failure_of(int status) const {
    boost::system::error_code code = asio::error::no_recovery;
    std::string words = ares_strerror(status);
    std::string advice = "check the host name";
    switch (status) {
    case ARES_ENOTFOUND:
        code = asio::error::host_not_found;
        words = code.message();
        break;
    case ARES_ENODATA:
        code = asio::error::no_data;
        words = "it has no address";
        break;
    case ARES_EBADNAME:
        code = asio::error::invalid_argument;
        words = "it is not a host name";
        break;
    case ARES_ENOMEM:
        code = asio::error::no_memory;
        advice.clear();
        break;
    default:
        // c-ares does not tell a socket that cannot be made from one whose peer refuses.
        if (const auto none = why_no_socket(executor_); none) {
            code = none;
            words = none.message();
            advice = none == asio::error::no_descriptors
                         ? "let this program open more files (ulimit -n)"
                         : "";
            break;
        }
        if (status == ARES_EFILE) {
            advice = "check that /etc/resolv.conf and /etc/hosts can be read";
            break;
        }
        code = asio::error::host_not_found_try_again;
        words = (status == ARES_ETIMEOUT ? "no answer from the name server "
                                         : "no usable answer from the name server ") +
                servers();
        advice = "check the name servers in /etc/resolv.conf";
    }
    return failed(words).with(code).with_advice(advice);
}

error name_lookup::failed(const std::string& why) const {
    return {errc::resolve_failed, "cannot resolve '" + name_ + "': " + why};
}

} // namespace cocql::io
