// Serves a scripted cluster for the tests of cocqlsh, which tell it what to do: see cluster.py.

#include <cocql/testing/scripted_cluster.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <istream>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

using namespace cocql;
using testing::scripted_cluster;
using testing::scripted_node;

int usage() {
    std::cerr << "usage: play_cluster NODES SHARDS plain|tls SECONDS\n"
                 "Listens at 127.0.0.1 and so on; no shards: Cassandra. Says the port on standard "
                 "output, and then\n"
                 "does what the lines of standard input say, until that or the time ends, and "
                 "answers each with one.\n"
                 "TLS: with the certificate in the folder $COCQL_TEST_CERTIFICATES.\n";
    return 2;
}

std::optional<int> number(std::string_view text, int least) {
    int value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value < least)
        return std::nullopt;
    return value;
}

/// What the shell asks each node of.
constexpr std::string_view question = "SELECT key FROM system.local";
constexpr std::string_view question_of_version = "SELECT version FROM system.versions";

/// The cluster, and what can be done to it.
class player {
  public:
    player(boost::asio::io_context& context, const testing::cluster_settings& settings)
        : context_(context), cluster_(context, settings) {
        cluster_.ring_size = settings.size;
        cluster_.know_all();
        for (int i = 1; i <= settings.size; ++i)
            answer_for(i);
    }

    std::uint16_t port() const { return cluster_.port; }

    /// The answer to a line; nothing for one that is not understood.
    std::optional<std::string> obey(const std::string& line) {
        std::istringstream words(line);
        std::string command;
        std::string rest;
        words >> command >> std::ws;
        std::getline(words, rest);
        if (command == "login")
            return login(rest);
        if (command == "stranger")
            return stranger();
        if (command == "racks")
            return racks(rest);
        if (command == "version") {
            version_ = rest;
            return "ok";
        }
        std::istringstream of_node(rest);
        int which = 0;
        std::string text;
        of_node >> which >> std::ws;
        std::getline(of_node, text);
        if (which < 1 || which > cluster_.size())
            return std::nullopt;
        return obey(command, which, text);
    }

  private:
    std::optional<std::string> obey(const std::string& command, int which,
                                    const std::string& text) {
        if (command == "asked")
            return total(which, [](const scripted_node& port) {
                return static_cast<std::size_t>(std::ranges::count(port.statements(), question));
            });
        if (command == "schema")
            return total(which, [](const scripted_node& port) {
                return static_cast<std::size_t>(
                    std::ranges::count_if(port.statements(), [](const std::string& cql) {
                        return cql.find(" system_schema.") != cql.npos;
                    }));
            });
        if (command == "accepted")
            return total(which, [](const scripted_node& port) { return port.accepted(); });
        if (command == "connections")
            return total(which, [](const scripted_node& port) {
                return port.shards_of_connections().size();
            });
        if (command == "refuse")
            refusals_[which] = text;
        else if (command == "start")
            start(which);
        else
            for (auto* each : ports_of(which))
                if (!obey(command, **each))
                    return std::nullopt;
        return "ok";
    }
    static bool obey(const std::string& command, scripted_node& port) {
        if (command == "stop")
            port.stop();
        else if (command == "mute")
            port.options().silent_statement = question;
        else if (command == "deaf") // to connections that come
            port.options().silent = testing::silence::at_startup;
        else if (command == "hear")
            port.options().silent = testing::silence::never;
        else
            return false;
        return true;
    }

    /// ScyllaDB has two for each node.
    std::vector<std::unique_ptr<scripted_node>*> ports_of(int which) {
        std::vector<std::unique_ptr<scripted_node>*> all;
        for (auto* each : {&cluster_.nodes, &cluster_.by_source})
            if (!each->empty())
                all.push_back(&(*each)[static_cast<std::size_t>(which - 1)]);
        return all;
    }
    template <class Count>
    std::string total(int which, Count count) {
        std::size_t all = 0;
        for (auto* each : ports_of(which))
            all += count(**each);
        return std::to_string(all);
    }

