// SPDX-License-Identifier: GPL-2.0-or-later
// Comma-separated values, RFC 4180: quotes may enclose commas, line ends and doubled quotes; CRLF or LF.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::desk {

struct CsvRow {
  int64_t line = 0;  ///< on which it begins, from 1
  std::vector<std::string> fields;
};
/// `bad_data` with the line of a quote that is not closed, or that closes before its field ends. Empty lines are no
/// rows.
Result<std::vector<CsvRow>> parse_csv(std::string_view text);
/// One row with its CRLF; quotes where they are needed.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace hotline::desk
