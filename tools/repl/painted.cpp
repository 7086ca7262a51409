#include "painted.hpp"

#include "text.hpp"
#include "visible_text.hpp"

namespace cocqlsh {

namespace {

std::string_view sequence_of(colour which) noexcept {
    switch (which) {
    case colour::red:
        return "\033[0;1;31m";
    case colour::green:
        return "\033[0;1;32m";
    case colour::yellow:
        return "\033[0;1;33m";
    case colour::blue:
        return "\033[0;1;34m";
    case colour::magenta:
        return "\033[0;1;35m";
    case colour::cyan:
        return "\033[0;1;36m";
    case colour::white:
        return "\033[0;1;37m";
    case colour::dark_magenta:
        return "\033[0;35m";
    case colour::none:
        break;
    }
    return {};
}

} // namespace

painted& painted::add(std::string_view text) {
    const auto begun = bytes_.size();
    if (how_.is_visible)
        bytes_ += visible_text(text);
    else
        bytes_ += text;
    width_ += display_width(std::string_view(bytes_).substr(begun));
    return *this;
}

painted& painted::add(std::string_view text, colour which) {
    begin(which).add(text);
    return which == colour::none ? *this : end();
}

painted& painted::add(const painted& more) {
    bytes_ += more.bytes_;
    width_ += more.width_;
    return *this;
}

painted& painted::add_blanks(std::size_t count) {
    bytes_.append(count, ' ');
    width_ += count;
    return *this;
}

painted& painted::begin(colour which) {
    if (how_.is_coloured)
        bytes_ += sequence_of(which);
    return *this;
}

painted& painted::end() {
    if (how_.is_coloured)
        bytes_ += "\033[0m";
    return *this;
}

void painted::drop_blanks_at_end() {
    const auto kept = bytes_.find_last_not_of(' ') + 1;
    width_ -= bytes_.size() - kept;
    bytes_.erase(kept);
}

} // namespace cocqlsh
