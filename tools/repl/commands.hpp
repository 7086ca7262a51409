#pragma once

#include "session.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cocqlsh {

/// The shell's own commands. A failure is returned, to be printed like a statement's.
class commands {
  public:
    explicit commands(session& current) noexcept : session_(current) {}

    boost::asio::awaitable<cocql::result<void>> run(std::string text);

    bool exit_wanted() const noexcept { return exit_wanted_; }
    void forget_exit() noexcept { exit_wanted_ = false; }
    /// Runs the statements of a file, for SOURCE.
    std::function<boost::asio::awaitable<cocql::result<void>>(std::string path)> source;
    /// Asks for a password on the terminal, for LOGIN; nothing when that is given up.
    std::function<boost::asio::awaitable<std::optional<std::string>>(std::string prompt)>
        ask_secret;

  private:
    using words = std::vector<std::string>;
    cocql::result<void> help(const words& arguments);
    cocql::result<void> set_consistency(const words& arguments);
    cocql::result<void> set_serial_consistency(const words& arguments);
    cocql::result<void> set_switch(const std::string& name, bool& value, const words& arguments);
    cocql::result<void> set_tracing(const words& arguments);
    cocql::result<void> set_paging(const words& arguments);
    cocql::result<void> capture(const words& arguments);
    boost::asio::awaitable<cocql::result<void>> show(words arguments);
    boost::asio::awaitable<cocql::result<void>> describe(std::string text);
    boost::asio::awaitable<cocql::result<void>> login(words arguments);

    session& session_;
    bool exit_wanted_ = false;
};

} // namespace cocqlsh
