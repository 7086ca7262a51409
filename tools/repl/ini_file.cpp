#include "ini_file.hpp"

#include "python_blanks.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace cocqlsh {

namespace {

constexpr std::string_view default_section = "DEFAULT";
/// Python's MAX_INTERPOLATION_DEPTH.
constexpr int deepest_interpolation = 10;
/// Ten levels of references could make any size of ten short lines, or nothing in any time.
constexpr std::size_t longest_value = std::size_t{1} << 20;
constexpr std::size_t most_references = 10'000;

cocql::error at_line(std::size_t line, std::string_view what) {
    return cocql::error(cocql::errc::bad_configuration,
                        ":" + std::to_string(line) + ": " + std::string(what));
}

std::string named(std::string_view section, std::string_view name) {
    return "[" + std::string(section) + "] " + std::string(name);
}

std::string lower_ascii(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// Sections in which a line that is not understood may hold a password.
bool may_hold_secrets(std::string_view section) {
    return lower_ascii(section).find("auth") != std::string::npos;
}

} // namespace

/// The state of Python's RawConfigParser._read().
class ini_file::reader {
  public:
    explicit reader(ini_file& file) noexcept : file_(file) {}

    cocql::result<void> take(std::string_view line) {
        ++number_;
        std::size_t indent = 0;
        const auto begin = without_blanks_before(line, indent);
        const auto text = without_blanks_behind(begin);
        if (!text.empty() && (text.front() == '#' || text.front() == ';'))
            return {};
        if (text.empty()) {
            if (last_ != nullptr)
                last_->value += '\n'; // those at the end are taken off again
            return {};
        }
        if (last_ != nullptr && indent > indent_) {
            last_->value.append(1, '\n').append(text);
            return {};
        }
        indent_ = indent;
        if (const auto end = text.rfind(']'); text.front() == '[' && end >= 2 && end != text.npos)
            return begin_section(text.substr(1, end - 1));
        return begin_entry(text);
    }

    void finish() {
        for (auto& [name, each] : file_.defaults_)
            each.value = without_blanks_behind(each.value);
        for (auto& [section, all] : file_.sections_)
            for (auto& [name, each] : all)
                each.value = without_blanks_behind(each.value);
    }

  private:
    cocql::result<void> begin_section(std::string_view name) {
        last_ = nullptr;
        section_ = name;
        if (name == default_section) {
            entries_ = &file_.defaults_;
            return {};
        }
        const auto [seen, is_new] = lines_.emplace(name, number_);
        if (!is_new)
            return at_line(number_, "[" + section_ + "] stands twice, first in line " +
                                        std::to_string(seen->second));
        entries_ = &file_.sections_[section_];
        return {};
    }

    cocql::result<void> begin_entry(std::string_view text) {
        const auto divider = text.find_first_of("=:");
        const auto name = without_blanks_behind(text.substr(0, std::min(divider, text.size())));
        if (entries_ == nullptr)
            return at_line(number_,
                           divider == text.npos
                               ? "a line before the first [section]"
                               : "'" + std::string(name) + "' stands before the first [section]");
        if (divider == text.npos || name.empty()) {
            const auto shown = divider != text.npos || may_hold_secrets(section_)
                                   ? std::string("this")
                                   : "'" + std::string(text) + "'";
            return at_line(number_, shown + " is not a setting: write name = value");
        }
        auto [at, is_new] = entries_->try_emplace(lower_ascii(name));
        if (!is_new)
            return at_line(number_, named(section_, at->first) + " stands twice, first in line " +
                                        std::to_string(at->second.line));
        last_ = &at->second;
        last_->value = stripped(text.substr(divider + 1));
        last_->line = number_;
        return {};
    }

