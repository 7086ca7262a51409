#include "commands.hpp"

#include "description.hpp"
#include "help.hpp"
#include "server_lines.hpp"
#include "show_cluster.hpp"
#include "show_replicas.hpp"
#include "terminal_abilities.hpp"
#include "text.hpp"
#include "token_ring.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace cocqlsh {

namespace asio = boost::asio;

namespace {

cocql::error usage(const std::string& text) {
    return cocql::error(cocql::errc::invalid_argument, "Improper command: use " + text);
}

/// What a name that was typed means: small letters, unless it stands in double quotes.
std::string name_in_cql(const std::string& word) {
    return word.starts_with('"') ? unquoted(word) : lower(word);
}

} // namespace

asio::awaitable<cocql::result<void>> commands::run(std::string text) {
    auto arguments = words_of(text);
    const auto name = upper(arguments.front());
    arguments.erase(arguments.begin());
    if (name == "HELP" || name == "?")
        co_return help(arguments);
    if (name == "CONSISTENCY")
        co_return set_consistency(arguments);
    if (name == "SERIAL")
        co_return set_serial_consistency(arguments);
    if (name == "EXPAND")
        co_return set_switch("EXPAND", session_.expanded, arguments);
    if (name == "TRACING")
        co_return set_tracing(arguments);
    if (name == "PAGING")
        co_return set_paging(arguments);
    if (name == "CAPTURE")
        co_return capture(arguments);
    if (name == "CLEAR" || name == "CLS") {
        if (session_.terminal && terminal_abilities::of_environment().moves_cursor)
            session_.out.draw("\033[H\033[2J");
        co_return cocql::result<void>();
    }
    if (name == "EXIT" || name == "QUIT") {
        exit_wanted_ = true;
        co_return cocql::result<void>();
    }
    if (name == "SOURCE") {
        if (arguments.size() != 1)
            co_return usage("SOURCE '<file>'");
        auto sourced = co_await source(expanded_path(unquoted(arguments[0])));
        co_return sourced;
    }
    if (name == "LOGIN") {
        auto changed = co_await login(std::move(arguments));
        co_return changed;
    }
    if (name == "SHOW") {
        auto shown = co_await show(std::move(arguments));
        co_return shown;
    }
    auto described = co_await describe(std::move(text));
    co_return described;
}

cocql::result<void> commands::help(const words& arguments) {
    if (arguments.empty()) {
        session_.out.note_lines(help_overview());
        return {};
    }
    const auto topic = upper(unquoted(arguments[0]));
    const auto text = help_topic(topic);
    if (text.empty())
        return cocql::error(cocql::errc::invalid_argument,
                            "No help on '" + arguments[0] + "'; HELP lists the topics");
    session_.out.note_lines(text);
    return {};
}

cocql::result<void> commands::set_consistency(const words& arguments) {
    if (arguments.empty()) {
        session_.out.note("Current consistency level is " +
                          std::string(to_string(session_.consistency)) + ".");
        return {};
    }
    const auto level = cocql::parse_consistency(arguments[0]);
    if (!level || arguments.size() > 1)
        return usage("CONSISTENCY <level>, for example LOCAL_QUORUM");
    session_.consistency = *level;
    session_.out.note("Consistency level set to " + std::string(to_string(*level)) + ".");
    return {};
}

cocql::result<void> commands::set_serial_consistency(const words& arguments) {
    if (arguments.empty() || upper(arguments[0]) != "CONSISTENCY" || arguments.size() > 2)
        return usage("SERIAL CONSISTENCY [SERIAL | LOCAL_SERIAL]");
    if (arguments.size() == 1) {
        session_.out.note("Current serial consistency level is " +
                          std::string(to_string(
                              session_.serial_consistency.value_or(cocql::consistency::serial))) +
                          ".");
        return {};
    }
    const auto level = cocql::parse_consistency(arguments[1]);
    if (!level || !is_serial(*level))
        return usage("SERIAL CONSISTENCY [SERIAL | LOCAL_SERIAL]");
    session_.serial_consistency = *level;
    session_.out.note("Serial consistency level set to " + std::string(to_string(*level)) + ".");
    return {};
}

cocql::result<void> commands::set_switch(const std::string& name, bool& value,
                                         const words& arguments) {
    const auto shown = [](bool on) { return on ? "ON" : "OFF"; };
    if (arguments.empty()) {
        session_.out.note(name + " is " + shown(value));
        return {};
    }
    const auto word = upper(arguments[0]);
    if (arguments.size() > 1 || (word != "ON" && word != "OFF"))
        return usage(name + " [ON | OFF]");
    const bool wanted = word == "ON";
    session_.out.note(name + (value == wanted ? " is already " : " set to ") + shown(wanted));
    value = wanted;
    return {};
}

cocql::result<void> commands::set_tracing(const words& arguments) {
    if (arguments.size() == 1 && upper(arguments[0]) == "WATERFALL") {
        session_.tracing = session_.waterfall = true;
        session_.out.note("TRACING set to WATERFALL");
        return {};
    }
    if (!arguments.empty())
        session_.waterfall = false;
    else if (session_.tracing && session_.waterfall) {
        session_.out.note("TRACING is WATERFALL");
        return {};
    }
    if (arguments.size() > 1)
        return usage("TRACING [ON | OFF | WATERFALL]");
    return set_switch("TRACING", session_.tracing, arguments);
}

