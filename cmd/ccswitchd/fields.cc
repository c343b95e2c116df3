// SPDX-License-Identifier: GPL-2.0-or-later
#include "fields.h"

#include <algorithm>

#include "base/text.h"

namespace hotline::ccswitchd {

using wire::Json;

static const Json kNoItems = Json::array();

void Fields::refuse(const char* code, const std::string& text) {
  if (!refused_) refused_ = wire::Reply::no(code, text);
}

std::string Fields::needed(const char* key) {
  const Json& value = any(key);
  if (value.is_string() && !value.get_ref<const std::string&>().empty()) return text(key);
  refuse(wire::code::kBadRequest, "field '" + std::string(key) + (value.is_null() ? "' is missing" : "' is no text"));
  return "";
}

std::string Fields::text(const char* key, const std::string& otherwise) {
  static constexpr size_t kBytesMax = 1024;
  const Json& value = any(key);
  if (value.is_null()) return otherwise;
  if (!value.is_string()) {
    refuse(wire::code::kBadRequest, "field '" + std::string(key) + "' is no text");
    return otherwise;
  }
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() > kBytesMax || !is_one_field(text)) {
    refuse(wire::code::kBadRequest,
           "field '" + std::string(key) + "' is longer than 1024 octets or holds a tab, newline or NUL");
    return otherwise;
  }
  return text;
}

int64_t Fields::integer(const char* key, int64_t otherwise, int64_t min, int64_t max) {
  const Json& value = any(key);
  if (value.is_null()) return otherwise;
  bool whole = value.is_number_integer() && !(value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX);
  int64_t number = whole ? value.get<int64_t>() : 0;
  if (whole && number >= min && number <= max) return number;
  refuse(wire::code::kBadRequest, "field '" + std::string(key) + "' is no whole number from " + std::to_string(min) +
                                      " to " + std::to_string(max));
  return otherwise;
}

bool Fields::boolean(const char* key, bool otherwise) {
  const Json& value = any(key);
  if (value.is_null()) return otherwise;
  if (!value.is_boolean())
    refuse(wire::code::kBadRequest, "field '" + std::string(key) + "' is neither true nor false");
  return value.is_boolean() ? value.get<bool>() : otherwise;
}

std::string Fields::choice(const char* key, const std::string& otherwise, const std::vector<std::string>& allowed) {
  std::string word = otherwise.empty() ? needed(key) : text(key, otherwise);
  if (*this && std::find(allowed.begin(), allowed.end(), word) == allowed.end())
    refuse(wire::code::kBadRequest,
           "field '" + std::string(key) + "': '" + word + "' is none of " + join(allowed, ", "));
  return word;
}

const Json& Fields::list(const char* key, size_t max) {
  const Json& value = any(key);
  if (value.is_null()) return kNoItems;
  if (value.is_array() && value.size() <= max) return value;
  refuse(wire::code::kBadRequest, "field '" + std::string(key) + "' is no list of at most " + std::to_string(max));
  return kNoItems;
}

}  // namespace hotline::ccswitchd
