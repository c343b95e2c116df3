// SPDX-License-Identifier: GPL-2.0-or-later
#include "desk/number.h"

namespace hotline::desk {

constexpr size_t kDigitsMax = 32;

static bool is_mobile(std::string_view digits) {
  return digits.size() == 11 && digits[0] == '1' && digits[1] >= '3' && digits[1] <= '9';
}

/// A national number, its trunk prefix gone.
static std::string national(std::string digits) {
  if (is_mobile(digits) || digits.size() < 9) return digits;
  bool freephone = digits.size() == 10 && (digits.starts_with("400") || digits.starts_with("800"));
  return freephone ? digits : "0" + digits;
}

std::string canonical_number(std::string_view text, const std::string& area_code) {
  std::string digits;
  bool plus = false;
  for (char c : text) {
    if (c >= '0' && c <= '9') digits += c;
    if (c == '+' && digits.empty()) plus = true;
  }
  if (digits.empty() || digits.size() > kDigitsMax) return "";
  if (!plus && digits.starts_with("00") && digits.size() > 8) {
    plus = true;
    digits.erase(0, 2);
  }
  if (plus) return digits.starts_with("86") ? national(digits.substr(2)) : "+" + digits;
  if (digits[0] == '0' && is_mobile(std::string_view(digits).substr(1))) return digits.substr(1);
  bool local = (digits.size() == 7 || digits.size() == 8) && digits[0] >= '2' && digits[0] <= '8';
  return local && !area_code.empty() ? area_code + digits : digits;
}

}  // namespace hotline::desk
