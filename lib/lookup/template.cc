// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup/template.h"

#include <algorithm>

#include "base/text.h"

namespace hotline::lookup {

namespace {

bool alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string percent(std::string_view value) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (char c : value) {
    if (alphanumeric(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
      text += c;
      continue;
    }
    auto octet = static_cast<unsigned char>(c);
    text += '%';
    text += kDigits[octet >> 4];
    text += kDigits[octet & 15];
  }
  return text;
}

/// Values have no control characters.
std::string json(std::string_view value) {
  std::string text;
  for (char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

bool is_plain(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return alphanumeric(c) || static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view(" +-._*#").find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string encoded(std::string_view value, Encoding encoding) {
  switch (encoding) {
    case Encoding::percent:
      return percent(value);
    case Encoding::json:
      return json(value);
    case Encoding::plain:
      return std::string(value);
  }
  return "";
}

Result<Template> Template::parse(std::string_view text, const std::vector<std::string>& parameters) {
  Template whole;
  std::string literal;
  auto flush = [&] {
    if (!literal.empty()) whole.parts_.push_back({std::exchange(literal, ""), false});
  };
  while (!text.empty()) {
    size_t end = text[0] == '{' ? text.find('}') : std::string_view::npos;
    std::string name(end == std::string_view::npos ? "" : text.substr(1, end - 1));
    if (!is_name(name)) {
      literal += text[0];
      text.remove_prefix(1);
      continue;
    }
    if (std::find(parameters.begin(), parameters.end(), name) == parameters.end())
      return Error{Errc::config, "'{" + name + "}' is none of its parameters" + did_you_mean(name, parameters)};
    flush();
    whole.parts_.push_back({name, true});
    text.remove_prefix(end + 1);
  }
  flush();
  return whole;
}

Result<std::string> Template::fill(const Fields& values, Encoding encoding) const {
  std::string text;
  for (const auto& part : parts_) {
    if (!part.value) {
      text += part.text;
      continue;
    }
    auto found = values.find(part.text);
    require(found != values.end());  // parameters were held against the declared ones
    if (encoding == Encoding::plain && !is_plain(found->second))
      return Error{Errc::bad_data, "'" + part.text + "' has a character that may not stand there"};
    text += encoded(found->second, encoding);
  }
  return text;
}

std::string Template::sample(std::string_view sample) const {
  std::string text;
  for (const auto& part : parts_) text.append(part.value ? sample : std::string_view(part.text));
  return text;
}

bool Template::has_values() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.value; });
}

std::vector<std::string> Template::used() const {
  std::vector<std::string> names;
  for (const auto& part : parts_)
    if (part.value && std::find(names.begin(), names.end(), part.text) == names.end()) names.push_back(part.text);
  return names;
}

}  // namespace hotline::lookup
