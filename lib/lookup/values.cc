// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup/values.h"

#include <algorithm>

#include "base/text.h"

namespace hotline::lookup {

bool is_name(std::string_view text) {
  auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && text.size() <= 32 && small(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return small(c) || (c >= '0' && c <= '9') || c == '-'; });
}

std::string to_symbol(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string from_symbol(std::string symbol) {
  std::replace(symbol.begin(), symbol.end(), '_', '-');
  return symbol;
}

std::string wrong_value(std::string_view value) {
  if (value.size() > kValueBytesMax) return "is longer than " + std::to_string(kValueBytesMax) + " octets";
  for (size_t i = 0; i < value.size(); ++i) {
    auto octet = static_cast<unsigned char>(value[i]);
    // U+0080 to U+009F are control characters, too; in UTF-8 they begin with C2.
    bool second = octet == 0xc2 && i + 1 < value.size() && static_cast<unsigned char>(value[i + 1]) < 0xa0;
    if (octet < 0x20 || octet == 0x7f || second) return "has a control character";
  }
  if (valid_utf8(value) != value) return "is not UTF-8";
  return "";
}

Result<Fields> parse_lines(std::string_view text) {
  Fields fields;
  size_t number = 0;
  auto wrong = [&](const std::string& what) {
    return Error{Errc::bad_data, "line " + std::to_string(number) + " of the answer " + what};
  };
  while (!text.empty()) {
    ++number;
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    size_t equals = line.find('=');
    if (equals == std::string_view::npos || !is_name(line.substr(0, equals))) return wrong("is not NAME=VALUE");
    if (auto why = wrong_value(line.substr(equals + 1)); !why.empty()) return wrong(why);
    if (!fields.emplace(line.substr(0, equals), line.substr(equals + 1)).second)
      return wrong("has a name that was there");
    if (fields.size() > kFieldsMax) return wrong("is one too many");
  }
  return fields;
}

std::string format_lines(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) text.append(name).append("=").append(value).append("\n");
  return text + "\n";
}

Result<Fields> pick(const Fields& fields, const std::vector<std::string>& wanted) {
  Fields picked;
  for (const auto& name : wanted) {
    auto found = fields.find(name);
    if (found == fields.end()) return Error{Errc::bad_data, "'" + name + "' is missing in the answer"};
    if (auto why = wrong_value(found->second); !why.empty())
      return Error{Errc::bad_data, "'" + name + "' of the answer " + why};
    picked.insert(*found);
  }
  return picked;
}

}  // namespace hotline::lookup
