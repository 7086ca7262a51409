#pragma once

#include "options.hpp"

#include <cocql/session.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace cocqlsh {

/// The cluster as a cocql::session knows it that has a connection to each of its nodes, while the
/// one of coordinator knows a single node. Most who use the shell never ask for that, so it is
/// opened when somebody does, and kept.
class known_cluster {
  public:
    /// The session: as that of coordinator is opened, to the same address. The one that there is
    /// when it is of these settings' user and has a connection, otherwise another one (is_new()).
    /// Throws cocql::error; then, and where it is cancelled, there is none.
    boost::asio::awaitable<cocql::session> open(options settings);
    /// Whether open() was not called since it was opened.
    bool is_new() const noexcept { return is_new_; }
    boost::asio::awaitable<void> close();
    /// When somebody else is logged in now.
    boost::asio::awaitable<void> close_unless_of(options settings);
    /// What the session had to say since the last call, each once.
    std::vector<std::string> take_warnings();

  private:
    using texts = std::set<std::string>;

    bool is_of(const options& settings) const noexcept {
        return settings.user == user_ && settings.secret == secret_;
    }

    cocql::session session_;
    bool is_new_ = false;
    std::string user_;
    std::string secret_;
    std::shared_ptr<texts> warnings_ = std::make_shared<texts>(); ///< with the session
};

} // namespace cocqlsh
