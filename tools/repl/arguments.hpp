#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cocqlsh {

/// The words of a command line, told apart as cqlsh's own parsers tell them: an option's name may
/// be cut short where that is clear, options of one letter may share a dash and be followed by
/// their value at once, and what follows an option that takes a value is its value, whatever it
/// looks like. The program's own words are borrowed.
class arguments {
  public:
    /// `app` knows the options. A name that is cut short means an option of the group that was
    /// added first, of those that have one.
    arguments(const CLI::App& app, int count, char** words);

    /// For CLI::App::parse(), which wants the last one first. Options have their full names, and
    /// their values are words of their own.
    std::vector<std::string> for_parser() const { return {words_.rbegin(), words_.rend()}; }
    /// What is wrong; empty if nothing is.
    const std::string& mistake() const noexcept { return mistake_; }
    /// Overwrites, in the memory that the system shows to all its users as this program's
    /// arguments, each value that `is_secret(option's name, value)`.
    template <class Predicate>
    void hide(Predicate is_secret) {
        for (const auto& [name, value] : values_)
            if (is_secret(std::string_view(name), std::string_view(value)))
                overwrite(value);
    }

  private:
    void take_long(const CLI::App& app, char* word);
    void take_short(const CLI::App& app, char* word);
    std::string full_name(const CLI::App& app, std::string_view name);
    void add(const std::string& name, bool takes_value, char* value);
    static void overwrite(char* value) noexcept;

    char** next_;
    char** end_;
    std::vector<std::string> words_;
    std::vector<std::pair<std::string, char*>> values_;
    std::string mistake_;
};

} // namespace cocqlsh
