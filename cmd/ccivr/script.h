// SPDX-License-Identifier: GPL-2.0-or-later
// Scripts of `ccivr expect`: what callers do and what must come of it. A line each; '#' begins a comment; a word with
// blanks stands in single quotes. ccflow(5), SCRIPTS, is the page.
//
//     caller NUMBER  called NUMBER   of the next call
//     tag KEY VALUE              the next call has that tag when it comes
//     at 'DAY HH:MM[:SS]'        the next call comes then, by the site's clock (else a Monday at ten)
//     queue NAME FIGURE=N…       what that queue looks like when the next call's flow asks
//     call                       a new caller is answered (a script begins so by itself)
//     key DIGITS                 keys, one after another
//     wait                       nothing is keyed until the time-out, or nobody answers who was asked
//     result RESULT [KEY=VALUE…] the queue gives the call back, or who was asked answers so
//     hear ITEM…                 these are among what was heard since the last act, in this order: prompts, "{105.20 as
//                                money}", and a part of a text that was spoken
//     expect node NODE           the caller is at that node
//     expect queue QUEUE         that queue has the caller
//     expect KIND SUBJECT [KEY=VALUE…]   a node of that kind asks that: lookup, record, voicemail, transfer, fax,
//     callback expect hangup [CAUSE]      the flow hung up expect return RESULT       it gave the call back expect tag
//     KEY VALUE       the call has that tag expect vote SURVEY/QUESTION=ANSWER expect left MAILBOX [KEY=VALUE…]   a
//     message was left there
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
