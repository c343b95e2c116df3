// SPDX-License-Identifier: GPL-2.0-or-later
// Scripts of `ccivr expect`: what callers do and what must come of it. A line each; '#' begins a comment:
//
//     call                       a new caller is answered (a script begins so by itself)
//     key DIGITS                 keys, one after another
//     wait                       nothing is keyed until the time-out
//     result RESULT              the queue gives the call back
//     hear PROMPT…               these prompts are among those heard since the last act, in this order
//     expect node NODE           the caller is at that node
//     expect queue QUEUE         that queue has the caller
//     expect hangup [CAUSE]      the flow hung up
//     expect tag KEY VALUE       the call has that tag
#pragma once

#include <string>
#include <vector>

#include "flow/walk.h"

namespace hotline::ccivr {

struct Verdict {
  std::vector<std::string> failures;  ///< "<script>:<line>: …", in order
  bool bad_script = false;            ///< a line that cannot be understood; the last failure tells which
  size_t expectations = 0;
};

/// Runs the whole script: after a failure it goes on with the next `call`.
Verdict run_script(const std::string& text, const std::string& name, flow::Walk& walk);

}  // namespace hotline::ccivr
