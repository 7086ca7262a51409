// Plays the database to the examples when they run as tests: a scripted cluster with some tables
// that keep what is written to them, and which fails when it is told to. For what it prints and
// how it is told see example_server.py.

#include "../foreign/until_input_ends.hpp"

#include <cocql/testing/scripted_cluster.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace cocql;
using namespace std::chrono_literals;
using testing::node_reply;
using testing::node_request;
using enum data_type::kind;

/// RESULT/Void.
node_reply done() {
    return {opcode::result, {std::byte{}, std::byte{}, std::byte{}, std::byte{1}}};
}

node_reply failed(server_error_code code, const std::string& message,
                  decltype(server_error::details) details = {}) {
    server_error said;
    said.code = code;
    said.message = message;
    said.details = std::move(details);
    return testing::error_of(std::move(said));
}

std::string bytes_of(const node_request& request, std::size_t which) {
    std::string bytes;
    if (const auto& cell = request.values[which])
        for (const auto each : *cell)
            bytes += static_cast<char>(each);
    return bytes;
}

std::int64_t number_of(const node_request& request, std::size_t which) {
    std::uint64_t number = 0;
    for (const auto each : bytes_of(request, which))
        number = number << 8 | static_cast<unsigned char>(each);
    return static_cast<std::int64_t>(number);
}

value uuid_of(const std::string& bytes) {
    if (bytes.empty())
        return value();
    cocql::uuid id;
    for (std::size_t i = 0; i < id.bytes.size(); ++i)
        id.bytes[i] = static_cast<std::byte>(bytes.at(i));
    return value(id);
}

/// A statement that the database knows.
struct known_statement {
    std::vector<column> markers;
    std::vector<column> columns; ///< of the rows that it is answered with
    std::size_t key = 0;         ///< which marker is the partition key
    std::function<node_reply(const node_request&)> carry_out;
    int carried_out = 0;
};

class example_tables {
  public:
    example_tables(testing::scripted_cluster& cluster, boost::asio::io_context& context,
                   std::vector<std::string> faults)
        : cluster_(cluster), context_(context), faults_(std::move(faults)) {
        know_texts();
        know_accounts();
        know_journal();
        know_ledgers();
        for (const auto* each : {&cluster.nodes, &cluster.by_source})
            for (const auto& node : *each)
                serve(node->options());
        cluster.answer = [this](int node, const node_request& request) {
            return std::optional(answer(node, request));
        };
    }

    void report() const {
        for (const auto& [cql, known] : statements_)
            if (known.carried_out != 0)
                std::cout << "carried out " << known.carried_out << " of " << cql << '\n';
        for (const auto& [key, text] : texts_)
            std::cout << "text " << key << " = " << text << '\n';
        for (const auto& [id, account] : accounts_)
            std::cout << "account " << id << " = " << account.balance << '\n';
        std::map<std::int64_t, int> of_ledgers;
        for (const auto& [hash, ledger] : objects_)
            ++of_ledgers[ledger];
        for (const auto& [ledger, objects] : of_ledgers)
            std::cout << "ledger " << ledger << " has " << objects << " objects\n";
        for (const auto& [ledger, objects] : ledgers_)
            std::cout << "ledger " << ledger << " is said to have " << objects << " objects\n";
        std::cout << "faults left " << faults_.size() - next_fault_ << std::endl;
    }

  private:
    struct account {
        std::int64_t balance = 0;
        std::string last_change;
    };

    /// What is no statement of ours is one of the server's own tables.
    void serve(testing::node_options& node) {
        node.parameters = [this, of_system = node.parameters](const std::string& cql) {
            const auto found = statements_.find(cql);
            return found != statements_.end() ? found->second.markers : of_system(cql);
        };
        node.prepared_columns_of = [this,
                                    of_system = node.prepared_columns_of](const std::string& cql) {
            const auto found = statements_.find(cql);
            return found != statements_.end() ? found->second.columns : of_system(cql);
        };
        node.partition_key = [this](const std::string& cql) {
            const auto found = statements_.find(cql);
            return found == statements_.end()
                       ? std::vector<std::uint16_t>()
                       : std::vector<std::uint16_t>(1,
                                                    static_cast<std::uint16_t>(found->second.key));
        };
        node.delay = [this](const std::string&) { return std::exchange(delay_, 0ms); };
    }

