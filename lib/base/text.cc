// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"

#include <algorithm>
#include <charconv>

namespace hotline {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string whole;
  for (const auto& part : parts) {
    if (&part != parts.data()) whole += separator;
    whole += part;
  }
  return whole;
}

std::string_view trim(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::optional<int64_t> parse_int(std::string_view text) {
  int64_t value = 0;
  auto [end, cause] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (cause != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Insertions, deletions, replacements, and neighbours exchanged: the slips of a hand.
static size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i)
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  return cost[a.size()][b.size()];
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  std::optional<std::string> best;
  size_t limit = std::max<size_t>(1, word.size() / 3) + 1;
  for (const auto& candidate : candidates)
    if (size_t distance = edit_distance(word, candidate); distance < limit) {
      limit = distance;
      best = candidate;
    }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  auto best = nearest(word, candidates);
  return best ? "; did you mean '" + *best + "'?" : "";
}

std::string mask_number(std::string_view number) {
  if (number.size() <= 5) return std::string(number);
  size_t head = number.size() >= 10 ? 3 : 1, tail = number.size() >= 10 ? 4 : 2;
  return std::string(number.substr(0, head)) + std::string(number.size() - head - tail, '*') +
         std::string(number.substr(number.size() - tail));
}

namespace {

/// Decodes one character at the front of `text`; length 0 marks a broken sequence (RFC 3629 §4).
struct Decoded {
  char32_t code;
  size_t length;
};

Decoded decode(std::string_view text) {
  auto at = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0u; };
  auto tail = [&](size_t i) { return (at(i) & 0xC0u) == 0x80u; };
  uint32_t lead = at(0);
  if (lead < 0x80) return {lead, 1};
  if (lead >= 0xC2 && lead <= 0xDF && tail(1)) return {(lead & 0x1F) << 6 | (at(1) & 0x3F), 2};
  if (lead >= 0xE0 && lead <= 0xEF && tail(1) && tail(2)) {
    char32_t code = (lead & 0x0F) << 12 | (at(1) & 0x3F) << 6 | (at(2) & 0x3F);
    if (code >= 0x800 && !(code >= 0xD800 && code <= 0xDFFF)) return {code, 3};
  }
  if (lead >= 0xF0 && lead <= 0xF4 && tail(1) && tail(2) && tail(3)) {
    char32_t code = (lead & 0x07) << 18 | (at(1) & 0x3F) << 12 | (at(2) & 0x3F) << 6 | (at(3) & 0x3F);
    if (code >= 0x10000 && code <= 0x10FFFF) return {code, 4};
  }
  return {0xFFFD, 0};
}

/// East Asian Wide and Fullwidth (UAX #11), the blocks that matter for names and forms; combining marks take none.
size_t columns_of(char32_t c) {
  if (c < 0x20 || (c >= 0x300 && c <= 0x36F) || c == 0x200B) return 0;
  bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0x303E) || (c >= 0x3041 && c <= 0x33FF) ||
              (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xA000 && c <= 0xA4CF) ||
              (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) ||
              (c >= 0xFF00 && c <= 0xFF60) || (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1F64F) ||
              (c >= 0x20000 && c <= 0x3FFFD);
  return wide ? 2 : 1;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string whole;
  whole.reserve(text.size());
  while (!text.empty()) {
    auto [code, length] = decode(text);
    whole += length ? text.substr(0, length) : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(std::max<size_t>(1, length));
  }
  return whole;
}

size_t display_width(std::string_view text) {
  size_t columns = 0;
  while (!text.empty()) {
    auto [code, length] = decode(text);
    columns += columns_of(code);
    text.remove_prefix(std::max<size_t>(1, length));
  }
  return columns;
}

static std::string blanks_for(std::string_view text, size_t columns) {
  size_t width = display_width(text);
  return std::string(width < columns ? columns - width : 0, ' ');
}

std::string pad_right(std::string_view text, size_t columns) { return std::string(text) + blanks_for(text, columns); }
std::string pad_left(std::string_view text, size_t columns) { return blanks_for(text, columns) + std::string(text); }

std::string hex(std::span<const uint8_t> octets) {
  std::string whole;
  for (uint8_t octet : octets) {
    whole += "0123456789abcdef"[octet >> 4];
    whole += "0123456789abcdef"[octet & 15];
  }
  return whole;
}

bool is_one_field(std::string_view text) { return text.find_first_of(std::string_view("\t\n\r\0", 4)) == text.npos; }

}  // namespace hotline
