// SPDX-License-Identifier: GPL-2.0-or-later
#include "ending.h"

namespace hotline::journal_fold {

/// Of a call whose last stop was a queue.
static const char* ending_in_queue(const store::CallFacts& facts) {
  const std::string& exit = facts.queue_exit;
  // No exit: ccqueue was away when the call went. Then the switch alone knows who left.
  if (exit.empty()) return facts.ended_by == "caller" ? "abandoned" : "failed";
  if (exit == "abandoned" || exit == "short-abandoned") return "abandoned";
  if (exit == "key-exit") return "ivr";
  if (exit == "call-back") return "call-back";
  if (exit == "timed-out" || exit == "overflowed" || exit == "withdrawn") return "turned-away";
  return "failed";  // "failed"; or "answered" by an agent with whom it was never joined
}

const char* ending(const store::CallFacts& facts) {
  if (!facts.ended) return "open";
  if (facts.ended_by == "restart") return "lost";
  if (facts.outbound) return facts.answered ? "reached" : "unreached";
  if (facts.bridged) return "answered";
  if (facts.queued) return ending_in_queue(facts);
  if (facts.menu_exit == "error") return "failed";
  if (facts.in_menu || facts.answered) return "ivr";
  if (facts.ended_by == "caller") return "abandoned";
  if (facts.ended_by == "controller" || facts.ended_by == "blacklist") return "refused";
  return "failed";
}

}  // namespace hotline::journal_fold
