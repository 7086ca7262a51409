// Writes ledgers as a ledger server does: many small objects, each under its own hash, as fast as
// the database takes them, and a ledger's own row when all of its objects are there. Nothing may be
// lost.
//
//     ledger_writer HOST:PORT LEDGERS OBJECTS [OUTSTANDING [FIRST_WAIT_MS [MOST_FAILURES]]]
//
// Tables: CREATE TABLE app.objects (hash blob PRIMARY KEY, ledger bigint, object blob)
//         CREATE TABLE app.ledgers (sequence bigint PRIMARY KEY, objects bigint)
#include "back_off.hpp"
#include "idempotent_writer.hpp"

#include <cocql/as_result.hpp>
#include <cocql/session.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;

namespace {

struct settings {
    std::string node;
    std::int64_t ledgers = 0;
    std::int64_t objects = 0;
    std::size_t outstanding = 64;
    std::chrono::milliseconds first_wait{500};
    int most_failures = 100;
};

/// As good as a hash for an example; a ledger server has SHA-512 of the object.
std::vector<std::byte> hash_of(const std::string& object) {
    std::vector<std::byte> hash;
    std::uint64_t mixed = 0xcbf29ce484222325;
    for (int part = 0; part < 4; ++part) {
        for (const char each : object)
            mixed = (mixed ^ static_cast<unsigned char>(each)) * 0x100000001b3;
        for (int shift = 0; shift < 64; shift += 8)
            hash.push_back(static_cast<std::byte>(mixed >> shift & 0xff));
    }
    return hash;
}

asio::awaitable<void> write_ledgers(cocql::session session, idempotent_writer& writer,
                                    settings what) {
    const auto insert =
        co_await session.prepare("INSERT INTO app.objects (hash, ledger, object) VALUES (?, ?, ?)");
    const auto finish =
        co_await session.prepare("INSERT INTO app.ledgers (sequence, objects) VALUES (?, ?)");
    for (std::int64_t sequence = 1; sequence <= what.ledgers; ++sequence) {
        for (std::int64_t i = 0; i < what.objects; ++i) {
            const auto object = "object " + std::to_string(i) + " of " + std::to_string(sequence);
            const auto hash = hash_of(object);
            const auto bytes = std::as_bytes(std::span(object));
            const auto write = insert.bind(hash, sequence, bytes);
            co_await writer.write(write.value());
        }
        // Whoever finds a ledger's row relies on its objects, so that all are there before it.
        co_await writer.drain();
        if (writer.failure())
            co_return;
        const auto write = finish.bind(sequence, what.objects);
        co_await writer.write(write.value());
    }
}

asio::awaitable<int> run(settings what) {
    auto session = co_await cocql::connect(cocql::options(what.node));
    back_off policy(what.first_wait, 10 * what.first_wait, what.most_failures);
    idempotent_writer writer(session, policy, what.outstanding, co_await asio::this_coro::executor);
    const auto done = co_await cocql::as_result(write_ledgers(session, writer, what));
    co_await writer.drain(); // whatever has happened: nothing is left behind
    co_await session.close();
    std::cout << writer.written() << " written, " << writer.acknowledged() << " acknowledged, "
              << writer.repeated() << " times repeated\n";
    if (!done)
        std::cerr << done.error().what() << '\n';
    if (writer.failure())
        std::cerr << "given up: " << writer.failure()->what() << '\n';
    co_return done&& writer.written() == writer.acknowledged() ? 0 : 1;
}

} // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    try {
        settings what;
        if (count < 4 || count > 7)
            throw std::invalid_argument("usage: ledger_writer HOST:PORT LEDGERS OBJECTS "
                                        "[OUTSTANDING [FIRST_WAIT_MS [MOST_FAILURES]]]");
        what.node = arguments[1];
        what.ledgers = std::stol(arguments[2]);
        what.objects = std::stol(arguments[3]);
        if (count > 4)
            what.outstanding = std::stoul(arguments[4]);
        if (what.outstanding == 0)
            throw std::invalid_argument("none outstanding: nothing would ever be written");
        if (count > 5)
            what.first_wait = std::chrono::milliseconds(std::stol(arguments[5]));
        if (count > 6)
            what.most_failures = std::stoi(arguments[6]);
        asio::io_context context(1);
        auto done = asio::co_spawn(context, run(what), asio::use_future);
        context.run();
        return done.get();
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
}
