#pragma once

#include "io/bridge/shutdown_registry.hpp"
#include "io/bridge/signal_event.hpp"
#include "io/connect/resolver_settings.hpp"

#include <cocql/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct ares_addrinfo;
struct ares_channeldata;

namespace cocql::io {

/// One name looked up by c-ares, whose sockets and times are waited for on the executor: there is
/// no thread, and the look-up can be given up at any moment.
///
/// Each has a channel of c-ares of its own. So the system's files are read anew, the port that
/// servers are asked from is another one each time, and executors share nothing.
///
/// It is kept by what waits in the executor for it. After its end that is nothing but the handlers
/// of what was cancelled.
class name_lookup final : public std::enable_shared_from_this<name_lookup>,
                          private shutdown_registry::member {
  public:
    using addresses = std::vector<boost::asio::ip::tcp::endpoint>;

    name_lookup(const boost::asio::any_io_executor& executor, std::string name,
                resolver_settings settings);
    ~name_lookup() override;

    /// Reads the system's files and asks. Once, on the executor, as are all.
    void begin();
    /// Ends it here and now, without an outcome.
    void give_up();
    bool is_over() const noexcept { return over_; }
    /// To be awaited until it is_over(), by one.
    auto wait() { return changed_.wait(); }
    /// Once, when it is over without having been given up: the addresses in the order in which to
    /// try them, with ports of 0, or why there are none. Throws what was thrown meanwhile: no
    /// memory, for one.
    result<addresses> take_outcome();

  private:
    class callbacks;
    class watched;
    using clock = std::chrono::steady_clock;

    void context_destroyed() noexcept override;
    static std::shared_ptr<const void> keep(member& whom) noexcept;
    /// Nothing on success.
    [[nodiscard]] int open_channel();
    void ask(const std::string& name, int family);
    void answered(int family, int status, const ares_addrinfo* found);
    void watch(int descriptor, bool reading, bool writing);
    void await(const std::shared_ptr<watched>& what, bool writing);
    void await_time();
    void process(int readable, int writable);
    /// After c-ares has had its turn.
    void go_on();
    void decide(result<addresses> outcome);
    void finish();
    error failure_of(int status) const;
    error failed(const std::string& why) const;
    std::string servers() const;

    boost::asio::any_io_executor executor_;
    const std::string name_;
    const resolver_settings settings_;
    ares_channeldata* channel_ = nullptr;
    std::map<int, std::shared_ptr<watched>> watched_;
    boost::asio::steady_timer timer_;
    clock::time_point ask_apart_at_ = clock::time_point::max();
    bool local_only_ = false; ///< a name that is never looked for outside of this machine
    bool asked_localhost_ = false;
    bool decided_ = false; ///< there is an outcome, and c-ares has still to be told to stop
    bool over_ = false;
    signal_event changed_;
    result<addresses> outcome_;
    std::exception_ptr thrown_; ///< where only C could have taken it
};

} // namespace cocql::io
