#pragma once

#include "interruption.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cocqlsh {

/// Writes text to a descriptor, all of it: where the descriptor takes nothing now it waits,
/// whatever mode others who share the open file have put that in. The mode itself is left alone.
///
/// While it waits for a reader, and at once on a terminal, an interruption (borrowed; null for
/// none) ends what is being written: the rest is dropped.
class descriptor_writer {
  public:
    descriptor_writer(int descriptor, const interruption* interrupted) noexcept;

    /// Kept until flush(), or until there is much of it.
    void write(std::string_view text);
    /// Returns when everything was taken, dropped, or could not be written.
    void flush() noexcept;
    bool is_terminal() const noexcept { return kind_ == kind::terminal; }

    /// Whether something could not be written since the last call: a full disk.
    bool take_failure() noexcept;
    /// Whether something was dropped since the last call.
    bool take_cut() noexcept;

  private:
    enum class kind { terminal, socket, file, other };

    static kind kind_of(int descriptor) noexcept;
    bool is_interrupted() const noexcept {
        return interrupted_ != nullptr && interrupted_->has_come();
    }
    bool write_some(std::string_view& text) noexcept;
    bool is_ready(bool wait) const noexcept;

    int descriptor_;
    const interruption* interrupted_;
    kind kind_;
    std::string kept_;
    bool failed_ = false;
    bool cut_ = false;
};

} // namespace cocqlsh
