#pragma once

#include "core/message/prepare.hpp"
#include "core/protocol/pending_request.hpp"

#include <cocql/prepared_statement.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

namespace cocql::client {

class implementation;
class submission;

/// Statements that the server has forgotten and that are being prepared again on this connection:
/// each once, however many requests wait for it.
///
/// Servers forget them when a table is altered or made anew, when their cache is full, and when
/// they are restarted. UNPREPARED proves that nothing was executed, so that the request may be sent
/// again, whatever it is (native_protocol_v5.spec, section 9, error 0x2500).
class preparations {
  public:
    using statement = std::shared_ptr<const prepared_statement::parts>;

    explicit preparations(implementation& owner) noexcept;
    ~preparations();
    preparations(const preparations&) = delete;
    preparations& operator=(const preparations&) = delete;

    /// `who` waits from now on, until it hears of the end by renewed() or request_failed(), or is
    /// forgotten here.
    void prepare_again(const statement& which, submission& who);

  private:
    friend class submission;
    class renewal;

    implementation& owner_;
    std::map<std::vector<std::byte>, std::unique_ptr<renewal>> under_way_;
};

/// One statement on its way.
class preparations::renewal final : public protocol::pending_request {
  public:
    renewal(preparations& all, statement which);
    ~renewal() override;

    void add(submission& who) { waiting_.push_back(&who); }
    /// With the last one who waits this goes too.
    void remove(submission& who) noexcept;

  private:
    void response_received(wire::frame& frame) override;
    void request_failed(error failure) override;
    void forgotten(request_outcome known) noexcept override;
    result<statement> renewed(wire::frame& frame) const;
    std::unique_ptr<renewal> taken_out() noexcept;
    submission* next() noexcept;

    preparations& all_;
    statement statement_;
    message::prepare prepare_;
    std::vector<submission*> waiting_;
};

} // namespace cocql::client
