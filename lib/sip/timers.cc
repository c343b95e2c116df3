// SPDX-License-Identifier: GPL-2.0-or-later
// Session timers (RFC 4028): a session lives for so long and is then over unless one side, the refresher, has asked for
// more. So a phone that vanished without a word does not keep its call for ever. A phone that knows no timers is sent
// an OPTIONS within the dialog at the same pace: one that does not answer is gone, too.
#include <algorithm>

#include "base/log.h"
#include "sip/agent.h"

namespace hotline::sip {
namespace {

constexpr int kRecoveryOnTimer = 102;
constexpr int kLastWords_s = 32;  ///< RFC 4028 §10: who does not refresh gives up so long before the end, or a third

bool is(const char* text, const char* word) { return text && ::strcasecmp(text, word) == 0; }

}  // namespace

bool Agent::session_too_short(const sip_t* sip) const {
  const auto* asked = sip->sip_session_expires;
  // RFC 4028 §9: only who knows timers is told 422; for another it was a proxy that asked.
  return config_.session_expires_s > 0 && asked && lists(sip->sip_supported, "timer") &&
         asked->x_delta < static_cast<unsigned long>(config_.session_expires_min_s);
}

std::string Agent::agree_session(Dialog& dialog, const sip_t* sip) {
  auto& session = dialog.session;
  session.expires_s = 0;
  session.failed = 0;
  if (config_.session_expires_s == 0 || !dialog.able.timer) return "";
  constexpr unsigned long kLongest_s = 24 * 3600;
  const auto* asked = sip->sip_session_expires;
  int expires = config_.session_expires_s;
  if (asked) expires = std::min(expires, static_cast<int>(std::min(asked->x_delta, kLongest_s)));
  if (sip->sip_min_se) expires = std::max(expires, static_cast<int>(std::min(sip->sip_min_se->min_delta, kLongest_s)));
  session.expires_s = expires;
  session.we_refresh = asked && is(asked->x_refresher, "uas");
  return std::to_string(expires) + (session.we_refresh ? ";refresher=uas" : ";refresher=uac");
}

void Agent::session_answered(Dialog& dialog, const sip_t* sip) {
  auto& session = dialog.session;
  const auto* agreed = sip->sip_session_expires;
  session.failed = 0;
  session.expires_s = agreed ? static_cast<int>(std::clamp<unsigned long>(agreed->x_delta, 1, 24 * 3600)) : 0;
  session.we_refresh = !agreed || !is(agreed->x_refresher, "uas");
  arm_session(dialog);
}

void Agent::arm_session(Dialog& dialog) {
  auto& session = dialog.session;
  session.due.cancel();
  if (config_.session_expires_s == 0) return;
  auto id = dialog.id;
  if (session.expires_s == 0 || session.we_refresh) {
    int of_s = session.expires_s ? session.expires_s : config_.session_expires_s;
    session.due = loop_.after(milliseconds(of_s * 500), [this, id] { refresh(id); });
    return;
  }
  int before_ms = std::min(kLastWords_s * 1000, session.expires_s * 1000 / 3);
  session.due = loop_.after(milliseconds(session.expires_s * 1000 - before_ms), [this, id] { expire(id); });
}

void Agent::refresh(DialogId id) {
  Dialog* dialog = find(id);
  if (dialog && dialog->state == Dialog::State::up) send_again(*dialog, Dialog::Again::refresh);
}

void Agent::expire(DialogId id) {
  Dialog* dialog = find(id);
  if (!dialog || dialog->state != Dialog::State::up) return;
  log_warning("sip.expired phone=" + dialog->phone + " text='its session was not refreshed: is it still there?'");
  break_off(*dialog, kRecoveryOnTimer);
}

}  // namespace hotline::sip
