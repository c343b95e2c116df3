// SPDX-License-Identifier: GPL-2.0-or-later
// What goes into a look-up and comes out of it: names and values, bounded. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::lookup {

/// By name: "number" = "88001234".
using Fields = std::map<std::string, std::string>;

inline constexpr size_t kValueBytesMax = 1000;
inline constexpr size_t kFieldsMax = 32;
inline constexpr size_t kAnswerBytesMax = 64 << 10;

/// Small letters, digits and '-', a letter first, at most 32 octets: what parameters and results are called.
bool is_name(std::string_view text);

/// The same name where '-' cannot be written: in SQL and in patterns, "as-of" is "as_of"; and back.
std::string to_symbol(std::string name);
std::string from_symbol(std::string symbol);

/// Why `value` may not go in or come out, in words that do not repeat it ("has a control character"); "" when it may.
std::string wrong_value(std::string_view value);

/// Lines KEY=VALUE, a carriage return before the newline allowed; an empty line or the end of the text ends them.
/// `bad_data` for a line that is none, a name that is none or there twice, a wrong value, too many.
Result<Fields> parse_lines(std::string_view text);
/// The same the other way, ended by an empty line.
std::string format_lines(const Fields& fields);

/// Those of `fields` that are `wanted`; `bad_data` with the name of one that is missing or has a wrong value.
Result<Fields> pick(const Fields& fields, const std::vector<std::string>& wanted);

}  // namespace hotline::lookup