cocql::result<void> commands::set_paging(const words& arguments) {
    auto& size = session_.page_size;
    const auto word = arguments.empty() ? std::string() : upper(arguments[0]);
    std::int32_t number = 0;
    const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (arguments.size() == 1 && failed == std::errc() && end == word.data() + word.size() &&
        number > 0) {
        size = number;
    } else {
        bool on = size.has_value();
        if (arguments.size() > 1 || (!word.empty() && word != "ON" && word != "OFF"))
            return usage("PAGING [ON | OFF | <rows>]");
        static_cast<void>(set_switch("PAGING", on, arguments));
        if (!on)
            size.reset();
        else if (!size)
            size = 100;
    }
    if (size)
        session_.out.note("Page size: " + std::to_string(*size));
    return {};
}

cocql::result<void> commands::capture(const words& arguments) {
    auto& out = session_.out;
    if (arguments.empty()) {
        out.note(out.is_capturing()
                     ? "Currently capturing query output to '" + out.capture_path() + "'."
                     : "Currently not capturing query output.");
        return {};
    }
    if (arguments.size() > 1)
        return usage("CAPTURE ['<file>' | OFF]");
    if (upper(arguments[0]) == "OFF") {
        if (!out.is_capturing())
            return cocql::error(cocql::errc::invalid_argument, "Not currently capturing output.");
        if (!out.stop_capture())
            return cocql::error(cocql::errc::io_failed,
                                "cannot write all of '" + out.capture_path() + "'");
        return {};
    }
    if (out.is_capturing())
        return cocql::error(cocql::errc::invalid_argument, "Already capturing to '" +
                                                               out.capture_path() +
                                                               "'; use CAPTURE OFF first");
    const auto path = expanded_path(unquoted(arguments[0]));
    if (!out.capture(path))
        return cocql::error(cocql::errc::io_failed,
                            "cannot write '" + path + "': " + std::strerror(errno));
    out.note("Now capturing query output to '" + path + "'.");
    return {};
}

asio::awaitable<cocql::result<void>> commands::show(words arguments) {
    const auto what = arguments.empty() ? std::string() : upper(arguments[0]);
    if (what == "VERSION" && arguments.size() == 1) {
        auto text = co_await version_line(session_);
        if (!text)
            co_return text.error();
        session_.out.note(*text);
        co_return cocql::result<void>();
    }
    if (what == "HOST" && arguments.size() == 1) {
        auto text = co_await host_line(session_);
        if (!text)
            co_return text.error();
        session_.out.note(*text);
        co_return cocql::result<void>();
    }
    if (what == "CLUSTER" && arguments.size() == 1) {
        auto shown = co_await show_cluster(session_);
        co_return shown;
    }
    if (what == "REPLICAS" && (arguments.size() == 2 || arguments.size() == 3) &&
        parse_token(arguments[1])) {
        auto keyspace = arguments.size() == 2 ? session_.keyspace : name_in_cql(arguments[2]);
        auto shown = co_await show_replicas(session_, arguments[1], std::move(keyspace));
        co_return shown;
    }
    const auto id = what == "SESSION" && arguments.size() == 2 ? cocql::uuid::parse(arguments[1])
                                                               : std::nullopt;
    if (!id)
        co_return usage("SHOW VERSION, SHOW HOST, SHOW CLUSTER, SHOW SESSION <uuid> or "
                        "SHOW REPLICAS <token> [<keyspace>]");
    auto shown = co_await session_.print_trace(*id);
    co_return shown;
}

asio::awaitable<cocql::result<void>> commands::describe(std::string text) {
    const auto words = words_of(text);
    const auto what = words.size() > 1 ? upper(words[1]) : std::string();
    text += ';';
    auto page = co_await session_.ask(std::move(text));
    if (!page) {
        // What is not there, or not understood: the server's words say it all.
        if (page.error().is(cocql::errc::server_error) && page.error().server() != nullptr)
            co_return cocql::error(cocql::errc::server_error, page.error().server()->message);
        co_return page.error();
    }
    print_description(session_.out, *page, what, !session_.keyspace.empty());
    session_.print_warnings(page->warnings());
    co_return cocql::result<void>();
}

asio::awaitable<cocql::result<void>> commands::login(words arguments) {
    if (arguments.empty() || arguments.size() > 2)
        co_return usage("LOGIN <user> ['<password>']");
    const auto before = session_.settings;
    const auto node = session_.node;
    const bool is_borrowed = session_.is_borrowed();
    session_.settings.user = unquoted(arguments[0]);
    if (arguments.size() == 2) {
        session_.settings.secret = unquoted(arguments[1]);
    } else {
        auto secret = co_await ask_secret("Password: ");
        if (!secret) {
            session_.settings = before;
            co_return cocql::error(cocql::errc::cancelled, "LOGIN given up");
        }
        session_.settings.secret = std::move(*secret);
    }
    const bool connected = co_await session_.connect();
    if (!connected) {
        session_.settings = before;
        const auto now = co_await node.look();
        co_return cocql::error(cocql::errc::authentication_failed,
                               now.is_connected ? "LOGIN failed; still connected as before"
                                                : "LOGIN failed");
    }
    if (!is_borrowed)
        co_await node.close();
    co_await session_.cluster.close_unless_of(session_.settings);
    co_return cocql::result<void>();
}

} // namespace cocqlsh
