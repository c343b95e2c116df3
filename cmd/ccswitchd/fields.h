// SPDX-License-Identifier: GPL-2.0-or-later
// Reads a command's fields; the first one that is missing or wrong is named in the refusal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wire/wire.h"

namespace hotline::ccswitchd {

class Fields {
 public:
  explicit Fields(const wire::Json& body) : body_(body) {}

  bool has(const char* key) const { return !wire::member(body_, key).is_null(); }
  std::string needed(const char* key);
  std::string text(const char* key, const std::string& otherwise = "");
  int64_t integer(const char* key, int64_t otherwise, int64_t min, int64_t max);
  bool boolean(const char* key, bool otherwise);
  std::string choice(const char* key, const std::string& otherwise, const std::vector<std::string>& allowed);
  /// A list of at most `max`; an empty one when it is missing.
  const wire::Json& list(const char* key, size_t max);
  const wire::Json& any(const char* key) const { return wire::member(body_, key); }

  /// Refuses, unless something was refused before.
  void refuse(const char* code, const std::string& text);
  const std::optional<wire::Reply>& refused() const { return refused_; }
  explicit operator bool() const { return !refused_; }

 private:
  const wire::Json& body_;
  std::optional<wire::Reply> refused_;
};

}  // namespace hotline::ccswitchd
