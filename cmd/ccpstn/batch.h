// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "act.h"
#include "base/result.h"
#include "base/time.h"

namespace hotline::pstn {

/// One call of `ccpstn call`, or of a line of its --batch file.
struct CallSpec {
  std::string span, from, to;
  std::string name;          ///< of the caller
  std::string redirecting;   ///< "96110" or "96110:busy": who passed the call on, and why
  std::string overlap;       ///< "200ms": the number goes digit by digit, with such pauses; "": as a whole
  int64_t first = 0;         ///< then so many digits are in the SETUP
  std::string after = "0s";  ///< from the start of the tool
  ActSpec act;
};

/// Reads a batch: one call a line, with the options of `ccpstn call`: `--after 3s --from 138 --to 96116 --keys w3s,1`.
/// Words with blanks stand in '…' or "…"; empty lines and those that begin with # are passed over. `bad_data` with file
/// and line for an option that is none. At most 10,000 calls.
Result<std::vector<CallSpec>> parse_batch(const std::string& text, const std::string& name, const CallSpec& otherwise);

/// The words of one line; `bad_data` for a quote that is not closed.
Result<std::vector<std::string>> split_words(const std::string& line);

}  // namespace hotline::pstn