    node_reply answer(int node, const node_request& request) {
        const auto found = statements_.find(request.cql);
        if (found == statements_.end() || request.values.size() != found->second.markers.size())
            return failed(server_error_code::invalid, "the example server does not know this");
        auto& known = found->second;
        const auto fault = fault_of(bytes_of(request, known.key));
        const std::string written_as =
            request.cql.find(" IF ") != std::string::npos ? "CAS" : "SIMPLE";
        const auto late = [&] {
            return failed(server_error_code::write_timeout, "replicas took too long",
                          write_timeout_details{request.consistency, 1, 2, written_as, {}});
        };
        if (fault == "overloaded")
            return failed(server_error_code::overloaded, "too many requests");
        if (fault == "unavailable")
            return failed(server_error_code::unavailable, "not enough replicas",
                          unavailable_details{request.consistency, 2, 1});
        if (fault == "refused")
            return failed(server_error_code::unauthorized, "only reading is allowed here");
        if (fault == "lost")
            return late();
        if (fault == "silent")
            delay_ = 1h;
        if (fault == "dropped" || fault == "cut") {
            delay_ = 1h;
            boost::asio::post(context_, [this, node] {
                cluster_.node(node).drop_connections();
                cluster_.by_source[static_cast<std::size_t>(node - 1)]->drop_connections();
            });
        }
        if (fault == "cut")
            return done();
        if (fault == "late")
            delay_ = 300ms;
        ++known.carried_out;
        auto reply = known.carry_out(request);
        if (fault == "overtaken")
            for (auto& [id, one] : accounts_)
                ++one.last_change.back();
        return fault == "write_timeout" || fault == "overtaken" ? late() : reply;
    }

    std::string fault_of(const std::string& key) {
        for (const std::string each : {"overloaded", "unavailable", "refused", "lost", "silent",
                                       "dropped", "cut", "late", "write_timeout"})
            if (key.starts_with(each + "-"))
                return each;
        return next_fault_ < faults_.size() ? faults_[next_fault_++] : "fine";
    }

    void know_texts() {
        const column k{"app", "t", "k", text};
        const column v{"app", "t", "v", text};
        statements_["SELECT v FROM app.t WHERE k = ?"] = {
            {k}, {v}, 0, [this, v](const node_request& request) {
                const auto found = texts_.find(bytes_of(request, 0));
                if (found == texts_.end())
                    return testing::rows_of({v}, {});
                return testing::rows_of({v}, {{value(found->second)}});
            }};
        statements_["INSERT INTO app.t (k, v) VALUES (?, ?)"] = {
            {k, v}, {}, 0, [this](const node_request& request) {
                texts_[bytes_of(request, 0)] = bytes_of(request, 1);
                return done();
            }};
    }

    void know_accounts() {
        const column id{"app", "accounts", "id", text};
        const column balance{"app", "accounts", "balance", bigint};
        const column change{"app", "accounts", "last_change", data_type::kind::uuid};
        statements_["SELECT balance, last_change FROM app.accounts WHERE id = ?"] = {
            {id}, {balance, change}, 0, [this, balance, change](const node_request& request) {
                // Anything else does not see what a conditional update has left half-done.
                if (!is_serial(request.consistency))
                    return failed(server_error_code::invalid, "an account is read at SERIAL");
                const auto found = accounts_.find(bytes_of(request, 0));
                if (found == accounts_.end())
                    return testing::rows_of({balance, change}, {});
                const auto& [sum, last] = found->second;
                return testing::rows_of({balance, change}, {{value(sum), uuid_of(last)}});
            }};
        const column applied{"app", "accounts", "[applied]", boolean};
        statements_["UPDATE app.accounts SET balance = ?, last_change = ? WHERE id = ? "
                    "IF last_change = ?"] = {
            {balance, change, id, change},
            {applied, change},
            2,
            [this, applied, change](const node_request& request) {
                const auto key = bytes_of(request, 2);
                const auto before = accounts_[key];
                const bool fits = before.last_change == bytes_of(request, 3);
                if (fits)
                    accounts_[key] = {number_of(request, 0), bytes_of(request, 1)};
                return testing::rows_of({applied, change},
                                        {{value(fits), uuid_of(before.last_change)}});
            }};
    }

