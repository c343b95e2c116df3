// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hotline {

std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string_view trim(std::string_view text);

/// The whole of `text` as a decimal number; nullopt for anything else, overflow included.
std::optional<int64_t> parse_int(std::string_view text);

/// The candidate nearest to a mistyped word (edit distance), or nullopt when none is near enough to suggest.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// "; did you mean 'x'?" or "".
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// What people may see of a telephone number: "13800138000" is "138****8000"; short numbers (up to five digits) are
/// services and extensions and stay whole.
std::string mask_number(std::string_view number);

/// UTF-8 made whole: every broken sequence becomes U+FFFD, as JSON wants it.
std::string valid_utf8(std::string_view text);

/// Columns a terminal needs for UTF-8 `text` (East Asian wide characters take two), whatever the locale.
size_t display_width(std::string_view text);

/// `text` padded with blanks to `columns`, or as it is when longer.
std::string pad_right(std::string_view text, size_t columns);
std::string pad_left(std::string_view text, size_t columns);

/// Lower-case hexadecimal.
std::string hex(std::span<const uint8_t> octets);

/// True when `text` has no tab, newline, carriage return or NUL: what a TSV field and a tag may hold.
bool is_one_field(std::string_view text);

}  // namespace hotline
