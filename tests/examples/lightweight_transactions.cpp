// Money that is put into accounts, by a compare-and-set that may fail in three ways: somebody else
// was quicker, it was not carried out, or nobody knows.
//
//     lightweight_transactions HOST:PORT ACCOUNT AMOUNT
//
// says the balance and ends with 0; with 1: it was not paid in; with 3: it is not known whether it
// was.
//
// Table: CREATE TABLE app.accounts (id text PRIMARY KEY, balance bigint, last_change uuid)
#include <cocql/as_result.hpp>
#include <cocql/failure_kind.hpp>
#include <cocql/make_uuid.hpp>
#include <cocql/session.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

struct account {
    std::int64_t balance = 0;
    std::optional<cocql::uuid> last_change; ///< nothing: there is no such account yet
};

/// Whether nobody knows if a conditional update was, or will yet be, carried out. A server that
/// refuses it as it is has not begun. All else, even that too few replicas are alive, may be found
/// out when some have accepted it, and whoever comes next then finishes it. (The write type of a
/// time-out says how far it got: CAS while they decide; SIMPLE when they have, and write it down.)
bool is_unknown(const cocql::error& why) {
    if (why.outcome() == cocql::request_outcome::answered)
        return kind_of(why) != cocql::failure_kind::refused;
    return why.outcome() == cocql::request_outcome::maybe_executed;
}

class accounts {
  public:
    explicit accounts(cocql::session session) : session_(std::move(session)) {}

    asio::awaitable<void> prepare() {
        find_ =
            co_await session_.prepare("SELECT balance, last_change FROM app.accounts WHERE id = ?");
        // The condition is on who has changed it last, not on the balance: two changes may lead to
        // the same balance, but a change's id comes never again. So an update that is sent twice is
        // carried out once, and it can be recognised afterwards. `= null` is true of a row that
        // there is not.
        change_ = co_await session_.prepare(
            "UPDATE app.accounts SET balance = ?, last_change = ? WHERE id = ? IF last_change = ?");
    }

    /// At SERIAL: it sees all that has been decided, and finishes what was left half-done. A read
    /// at QUORUM may miss an update that another program has been told of.
    asio::awaitable<account> find(std::string id) {
        const auto how =
            cocql::statement_options().consistency(cocql::consistency::serial).idempotent();
        const auto page = co_await session_.execute(find_, how, id);
        account found;
        for (const auto [balance, last_change] :
             page.rows<std::optional<std::int64_t>, std::optional<cocql::uuid>>()) {
            found.balance = balance.value_or(0);
            found.last_change = last_change;
        }
        co_return found;
    }

    /// The balance after it. Throws what was in the way when nothing has been paid in, and will not
    /// be; gives nothing when that cannot be found out.
    asio::awaitable<std::optional<std::int64_t>> pay_in(std::string id, std::int64_t amount) {
        const auto mine = cocql::random_uuid();
        // Two levels: of the rounds that decide, and of the write that follows. Not idempotent(): a
        // session that repeats it by itself gets "not applied" where the first one was.
        const auto how = cocql::statement_options()
                             .consistency(cocql::consistency::quorum)
                             .serial_consistency(cocql::consistency::serial)
                             .timeout(1s);
        auto before = co_await find(id);
        bool in_doubt = false;   // whether an attempt may have been carried out
        bool on_its_way = false; // or may yet be, by a server that has not answered
        const auto give_up = [&](const cocql::error& why) -> std::optional<std::int64_t> {
            if (!in_doubt)
                throw why;
            std::cerr << why.what() << '\n';
            return std::nullopt;
        };
        for (int attempt = 1; attempt <= 20; ++attempt) {
            const auto after = before.balance + amount;
            const auto answer = co_await cocql::as_result(
                session_.execute(change_, how, after, mine, id, before.last_change));
            if (answer && answer->was_applied())
                co_return after;
            const bool unknown = !answer && is_unknown(answer.error());
            if (!answer && !unknown)
                co_return give_up(answer.error());
            if (unknown)
                std::cerr << "unknown, so it is looked for: " << answer.error().what() << '\n';
            in_doubt = in_doubt || unknown;
            on_its_way = on_its_way || (unknown && answer.error().outcome() ==
                                                       cocql::request_outcome::maybe_executed);
            const auto now = co_await cocql::as_result(find(id));
            if (!now)
                co_return give_up(now.error());
            if (now->last_change == mine)
                co_return now->balance;
            // Somebody has been here since, after ours or in its place: the row does not tell. Who
            // has to know inserts each change's id as a row of the same partition, in one batch
            // with the update, and looks for that.
            if (in_doubt && now->last_change != before.last_change)
                co_return std::nullopt;
            // The read is a decision, too: what a server has answered, and the read does not see,
            // will not be carried out any more. What nobody has answered may still come: before
            // this next attempt, which then finds that it is the last change, or behind it, and
            // then its condition is not met.
            in_doubt = on_its_way;
            before = *now;
        }
        co_return give_up(cocql::error(cocql::errc::timed_out, "others were quicker 20 times"));
    }

  private:
    cocql::session session_;
    cocql::prepared_statement find_;
    cocql::prepared_statement change_;
};

asio::awaitable<int> run(std::string node, std::string id, std::int64_t amount) {
    auto session = co_await cocql::connect(cocql::options(node));
    accounts book(session);
    co_await book.prepare();
    const auto balance = co_await book.pay_in(id, amount);
    co_await session.close();
    if (balance)
        std::cout << id << " has " << *balance << '\n';
    else
        std::cout << "it is not known whether " << id << " has got it\n";
    co_return balance ? 0 : 3;
}

} // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    try {
        if (count != 4)
            throw std::invalid_argument("usage: lightweight_transactions HOST:PORT ACCOUNT AMOUNT");
        asio::io_context context(1);
        auto done = asio::co_spawn(
            context, run(arguments[1], arguments[2], std::stol(arguments[3])), asio::use_future);
        context.run();
        return done.get();
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
}