    ini_file& file_;
    entries* entries_ = nullptr;
    content* last_ = nullptr; ///< whose value may go on
    std::string section_;
    std::map<std::string, std::size_t> lines_;
    std::size_t number_ = 0;
    std::size_t indent_ = 0;
};

cocql::result<ini_file> ini_file::parse(std::string_view text) {
    ini_file file;
    reader lines(file);
    while (!text.empty()) {
        // Python's text files end lines at LF, CR LF and CR.
        const auto end = std::min(text.find_first_of("\r\n"), text.size());
        if (auto taken = lines.take(text.substr(0, end)); !taken)
            return taken.error();
        const bool both = text.substr(end, 2) == "\r\n";
        text.remove_prefix(std::min(end + (both ? 2 : 1), text.size()));
    }
    lines.finish();
    return file;
}

bool ini_file::has_section(std::string_view section) const {
    return sections_.find(section) != sections_.end();
}

/// A section that is not there has no defaults either.
const ini_file::content* ini_file::find(std::string_view section, std::string_view name) const {
    const auto found = sections_.find(section);
    if (found == sections_.end())
        return nullptr;
    const auto wanted = lower_ascii(name);
    if (const auto own = found->second.find(wanted); own != found->second.end())
        return &own->second;
    const auto common = defaults_.find(wanted);
    return common == defaults_.end() ? nullptr : &common->second;
}

ini_file::content* ini_file::find(std::string_view section, std::string_view name) {
    return const_cast<content*>(std::as_const(*this).find(section, name));
}

std::optional<std::string> ini_file::get_raw(std::string_view section, std::string_view name) {
    auto* const found = find(section, name);
    if (found == nullptr)
        return std::nullopt;
    found->read = true;
    return found->value;
}

cocql::result<std::optional<std::string>> ini_file::get(std::string_view section,
                                                        std::string_view name) {
    const auto raw = get_raw(section, name);
    if (!raw)
        return std::optional<std::string>();
    std::string value;
    auto references = most_references;
    if (auto replaced = interpolate(section, *raw, value, 1, references); !replaced)
        return at_line(find(section, name)->line,
                       named(section, name) + ": " + std::string(replaced.error().message()));
    return std::optional<std::string>(std::move(value));
}

cocql::result<void> ini_file::interpolate(std::string_view section, std::string_view rest,
                                          std::string& out, int depth, std::size_t& references) {
    const auto failed = [](std::string_view what) {
        return cocql::error(cocql::errc::bad_configuration, std::string(what));
    };
    if (depth > deepest_interpolation)
        return failed("%(name)s leads through too many entries");
    while (!rest.empty()) {
        const auto mark = std::min(rest.find('%'), rest.size());
        out.append(rest.substr(0, mark));
        rest.remove_prefix(mark);
        if (out.size() > longest_value || references == 0)
            return failed("the value becomes too long");
        if (rest.empty())
            break;
        if (rest.substr(0, 2) == "%%") {
            out += '%';
            rest.remove_prefix(2);
            continue;
        }
        const auto end = rest.find(')');
        if (rest.substr(0, 2) != "%(" || end == rest.npos || end == 2 ||
            rest.substr(end + 1, 1) != "s")
            return failed("a '%' must be followed by '%' or (name)s");
        const auto other = get_raw(section, rest.substr(2, end - 2));
        if (!other)
            return failed("there is no entry of the name in %(name)s");
        rest.remove_prefix(end + 2);
        --references;
        if (other->find('%') == other->npos)
            out.append(*other);
        else if (auto replaced = interpolate(section, *other, out, depth + 1, references);
                 !replaced)
            return replaced;
    }
    return {};
}

cocql::result<std::optional<bool>> ini_file::get_bool(std::string_view section,
                                                      std::string_view name) {
    const auto text = get(section, name);
    if (!text)
        return text.error();
    if (!*text)
        return std::optional<bool>();
    static constexpr std::array<std::string_view, 4> yes{"1", "yes", "true", "on"};
    static constexpr std::array<std::string_view, 4> no{"0", "no", "false", "off"};
    const auto word = lower_ascii(**text);
    if (std::find(yes.begin(), yes.end(), word) != yes.end())
        return std::optional<bool>(true);
    if (std::find(no.begin(), no.end(), word) != no.end())
        return std::optional<bool>(false);
    return bad_entry(section, name, "true or false, not '" + **text + "'");
}

std::size_t ini_file::line_of(std::string_view section, std::string_view name) const {
    const auto* const found = find(section, name);
    return found == nullptr ? 0 : found->line;
}

cocql::error ini_file::bad_entry(std::string_view section, std::string_view name,
                                 std::string_view must_be) const {
    return at_line(line_of(section, name),
                   named(section, name) + " must be " + std::string(must_be));
}

std::vector<ini_file::entry> ini_file::unread() const {
    std::vector<entry> left;
    const auto add = [&](std::string_view section, const entries& all) {
        for (const auto& [name, each] : all)
            if (!each.read)
                left.push_back({std::string(section), name, each.line});
    };
    add(default_section, defaults_);
    for (const auto& [section, all] : sections_)
        add(section, all);
    std::sort(left.begin(), left.end(),
              [](const entry& a, const entry& b) { return a.line < b.line; });
    return left;
}

std::vector<ini_file::entry> ini_file::take_section(std::string_view section) {
    std::vector<entry> taken;
    const auto found = sections_.find(section);
    if (found == sections_.end())
        return taken;
    for (auto& [name, each] : found->second) {
        each.read = true;
        taken.push_back({std::string(section), name, each.line});
    }
    std::sort(taken.begin(), taken.end(),
              [](const entry& a, const entry& b) { return a.line < b.line; });
    return taken;
}

} // namespace cocqlsh
