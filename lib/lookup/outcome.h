// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "base/result.h"
#include "lookup/values.h"

namespace hotline::lookup {

/// Why a look-up failed. Names are what flows and `cclookup` show: reason_name().
enum class Reason {
  none,           ///< it did not fail
  unknown,        ///< there is no such look-up
  bad_parameter,  ///< one is missing, unknown, or has a value that cannot be sent; the source was not asked
  busy,           ///< too many ask it already; the source was not asked
  resting,        ///< it failed too often and is left alone for a while; the source was not asked
  timeout,
  refused,      ///< nobody takes the connection
  unavailable,  ///< the program, the database or the host's address is not there
  bad_answer,   ///< not of the form that was agreed on, or too large
  failed,       ///< the source said so: exit status, HTTP status, an error of SQL
};
const char* reason_name(Reason reason);

/// How a look-up ended. `none` is an answer: a pin look-up says with it in `fields` whether the number is locked.
/// `text` is for logs and people; it holds neither parameters nor what was answered.
struct Outcome {
  enum class Kind { found, none, failed };
  Kind kind = Kind::failed;
  Fields fields{};
  Reason reason = Reason::none;
  std::string text{};

  static Outcome found(Fields fields) { return {Kind::found, std::move(fields)}; }
  static Outcome none(Fields fields = {}) { return {Kind::none, std::move(fields)}; }
  static Outcome failed(Reason reason, std::string text) { return {Kind::failed, {}, reason, std::move(text)}; }
  /// "found", "none", or "failed".
  const char* name() const;
};

}  // namespace hotline::lookup