    void know_journal() {
        const column day{"app", "journal", "day", text};
        const column number{"app", "journal", "number", int_};
        const column what{"app", "journal", "what", text};
        statements_["SELECT number, what FROM app.journal WHERE day = ?"] = {
            {day}, {number, what}, 0, [number, what](const node_request& request) {
                constexpr int all = 1000;
                if (request.paging_state.size() > 2)
                    return failed(server_error_code::invalid, "Invalid value for the paging state");
                int from = 0;
                for (const auto each : request.paging_state)
                    from = from << 8 | std::to_integer<int>(each);
                const auto end = std::min(all, from + request.page_size.value_or(all));
                std::vector<std::vector<value>> rows;
                for (int i = from; i < end; ++i)
                    rows.push_back({value(i), value("event " + std::to_string(i))});
                const auto reply = testing::rows_of({number, what}, rows);
                if (end == all)
                    return reply;
                const std::vector<std::byte> state{std::byte(end >> 8), std::byte(end & 0xff)};
                return testing::with_more(reply, state);
            }};
    }

    void know_ledgers() {
        const column sequence{"app", "objects", "ledger", bigint};
        statements_["INSERT INTO app.objects (hash, ledger, object) VALUES (?, ?, ?)"] = {
            {{"app", "objects", "hash", blob}, sequence, {"app", "objects", "object", blob}},
            {},
            0,
            [this](const node_request& request) {
                objects_[bytes_of(request, 0)] = number_of(request, 1);
                return done();
            }};
        statements_["INSERT INTO app.ledgers (sequence, objects) VALUES (?, ?)"] = {
            {{"app", "ledgers", "sequence", bigint}, {"app", "ledgers", "objects", bigint}},
            {},
            0,
            [this](const node_request& request) {
                ledgers_[number_of(request, 0)] = number_of(request, 1);
                return done();
            }};
    }

    testing::scripted_cluster& cluster_;
    boost::asio::io_context& context_;
    std::vector<std::string> faults_;
    std::size_t next_fault_ = 0;
    std::chrono::milliseconds delay_{0}; ///< of the answer that is on its way to be sent
    std::map<std::string, known_statement> statements_;
    std::map<std::string, std::string> texts_;
    std::map<std::string, account> accounts_;
    std::map<std::string, std::int64_t> objects_; ///< which ledger has them, by their hashes
    std::map<std::int64_t, std::int64_t> ledgers_;
};

void serve(std::vector<std::string> faults) {
    boost::asio::io_context context(1);
    testing::cluster_settings settings;
    settings.size = 3;
    settings.shards = 2;
    testing::scripted_cluster cluster(context, settings);
    // Names that a program which writes them down somewhere has to take care of.
    for (int self = 1; self <= cluster.size(); ++self) {
        std::vector<int> others;
        for (int i = 1; i <= cluster.size(); ++i)
            if (i != self)
                others.push_back(i);
        cluster.tables_of(self).have_nodes(
            self, others, cluster.port, "test cluster", cluster.ring_tokens,
            [](int node) { return "rack \"" + std::to_string(node) + "\" \\ left"; });
    }
    const example_tables tables(cluster, context, std::move(faults));
    std::cout << "listening " << cluster.node(1).where() << std::endl;
    const until_input_ends until_then(context, 250s);
    context.run();
    tables.report();
}

} // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    std::vector<std::string> faults;
    if (count == 2) {
        std::istringstream all(arguments[1]);
        for (std::string fault; std::getline(all, fault, ',');)
            faults.push_back(fault);
    }
    try {
        serve(std::move(faults));
    } catch (const std::exception& thrown) {
        std::cerr << "example_server: " << thrown.what() << '\n';
        return 1;
    }
    return 0;
}
