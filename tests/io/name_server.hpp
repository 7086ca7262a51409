#pragma once

#include "io/connect/resolver_settings.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cocql::tests {

/// A question as a name server got it.
class name_question {
  public:
    std::string name; ///< without the last dot, in small letters
    bool for_ipv6 = false;
    bool over_tcp = false;

    /// `db.test AAAA udp`
    std::string to_string() const {
        return name + (for_ipv6 ? " AAAA" : " A") + (over_tcp ? " tcp" : " udp");
    }
};

/// What a name server does with a question.
enum class reply {
    answer,     ///< what it knows; over UDP cut off at 512 bytes, which are marked as truncated
    nothing,    ///< as if the packet were lost
    truncated,  ///< over UDP no record, and the mark
    servfail,   ///< it failed
    other_id,   ///< what it knows, as if to another question
    garbage,    ///< bytes that are no message
    disconnect, ///< over TCP the end; over UDP nothing
};

/// A name server on loopback, UDP and TCP, that runs on the test's io_context and knows what the
/// test tells it; other names do not exist.
class name_server {
  public:
    explicit name_server(boost::asio::io_context& context, const char* address = "127.0.0.1");
    ~name_server();
    name_server(const name_server&) = delete;
    name_server& operator=(const name_server&) = delete;

    /// `127.0.0.1:5300`
    std::string where() const;
    /// With this server alone, and little patience.
    io::resolver_settings settings() const;
    /// Without addresses: the name exists all the same.
    void set(const std::string& name, std::vector<std::string> addresses);
    /// From now on, for each question; at first everything is answered.
    void reply_by(std::function<reply(const name_question&)> how);
    /// From now on answers are kept back until release().
    void hold();
    void release();
    /// The questions that have come.
    const std::vector<std::string>& asked() const;
    /// Its sockets are closed, and the io_context has nothing of it left to do.
    void stop();

  private:
    class state;
    std::shared_ptr<state> state_;
};

/// A server that keeps its answers back for the lifetime of a scope.
class held_names {
  public:
    explicit held_names(name_server& server) : server_(server) { server_.hold(); }
    ~held_names() { release(); }
    held_names(const held_names&) = delete;
    held_names& operator=(const held_names&) = delete;
    void release() { server_.release(); }

  private:
    name_server& server_;
};

} // namespace cocql::tests