    void answer_for(int which) {
        for (auto* each : ports_of(which)) {
            auto& options = (*each)->options();
            options.answer_request = [this, which, before = options.answer_request](
                                         const testing::node_request& request) {
                return answer(which, request, before);
            };
        }
    }
    std::optional<testing::node_reply>
    answer(int which, const testing::node_request& request,
           const std::function<std::optional<testing::node_reply>(const testing::node_request&)>&
               before) const {
        if (request.cql == question && refusals_.contains(which))
            return testing::error_of(
                server_error{server_error_code::server_error, refusals_.at(which), {}});
        if (request.cql.starts_with(question_of_version) && !version_.empty())
            return testing::rows_of({{"system", "versions", "version", data_type::kind::text}},
                                    {{value(version_)}});
        return before(request);
    }

    std::string login(const std::string& rest) {
        const auto blank = rest.find(' ');
        for (int i = 1; i <= cluster_.size(); ++i)
            for (auto* each : ports_of(i)) {
                (*each)->options().user = rest.substr(0, blank);
                (*each)->options().secret = rest.substr(blank + 1);
            }
        return "ok";
    }
    std::string racks(const std::string& name) {
        for (int self = 1; self <= cluster_.size(); ++self) {
            std::vector<int> others;
            for (int i = 1; i <= cluster_.size(); ++i)
                if (i != self)
                    others.push_back(i);
            cluster_.tables_of(self).have_nodes(self, others, cluster_.port, name,
                                                cluster_.ring_tokens, [&](int) { return name; });
        }
        return "ok";
    }
    /// Each node has heard of another one, and not of what it is.
    std::string stranger() {
        for (int i = 1; i <= cluster_.size(); ++i)
            for (const auto* name : {"system.peers", "system.peers_v2"})
                cluster_.tables_of(i).at(name).add({{"peer", testing::cluster_tables::address(9)}});
        return "ok";
    }
    void start(int which) {
        for (auto* each : ports_of(which)) {
            auto options = (*each)->options();
            options.port = (*each)->port();
            *each = std::make_unique<scripted_node>(context_, options);
        }
    }

    boost::asio::io_context& context_;
    scripted_cluster cluster_;
    std::map<int, std::string> refusals_;
    std::string version_;
};

/// Reads what is to be done; ends the run when that ends, or the time is up.
class commands {
  public:
    commands(boost::asio::io_context& context, player& obeys, std::chrono::seconds limit)
        : context_(context),
          obeys_(obeys),
          input_(context, ::dup(STDIN_FILENO)),
          timer_(context, limit) {
        timer_.async_wait([this](boost::system::error_code) { context_.stop(); });
        read();
    }

  private:
    void read() {
        boost::asio::async_read_until(
            input_, read_, '\n', [this](boost::system::error_code ended, std::size_t) {
                if (ended)
                    return context_.stop();
                std::istream lines(&read_);
                std::string line;
                std::getline(lines, line);
                std::cout << obeys_.obey(line).value_or("not understood: " + line) << std::endl;
                read();
            });
    }

    boost::asio::io_context& context_;
    player& obeys_;
    boost::asio::posix::stream_descriptor input_;
    boost::asio::steady_timer timer_;
    boost::asio::streambuf read_;
};

} // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    if (count != 5)
        return usage();
    const auto nodes = number(arguments[1], 1);
    const auto shards = number(arguments[2], 0);
    const std::string_view how = arguments[3];
    const auto seconds = number(arguments[4], 1);
    const char* certificates = std::getenv("COCQL_TEST_CERTIFICATES");
    if (!nodes || *nodes > 9 || !shards || !seconds || (how != "plain" && how != "tls") ||
        (how == "tls" && certificates == nullptr))
        return usage();
    testing::cluster_settings settings;
    settings.size = *nodes;
    settings.shards = static_cast<std::uint32_t>(*shards);
    settings.racks = *nodes;
    if (how == "tls") {
        const std::string folder = certificates;
        settings.tls.emplace(folder + "/node.pem", folder + "/node.key");
    }
    try {
        boost::asio::io_context context(1);
        player plays(context, settings);
        std::cout << plays.port() << std::endl;
        const commands until_they_end(context, plays, std::chrono::seconds(*seconds));
        context.run();
    } catch (const std::exception& thrown) {
        std::cerr << "play_cluster: " << thrown.what() << "\n";
        return 1;
    }
    return 0;
}
