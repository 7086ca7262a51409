#pragma once

#include "core/base/time.hpp"
#include "core/message/prepare.hpp"
#include "core/protocol/pending_request.hpp"

#include <cocql/prepared_statement.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace cocql::client {

class implementation;
class submission;

/// Statements that a node has forgotten and that are being prepared again: each once, however many
/// requests wait for it and on however many connections to that node. On the executor of these.
///
/// Servers forget them when a table is altered or made anew, when their cache is full, and when
/// they are restarted. What one connection has prepared is known to all: a node keeps them for
/// itself, ScyllaDB in each of its shards before it answers. UNPREPARED proves that nothing was
/// executed, so that the request may be sent again, whatever it is (native_protocol_v5.spec,
/// section 9, error 0x2500).
class preparations {
  public:
    using statement = std::shared_ptr<const prepared_statement::parts>;
    /// One of the connections, never that of another.
    using member_number = std::uint64_t;

    preparations();
    ~preparations();
    preparations(const preparations&) = delete;
    preparations& operator=(const preparations&) = delete;

    /// A connection that takes requests from now on, until it leaves.
    member_number join(const std::shared_ptr<implementation>& who);
    void leave(member_number who) noexcept { members_.erase(who); }

    /// What the node has been told, by any connection, since the request was sent, which then may
    /// be sent again at once; null for nothing.
    statement prepared_since(const statement& which, const submission& who) const;
    /// `who` waits from now on, until it hears of the end by renewed() or request_failed(), or is
    /// forgotten.
    void prepare_again(const statement& which, submission& who);

  private:
    friend class submission;
    class renewal;
    using identifier = std::vector<std::byte>;
    /// What was prepared, and where in each connection's bytes the requests are that were sent
    /// after it.
    struct prepared {
        statement what;
        std::map<member_number, std::uint64_t> positions;
    };

    /// Of those that are remembered: a request that is answered so late has it prepared once more.
    static constexpr std::size_t most_remembered = 1'000;

    void begin(const statement& which, std::vector<submission*> waiting, implementation& by,
               base::duration patience);
    void remember(const statement& which);

    std::map<identifier, std::unique_ptr<renewal>> under_way_;
    std::map<identifier, prepared> lately_;
    std::map<member_number, std::weak_ptr<implementation>> members_;
    member_number last_number_ = 0;
};

/// One statement on its way, by one connection. Where that has ended, or keeps others waiting for
/// too long, it is another one's turn.
class preparations::renewal final : public protocol::pending_request {
  public:
    /// Takes over who waits.
    renewal(preparations& all, statement which, std::vector<submission*> waiting,
            implementation& by, base::duration patience);
    ~renewal() override;

    void send();
    void add(submission& who);
    /// With the last one who waits this goes too.
    void remove(submission& who) noexcept;

  private:
    void response_received(wire::frame& frame) override;
    void request_failed(error failure) override;
    void forgotten(request_outcome known) noexcept override;
    /// What the server says of the statement, if under its id.
    result<prepared_statement::parts> prepared_as(wire::frame& frame) const;
    std::unique_ptr<renewal> taken_out() noexcept;
    submission* next() noexcept;
    implementation* another() const noexcept;
    std::vector<submission*> take(bool with_own);

    preparations& all_;
    const statement statement_;
    implementation& by_; ///< there as long as this is under way
    const base::duration patience_;
    const base::time_point begun_at_;
    bool is_under_way_ = false;
    message::prepare prepare_;
    std::vector<submission*> waiting_;
};

} // namespace cocql::client
