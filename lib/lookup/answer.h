// SPDX-License-Identifier: GPL-2.0-or-later
// Reads what a source answered, by the form that its definition declares. Pure; the only file that knows RE2, whose
// time is linear in the text whatever the pattern.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lookup/outcome.h"

namespace hotline::lookup {

/// The declared form. Without pattern and pointers: lines NAME=VALUE.
struct AnswerForm {
  std::vector<std::string> results;             ///< each must be in an answer that found something
  std::string pattern;                          ///< named groups (?P<as_of>…) are the results
  std::string none_pattern;                     ///< what matches it says: none
  std::map<std::string, std::string> pointers;  ///< by result: where it is in JSON (RFC 6901)
  std::string found_pointer;                    ///< missing, null or false there says: none
  bool operator==(const AnswerForm&) const = default;
};

class AnswerReader {
 public:
  /// `config` when a pattern does not compile or a result has no group or pointer.
  static Result<AnswerReader> make(const AnswerForm& form);
  ~AnswerReader();
  AnswerReader(AnswerReader&&) noexcept;

  /// found, none, or failed as `bad_answer`.
  Outcome read(std::string_view text) const;

 private:
  struct State;
  explicit AnswerReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hotline::lookup
