// Reads a result of any length without holding more than two pages of it, and goes on another time
// where it has left off: after a failure, or when it has read as much as it was to.
//
//     paging HOST:PORT DAY BOOKMARK [PAGES]      rows to standard output; 0: all have been read,
//                                                3: there are more, or 1: a failure
//
// BOOKMARK is a file of the program's own. As long as it is there, the next run goes on from it.
//
// Table: CREATE TABLE app.journal (day text, number int, what text, PRIMARY KEY (day, number))
#include <cocql/as_result.hpp>
#include <cocql/session.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace asio = boost::asio;

namespace {

/// Where a reader of one day has got to. A paging state is the server's own: it goes back as it
/// came, with the same statement and the same values, which the server does not check, and may be
/// of no use after the server was upgraded.
class bookmark {
  public:
    bookmark(std::string path, std::string day) : path_(std::move(path)), day_(std::move(day)) {}

    /// Empty: there is none, and it begins at the beginning.
    std::vector<std::byte> load() const {
        std::ifstream file(path_, std::ios::binary);
        std::string day;
        if (std::getline(file, day) && day != day_)
            throw std::invalid_argument(path_ + " is the bookmark of another day");
        const std::string kept{std::istreambuf_iterator<char>(file), {}};
        const auto bytes = std::as_bytes(std::span(kept));
        return {bytes.begin(), bytes.end()};
    }

    /// All of it or nothing: a program that ends in the middle leaves the one from before.
    void save(std::span<const std::byte> state) const {
        const auto beside = path_ + ".new";
        std::ofstream file(beside, std::ios::binary | std::ios::trunc);
        file << day_ << '\n';
        for (const auto each : state)
            file.put(static_cast<char>(each));
        file.close();
        if (!file)
            throw std::runtime_error(beside + " cannot be written");
        std::filesystem::rename(beside, path_);
    }

    /// Behind the last page there is no state, and an empty one would mean the beginning.
    void remove() const { std::filesystem::remove(path_); }

  private:
    std::string path_;
    std::string day_;
};

/// Whether there are more.
asio::awaitable<bool> read(cocql::session session, std::string day, const bookmark& mark,
                           std::uint64_t pages) {
    const auto find =
        co_await session.prepare("SELECT number, what FROM app.journal WHERE day = ?");
    // The smaller a page, the more often it is asked; the longer, the more is held and read again
    // after a failure. Reads are repeated when a connection ends.
    const auto how =
        cocql::statement_options().page_size(100).idempotent().paging_state(mark.load());
    auto pager = session.pages(find, how, day);
    for (std::uint64_t i = 0; i < pages; ++i) {
        // While this page is written the next one is on its way.
        const auto page = co_await pager.next();
        if (!page)
            break;
        // Cells may be null, and a type that cannot be throws there.
        for (const auto [number, what] :
             page->rows<std::int32_t, std::optional<std::string_view>>())
            std::cout << number << ' ' << what.value_or("-") << '\n';
        // First the rows, then the mark: what is in between when the program ends is written twice,
        // and nothing is left out.
        if (!std::cout.flush())
            throw std::runtime_error("standard output cannot be written");
        if (!page->has_more_pages()) {
            mark.remove();
            co_return false;
        }
        mark.save(page->paging_state());
    }
    co_return true;
}

asio::awaitable<int> run(std::string node, std::string day, bookmark mark, std::uint64_t pages) {
    auto session = co_await cocql::connect(cocql::options(node));
    const auto more = co_await cocql::as_result(read(session, day, mark, pages));
    co_await session.close();
    if (!more) {
        std::cerr << more.error().what() << '\n';
        const auto* const told = more.error().server();
        const bool is_bookmark = told != nullptr && !mark.load().empty() &&
                                 (told->code == cocql::server_error_code::protocol_error ||
                                  told->code == cocql::server_error_code::invalid);
        std::cerr << (is_bookmark
                          ? "is the bookmark of something else? Without it all is read anew\n"
                          : "the next run goes on from here\n");
        co_return 1;
    }
    co_return *more ? 3 : 0;
}

} // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    try {
        if (count < 4 || count > 5)
            throw std::invalid_argument("usage: paging HOST:PORT DAY BOOKMARK [PAGES]");
        const auto pages =
            count == 5 ? std::stoull(arguments[4]) : std::numeric_limits<std::uint64_t>::max();
        asio::io_context context(1);
        auto done = asio::co_spawn(
            context, run(arguments[1], arguments[2], bookmark(arguments[3], arguments[2]), pages),
            asio::use_future);
        context.run();
        return done.get();
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
}
