#include "io/name_server.hpp"

#include "core/base/big_endian.hpp"
#include "run.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

namespace cocql::tests {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;

namespace {

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
using packet = std::vector<std::byte>;

// RFC 1035, section 4.1.
constexpr std::size_t header_size = 12;
constexpr std::size_t longest_udp = 512;
constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_aaaa = 28;
constexpr std::uint16_t is_answer = 0x8580; // with authority, and recursion as wished
constexpr std::uint16_t is_truncated = 0x0200;
constexpr std::uint16_t server_failed = 2;
constexpr std::uint16_t name_unknown = 3;

void append(packet& to, std::uint16_t number) {
    to.resize(to.size() + 2);
    base::store_big_endian(to.data() + to.size() - 2, number);
}

/// A question and where it ends.
std::optional<std::pair<name_question, std::size_t>> read_question(std::span<const std::byte> in) {
    name_question question;
    std::size_t at = header_size;
    while (at < in.size() && in[at] != std::byte{0}) {
        const auto length = static_cast<std::size_t>(in[at]);
        if (at + 1 + length > in.size())
            return std::nullopt;
        if (!question.name.empty())
            question.name += '.';
        for (const auto each : in.subspan(at + 1, length))
            question.name += static_cast<char>(std::tolower(static_cast<int>(each)));
        at += 1 + length;
    }
    if (at + 5 > in.size())
        return std::nullopt;
    question.for_ipv6 = base::load_big_endian<std::uint16_t>(in.data() + at + 1) == type_aaaa;
    return std::pair(question, at + 5);
}

void append_address(packet& to, const asio::ip::address& address) {
    append(to, 0xc00c); // the question's name
    append(to, address.is_v6() ? type_aaaa : type_a);
    append(to, 1); // internet
    append(to, 0);
    append(to, 60); // seconds to live
    append(to, address.is_v6() ? 16 : 4);
    const auto put = [&to](const auto& bytes) {
        for (const auto byte : bytes)
            to.push_back(std::byte{byte});
    };
    if (address.is_v6())
        put(address.to_v6().to_bytes());
    else
        put(address.to_v4().to_bytes());
}

} // namespace

class name_server::state {
  public:
    state(asio::io_context& context, const char* address)
        : context(context), address(address), packets(context), acceptor(context) {
        // One port for both, which only trying finds.
        for (bool free = false; !free;) {
            const auto where = asio::ip::make_address(address);
            acceptor = tcp::acceptor(context, tcp::endpoint(where, 0));
            port = acceptor.local_endpoint().port();
            packets = udp::socket(context, where.is_v6() ? udp::v6() : udp::v4());
            boost::system::error_code taken;
            packets.bind(udp::endpoint(where, port), taken);
            free = !taken;
        }
    }

    /// The answer to a packet; nothing for none, an empty one for the end of a connection.
    std::optional<packet> answer(std::span<const std::byte> in, bool over_tcp) {
        const auto read = read_question(in);
        if (!read)
            return std::nullopt;
        auto [question, end] = *read;
        question.over_tcp = over_tcp;
        asked.push_back(question.to_string());
        const auto how = reply_by ? reply_by(question) : reply::answer;
        if (how == reply::nothing || (how == reply::disconnect && !over_tcp))
            return std::nullopt;
        if (how == reply::disconnect)
            return packet();
        packet out(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(end));
        if (how == reply::garbage)
            return packet(out.begin(), out.begin() + 7);
        std::uint16_t flags = is_answer;
        std::uint16_t count = 0;
        const auto found = names.find(question.name);
        if (how == reply::servfail) {
            flags |= server_failed;
        } else if (how == reply::truncated && !over_tcp) {
            flags |= is_truncated;
        } else if (found == names.end()) {
            flags |= name_unknown;
        } else {
            for (const auto& text : found->second) {
                const auto address = asio::ip::make_address(text);
                if (address.is_v6() != question.for_ipv6)
                    continue;
                const auto before = out.size();
                append_address(out, address);
                if (!over_tcp && out.size() > longest_udp) {
                    out.resize(before);
                    flags |= is_truncated;
                    break;
                }
                ++count;
            }
        }
        if (how == reply::other_id)
            out[0] ^= std::byte{0xff};
        base::store_big_endian(out.data() + 2, flags);
        base::store_big_endian<std::uint16_t>(out.data() + 4, 1);
        base::store_big_endian(out.data() + 6, count);
        base::store_big_endian<std::uint32_t>(out.data() + 8, 0);
        return out;
    }

