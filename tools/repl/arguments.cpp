#include "arguments.hpp"

#include <algorithm>
#include <cstring>

namespace cocqlsh {

namespace {

bool takes_value(const CLI::Option& option) {
    return option.get_items_expected_max() != 0;
}

} // namespace

arguments::arguments(const CLI::App& app, int count, char** words)
    : next_(words + std::min(count, 1)), end_(words + count) {
    while (next_ != end_) {
        char* const word = *next_++;
        const std::string_view text = word;
        if (text == "--") {
            words_.emplace_back(text);
            for (; next_ != end_; ++next_)
                words_.emplace_back(*next_);
        } else if (text.starts_with("--")) {
            take_long(app, word);
        } else if (text.size() > 1 && text.front() == '-') {
            take_short(app, word);
        } else {
            words_.emplace_back(text);
        }
    }
}

void arguments::take_long(const CLI::App& app, char* word) {
    const std::string_view text = word;
    const auto divider = std::min(text.find('='), text.size());
    const auto name = full_name(app, text.substr(2, divider - 2));
    const auto* const option = name.empty() ? nullptr : app.get_option_no_throw("--" + name);
    if (option == nullptr || (divider != text.size() && !takes_value(*option)))
        words_.emplace_back(text); // CLI11 says what is wrong with it
    else
        add(name, takes_value(*option), divider == text.size() ? nullptr : word + divider + 1);
}

void arguments::take_short(const CLI::App& app, char* word) {
    for (char* at = word + 1; *at != 0; ++at) {
        const auto* const option = app.get_option_no_throw(std::string{'-', *at});
        if (option == nullptr) {
            words_.push_back("-" + std::string(at));
            return;
        }
        const bool wants_value = takes_value(*option);
        char* value = wants_value && at[1] != 0 ? at + 1 : nullptr;
        // `-k=name`, which Python's argparse takes for `-k name`.
        if (value != nullptr && at == word + 1 && *value == '=')
            ++value;
        add(option->get_lnames().front(), wants_value, value);
        if (wants_value)
            return;
    }
}

void arguments::add(const std::string& name, bool wants_value, char* value) {
    words_.push_back("--" + name);
    if (!wants_value)
        return;
    if (value == nullptr && next_ != end_)
        value = *next_++;
    if (value == nullptr)
        return; // CLI11 says that it is missing
    words_.emplace_back(value);
    values_.emplace_back(name, value);
}

std::string arguments::full_name(const CLI::App& app, std::string_view name) {
    std::vector<std::string> found;
    std::string group;
    for (const auto* option : app.get_options())
        for (const auto& each : option->get_lnames()) {
            if (each == name)
                return each;
            if (!each.starts_with(name) || name.empty() ||
                (!found.empty() && option->get_group() != group))
                continue;
            group = option->get_group();
            found.push_back(each);
        }
    if (found.size() > 1 && mistake_.empty()) {
        mistake_ = "--" + std::string(name) + " may mean";
        for (const auto& each : found)
            mistake_ += (&each == found.data() ? " --" : ", --") + each;
    }
    return found.size() == 1 ? found.front() : std::string();
}

void arguments::overwrite(char* value) noexcept {
    const auto size = std::strlen(value);
    // Its length is nobody's business either, as far as that can be hidden.
    std::memset(value, 0, size);
    if (size != 0)
        value[0] = 'x';
}

} // namespace cocqlsh
