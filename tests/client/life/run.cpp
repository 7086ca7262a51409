#include "dice.hpp"
#include "ledger.hpp"
#include "life.hpp"
#include "resident_code.hpp"

// What it shares with the other tests has checks in it.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using cocql::tests::dice;
using cocql::tests::ledger;
using cocql::tests::life;
using clock_type = std::chrono::steady_clock;

struct settings {
    std::chrono::seconds time{60};
    std::uint64_t seed = 0;
    std::optional<std::uint64_t> only;
    std::size_t lives = 1;
    std::chrono::milliseconds lateness{50};
};

[[noreturn]] void usage() {
    std::cout << "usage: life [--seconds N] [--seed N] [--life SEED] [--lives N] [--lateness MS]\n"
                 "Lives of connections, decided by chance, N at the same time: one where two\n"
                 "processors are to be in time under a sanitizer, for each has up to ten threads.\n"
                 "--life lives one again, by the seed that a fault names.\n";
    std::exit(2);
}

settings settings_of(int count, char** words) {
    settings made;
    made.seed = std::random_device()();
    for (int i = 1; i < count; i += 2) {
        const std::string_view word = words[i];
        if (i + 1 == count)
            usage();
        const auto number = std::strtoull(words[i + 1], nullptr, 10);
        if (word == "--seconds")
            made.time = std::chrono::seconds(number);
        else if (word == "--seed")
            made.seed = number;
        else if (word == "--life")
            made.only = number;
        else if (word == "--lives" && number > 0)
            made.lives = number;
        else if (word == "--lateness")
            made.lateness = std::chrono::milliseconds(number);
        else
            usage();
    }
    return made;
}

long long milliseconds(clock_type::duration time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

/// Where the machine excuses more than one ending of so many, it was too busy to tell anything.
constexpr std::size_t endings_for_an_excuse = 1'000;

/// Whether so much was excused that nothing is known.
bool was_too_busy(const ledger& book) {
    std::size_t endings = 0;
    for (const auto& [how, count] : book.endings())
        endings += count;
    return book.excused() + book.early() > 1 + endings / endings_for_an_excuse;
}

/// The sum of it.
void report(const ledger& book, std::size_t lives) {
    std::cout << lives << " lives:";
    for (const auto& [how, count] : book.endings())
        std::cout << "\n  " << count << "  " << how;
    std::cout << "\nthe latest ending was " << milliseconds(book.latest())
              << " ms after its deadline; the machine stood still " << book.stops().count()
              << " times, " << milliseconds(book.stops().longest())
              << " ms at the longest; with threads' waits for a processor that excuses "
              << book.excused() << " endings; " << book.early()
              << " ended early because the system's tick was late when they began\n";
}

} // namespace

int main(int count, char** words) {
    const auto wanted = settings_of(count, words);
    std::cout << "seed " << wanted.seed << ", " << wanted.time.count() << " s, " << wanted.lives
              << " lives at a time" << std::endl;
    const auto kept = cocql::tests::keep_code_in_memory() / (1024 * 1024);
    std::cout << kept << " MiB of code are kept in memory" << std::endl;
    ledger book(wanted.lateness);
    if (!book.stops().waiting().are_known())
        std::cout << "this kernel does not say how long threads wait for a processor" << std::endl;
    std::atomic<std::size_t> lived = 0;
    std::atomic<std::size_t> busy = wanted.only ? 1 : wanted.lives;
    const auto until = clock_type::now() + wanted.time;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < (wanted.only ? 1 : wanted.lives); ++i)
        threads.emplace_back([&, i] {
            dice seeds(wanted.seed + i);
            do {
                const auto seed = wanted.only ? *wanted.only : seeds.seed();
                life one(book, seed);
                if (wanted.only)
                    std::cout << one.describe() << std::endl;
                one.live();
                ++lived;
            } while (clock_type::now() < until && book.faults() == 0 &&
                     (!wanted.only || lived < wanted.lives));
            --busy;
        });
    auto told = clock_type::now();
    while (busy != 0) {
        std::this_thread::sleep_for(100ms);
        if (const auto lost = book.lost()) {
            std::cout << "LOST: " << *lost << std::endl;
            std::_Exit(3); // the threads wait for it
        }
        if (clock_type::now() - told < 60s)
            continue;
        told = clock_type::now();
        std::cout << lived << " lives, " << book.faults() << " faults" << std::endl;
    }
    for (auto& thread : threads)
        thread.join();
    report(book, lived);
    if (book.under_way() != 0)
        std::cout << "FAULT: " << book.under_way() << " are under way in no life\n";
    if (was_too_busy(book))
        std::cout << "FAULT: the machine was too busy to say what was late\n";
    const bool good = book.faults() == 0 && book.under_way() == 0 && !was_too_busy(book);
    std::cout << (good ? "nothing wrong\n" : "seed " + std::to_string(wanted.seed) + "\n");
    return good ? 0 : 1;
}
