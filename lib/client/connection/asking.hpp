#pragma once

#include <cocql/statement_options.hpp>

#include <utility>

namespace cocql::client {

/// What can be asked of a connection: each kind is a class of its own (querying, preparing …) that
/// owns what its message borrows, and its options. `answer` is what the caller gets, `request` the
/// message; write() completes the message, or says why not, and read() makes the answer of a frame.
///
/// This is what most of them have.
class asking {
  public:
    explicit asking(statement_options options) noexcept : options_(std::move(options)) {}
    const statement_options* options() const noexcept { return &options_; }
    /// Before its message is made.
    void put_options(statement_options options) noexcept { options_ = std::move(options); }

  private:
    statement_options options_;
};

} // namespace cocql::client
