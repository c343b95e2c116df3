// SPDX-License-Identifier: GPL-2.0-or-later
// One call to all contacts of a phone (RFC 3261 §16.6, as a user agent that calls them itself): every contact is a
// dialog of its own, and those above know of one.
#include <algorithm>

#include "sip/agent.h"

namespace hotline::sip {
namespace {

constexpr int kAnsweredElsewhere = 26, kNormalClearing = 16;  // Q.850; 26: non-selected user clearing
constexpr seconds kCancelling{40};

/// A person's no is worth more than a phone's silence.
int rank(int cause) {
  switch (cause) {
    case 17:  // busy
    case 21:  // rejected
      return 2;
    case 18:   // no user responding
    case 102:  // nobody answered at all
    case 41:   // a server's trouble
      return 0;
    default:
      return 1;
  }
}

}  // namespace

void Agent::swap_ids(Dialog& a, Dialog& b) {
  if (&a == &b) return;
  auto first = dialogs_.find(a.id), second = dialogs_.find(b.id);
  std::swap(first->second, second->second);
  std::swap(a.id, b.id);
}

void Agent::tell_ringing(Dialog& dialog) {
  if (!dialog.fork) return events_.on_ringing(dialog.id);
  if (!std::exchange(dialog.fork->rang, true)) events_.on_ringing(dialog.fork->call);
}

/// Silently, and Sofia holds the CANCEL back until there was a provisional response.
void Agent::cancel(Dialog& dialog, int cause) {
  std::string reason = release_reason(cause);
  auto* out = nta_outgoing_tcancel(dialog.out, nullptr, nullptr, SIPTAG_REASON_STR(reason.c_str()), TAG_END());
  if (out) nta_outgoing_destroy(out);
  dialog.fork.reset();
  dialog.state = Dialog::State::closing;
  dialog.deadline = loop_.after(kCancelling, [this, id = dialog.id] { dialogs_.erase(id); });
}

void Agent::cancel_others(Dialog& dialog, int cause) {
  auto fork = std::exchange(dialog.fork, nullptr);
  if (!fork) return;
  for (DialogId id : fork->branches)
    if (Dialog* other = find(id); other && other != &dialog) cancel(*other, cause);
}

void Agent::win(Dialog& dialog) {
  if (!dialog.fork) return;
  if (Dialog* known = find(dialog.fork->call)) swap_ids(dialog, *known);
  cancel_others(dialog, kAnsweredElsewhere);
}

bool Agent::lose(Dialog& dialog, int status, int& cause) {
  auto fork = dialog.fork;
  if (!fork || dialog.state != Dialog::State::calling) return false;
  if (fork->cause == 0 || rank(cause) > rank(fork->cause)) fork->cause = cause;
  cause = fork->cause;
  // 6xx speaks for all of them (RFC 3261 §16.7 step 5).
  if (status >= 600) cancel_others(dialog, kNormalClearing);
  if (status >= 600 || fork->branches.size() == 1) {
    dialog.fork.reset();
    return false;
  }
  // The id goes to one that still rings; a swap leaves the set of ids as it is.
  if (dialog.id == fork->call)
    for (DialogId id : fork->branches)
      if (Dialog* other = find(id); other && other != &dialog) {
        swap_ids(dialog, *other);
        break;
      }
  std::erase(fork->branches, dialog.id);
  end(dialog);
  return true;
}

}  // namespace hotline::sip
