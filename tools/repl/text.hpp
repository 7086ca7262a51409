#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cocqlsh {

std::string_view trimmed(std::string_view text) noexcept;
std::string lower(std::string_view text);
std::string upper(std::string_view text);
/// Words divided by white space; a quoted word ('…' or "…") is one, with its quotes.
std::vector<std::string> words_of(std::string_view text);
/// Without the quotes around it; doubled quotes inside become single ones.
std::string unquoted(std::string_view word);
/// As a literal of CQL: in single quotes, those inside doubled.
std::string text_literal(std::string_view text);
/// `10`, `2.5`
std::string short_decimal(double number);
/// Columns of a terminal that UTF-8 text takes.
std::size_t display_width(std::string_view text) noexcept;
/// The whole file, or nothing (errno says why).
std::optional<std::string> file_text(const std::string& path);
/// `~/…` with the home directory in place.
std::string expanded_path(std::string_view path);

} // namespace cocqlsh
