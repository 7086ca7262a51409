#include "node.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace cocql;
using namespace cocql::tests;
using testing::cut;
using testing::node_fault;

// The network and the node fail at every place: the relay counts what is on the wire, the
// handshake's records too; the node counts its answers.

namespace {

const std::string user = "user";
const std::string secret = "secret";

testing::node_options talkative() {
    testing::node_options options;
    options.user = user;
    options.secret = secret;
    options.answer = [](const std::string& cql) { return testing::rows_of({cql}); };
    return options;
}

/// Short where deadlines are what is to end everything. Where something else is, they must not come
/// first, however busy the machine is.
struct limits {
    std::chrono::milliseconds connect = std::chrono::minutes(2);
    std::chrono::milliseconds request = std::chrono::minutes(2);
};
const limits short_ones{std::chrono::milliseconds(250), std::chrono::milliseconds(50)};

/// How one conversation of opening and three statements at once went.
struct outcome {
    bool opened = false;
    int answered = 0;
    std::vector<error> failures;
};

asio::awaitable<void> ask(connection connection, outcome& seen, int& ended) {
    auto page = co_await as_result(connection.query("a statement"));
    if (page)
        ++seen.answered;
    else
        seen.failures.push_back(page.error());
    ++ended;
}

asio::awaitable<void> converse(testing::relay* through, endpoint where, connection_options options,
                               limits within, outcome& seen) {
    std::optional<stopping> guard;
    if (through != nullptr)
        guard.emplace(*through);
    options.login(user, secret).connect_timeout(within.connect).request_timeout(within.request);
    auto opened = co_await as_result(connection::open(where, options));
    seen.opened = opened.has_value();
    if (!opened) {
        seen.failures.push_back(opened.error());
        co_return;
    }
    const auto executor = co_await asio::this_coro::executor;
    int ended = 0;
    for (int i = 0; i < 3; ++i)
        asio::co_spawn(executor, ask(*opened, seen, ended), rethrow);
    while (ended < 3) {
        asio::steady_timer pause(executor, std::chrono::microseconds(100));
        co_await pause.async_wait(asio::use_awaitable);
    }
    co_await opened->close();
}

void is_told(const outcome& seen, const std::vector<errc>& causes,
             const std::vector<std::string>& words, const endpoint& where) {
    if (seen.opened)
        CHECK(seen.answered + static_cast<int>(seen.failures.size()) == 3);
    else
        REQUIRE(seen.failures.size() == 1);
    for (const auto& failure : seen.failures) {
        const std::string text = failure.what();
        INFO(text);
        CHECK(std::any_of(causes.begin(), causes.end(),
                          [&](errc cause) { return failure.has(cause); }));
        CHECK(std::any_of(words.begin(), words.end(),
                          [&](const std::string& word) { return text.find(word) != text.npos; }));
        CHECK(failure.endpoint() == where.to_string());
        if (seen.opened)
            CHECK(failure.operation() == "QUERY");
        else
            CHECK(failure.phase().has_value());
    }
}

std::vector<std::string> words_of(cut how) {
    switch (how) {
    case cut::close:
        return {"closed the connection"};
    case cut::reset:
        return {"reset by peer", "Broken pipe"};
    default:
        return {"timed out", "no answer before the request's deadline"};
    }
}

outcome converse_through(speech how, testing::relay_options options, limits within,
                         std::size_t& bytes, endpoint& where) {
    scene s(how, talkative());
    testing::relay through(s.context, s.node.where(), options);
    outcome seen;
    where = through.where();
    s.run(converse(&through, where, client_of(how), within, seen));
    bytes = through.bytes_to_client();
    return seen;
}

/// Cuts the wire at every so many bytes of the conversation; returns how often.
std::size_t cut_everywhere(speech how, cut kind, std::size_t step) {
    std::size_t total = 0;
    endpoint where;
    const auto within = kind == cut::silence ? short_ones : limits();
    const auto whole = converse_through(how, {}, {}, total, where);
    REQUIRE(whole.answered == 3);
    std::size_t runs = 0;
    for (std::size_t at = 0; at < total; at += step, ++runs) {
        INFO("cut after " << at << " of " << total << " bytes");
        testing::relay_options options;
        options.cut_after = at;
        options.how = kind;
        std::size_t bytes = 0;
        const auto seen = converse_through(how, options, within, bytes, where);
        if (seen.answered == 3)
            continue; // cut in the goodbye
        is_told(seen, {kind == cut::silence ? errc::timed_out : errc::connection_lost},
                words_of(kind), where);
    }
    return runs;
}

} // namespace

TEST_CASE("X23 R32 the wire is cut at any byte by a FIN or a reset: everything ends once and says "
          "so, and no descriptor is left") {
    const auto before = descriptors();
    std::size_t runs = 0;
    for_each_speech([&](speech how) {
        for (const auto kind : {cut::close, cut::reset})
            runs += cut_everywhere(how, kind, how == speech::plain ? 1 : 13);
    });
    MESSAGE(runs << " runs");
    CHECK(descriptors() == before);
}

TEST_CASE("D8 R27 the wire falls silent at some byte: everything ends at its deadline") {
    const auto before = descriptors();
    std::size_t runs = 0;
    for_each_speech([&](speech how) {
        runs += cut_everywhere(how, cut::silence, how == speech::plain ? 31 : 509);
    });
    MESSAGE(runs << " runs");
    CHECK(descriptors() == before);
}

TEST_CASE("X23 R32 the node ends the connection at any byte of its answers: in good order, by a "
          "truncation, by a reset") {
    const auto before = descriptors();
    for_each_speech([](speech how) {
        for (const auto kind : {node_fault::goodbye, node_fault::truncate, node_fault::reset})
            for (std::size_t at = 0; at < 240; at += 7) {
                INFO("fault " << static_cast<int>(kind) << " after " << at << " bytes");
                auto options = talkative();
                options.fault_after = at;
                options.fault = kind;
                scene s(how, options);
                outcome seen;
                s.run(converse(nullptr, s.node.where(), client_of(how), limits(), seen));
                if (seen.answered == 3)
                    continue; // the fault comes after the last answer
                is_told(seen, {errc::connection_lost},
                        kind == node_fault::reset ? words_of(cut::reset) : words_of(cut::close),
                        s.node.where());
            }
    });
    CHECK(descriptors() == before);
}
