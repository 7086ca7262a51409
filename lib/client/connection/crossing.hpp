#pragma once

#include "client/connection/home.hpp"
#include "client/connection/kept_handler.hpp"
#include "io/bridge/shutdown_registry.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <utility>

namespace cocql::client {

/// Something that is done on one executor ("there") for a coroutine that waits on another ("here"):
/// once over and once back, and cancellation follows. Asio's own co_spawn() with a cancellation
/// slot of another executor is not fit for that: it hands over a bare pointer.
///
/// It owns itself while it is under way: the coroutine that waits may be destroyed, and either
/// executor's context, in any order and on any thread. To be made by std::make_shared or its
/// relatives.
///
/// Where both executors have one context, as a pool and a strand over it have, no way has to lead
/// through a queue: on the context's threads the strand takes the call at once if nobody is in it,
/// and so does the way back unless several threads have been seen there, lest one keeps the strand
/// with what it goes on to compute.
class crossing : public std::enable_shared_from_this<crossing>,
                 private io::shutdown_registry::member {
  public:
    ~crossing() override;

    /// Sets out, on `here`; the handler hears, on its executor, that all is over. Once.
    template <class Handler>
    void begin(Handler&& handler) {
        here_ = boost::asio::get_associated_executor(handler);
        slot_ = boost::asio::get_associated_cancellation_slot(handler);
        handler_.emplace(std::forward<Handler>(handler));
        set_out();
    }

  protected:
    explicit crossing(std::shared_ptr<home> there) noexcept : there_(std::move(there)) {}
    const boost::asio::any_io_executor& there() const noexcept { return there_->executor(); }

    // What is called on `there`:

    /// Begins what is to be done. Its end is come_back(), in the call or later.
    virtual void arrive() = 0;
    /// Ends it; come_back() still follows.
    virtual void cancel(boost::asio::cancellation_type type) = 0;
    /// Nothing came of it, because there's context is gone or going; to be told to who waits.
    virtual void be_lost() = 0;

    // What is to be called there, one of both, once after arrive():

    /// It is done.
    void come_back();
    /// There's context is being destroyed, and what was begun with it.
    void lose() noexcept;

  private:
    friend class home;
    class going;
    class returning;

    void context_destroyed() noexcept override;
    static std::shared_ptr<const void> keep(member& whom) noexcept;
    void set_out();
    void arrived();
    const std::shared_ptr<home>& home_of_it() const noexcept { return there_; }
    void follow(boost::asio::cancellation_type type);
    void cancelled(boost::asio::cancellation_type type);
    void resume() noexcept;

    std::shared_ptr<home> there_;
    boost::asio::any_io_executor here_; ///< let go of there, or with its context
    boost::asio::cancellation_slot slot_;
    kept_handler handler_;
    io::handler_memory memory_;
    bool one_context_ = false;

    // Of `there`:
    std::shared_ptr<crossing> self_; ///< while it is on its way there, or there
    crossing* next_ = nullptr;       ///< behind it on the way
    bool arriving_ = false;
    bool arrived_ = false;
    boost::asio::cancellation_type cancelled_before_ = boost::asio::cancellation_type::none;
};

} // namespace cocql::client