    void when_released(std::function<void()> send) {
        if (held)
            kept_back.push_back(std::move(send));
        else
            send();
    }

    static asio::awaitable<void> serve_udp(std::shared_ptr<state> self) {
        packet room(4096);
        udp::endpoint from;
        for (;;) {
            auto [ended, count] =
                co_await self->packets.async_receive_from(asio::buffer(room), from, tuple);
            if (ended)
                co_return;
            auto made = self->answer(std::span(room).first(count), false);
            if (!made)
                continue;
            auto send = [self, from, out = std::move(*made)] {
                boost::system::error_code gone;
                self->packets.send_to(asio::buffer(out), from, 0, gone);
            };
            self->when_released(std::move(send));
        }
    }

    static asio::awaitable<void> serve_tcp(std::shared_ptr<state> self) {
        for (;;) {
            auto [ended, socket] = co_await self->acceptor.async_accept(tuple);
            if (ended)
                co_return;
            auto shared = std::make_shared<tcp::socket>(std::move(socket));
            self->sockets.insert(shared);
            start(self->context, converse(self, shared));
        }
    }

    static asio::awaitable<void> converse(std::shared_ptr<state> self,
                                          std::shared_ptr<tcp::socket> socket) {
        for (;;) {
            std::array<std::byte, 2> length{};
            auto [ended, count] = co_await asio::async_read(*socket, asio::buffer(length), tuple);
            if (ended)
                break;
            packet in(base::load_big_endian<std::uint16_t>(length.data()));
            auto [cut, got] = co_await asio::async_read(*socket, asio::buffer(in), tuple);
            if (cut)
                break;
            auto made = self->answer(in, true);
            if (!made)
                continue;
            if (made->empty())
                break;
            packet out;
            append(out, static_cast<std::uint16_t>(made->size()));
            out.insert(out.end(), made->begin(), made->end());
            auto send = [socket, out = std::move(out)] {
                boost::system::error_code gone;
                asio::write(*socket, asio::buffer(out), gone);
            };
            self->when_released(std::move(send));
        }
        boost::system::error_code ignored;
        socket->close(ignored);
        self->sockets.erase(socket);
    }

    void stop() {
        boost::system::error_code ignored;
        packets.close(ignored);
        acceptor.close(ignored);
        for (const auto& each : sockets)
            each->close(ignored);
        kept_back.clear();
    }

    asio::io_context& context;
    const std::string address;
    udp::socket packets;
    tcp::acceptor acceptor;
    std::uint16_t port = 0;
    std::set<std::shared_ptr<tcp::socket>> sockets;
    std::map<std::string, std::vector<std::string>> names;
    std::function<reply(const name_question&)> reply_by;
    bool held = false;
    std::vector<std::function<void()>> kept_back;
    std::vector<std::string> asked;
};

name_server::name_server(asio::io_context& context, const char* address)
    : state_(std::make_shared<state>(context, address)) {
    start(context, state::serve_udp(state_));
    start(context, state::serve_tcp(state_));
}

name_server::~name_server() {
    stop();
}

std::string name_server::where() const {
    return state_->address + ":" + std::to_string(state_->port);
}

io::resolver_settings name_server::settings() const {
    io::resolver_settings settings;
    settings.servers = where();
    settings.configuration_file = "/dev/null";
    settings.patience = std::chrono::milliseconds(50);
    return settings;
}

void name_server::set(const std::string& name, std::vector<std::string> addresses) {
    state_->names[name] = std::move(addresses);
}

void name_server::reply_by(std::function<reply(const name_question&)> how) {
    state_->reply_by = std::move(how);
}

void name_server::hold() {
    state_->held = true;
}

void name_server::release() {
    state_->held = false;
    for (const auto& send : std::exchange(state_->kept_back, {}))
        send();
}

const std::vector<std::string>& name_server::asked() const {
    return state_->asked;
}

void name_server::stop() {
    state_->stop();
}

} // namespace cocql::tests
