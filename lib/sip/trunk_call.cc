// SPDX-License-Identifier: GPL-2.0-or-later
// Our calls over trunks: credentials where they are asked for, and the next gate where the present one fails.
#include <utility>

#include "sip/agent.h"
#include "sip/diversion.h"
#include "sip/header.h"

namespace hotline::sip {
namespace {

/// How long a gate may say nothing at all, not even 100, while another one is left; 64·T1 is 32 s, and callers wait.
constexpr seconds kPatience{4};
constexpr char kDuration[] = "\r\nDuration=160\r\n";  // milliseconds

}  // namespace

void Agent::set_trunks(std::vector<TrunkConfig> trunks) {
  Trunk::Host host{loop_, nta_, *requests_,
                   [this](const std::string& hop, const std::string& user) { return contact_for(hop, user); },
                   [this](const std::string& trunk, bool up, const std::string& reason) {
                     events_.on_trunk(trunk, up, reason);
                   }};
  trunks_.set(host, std::move(trunks));
}

Result<DialogId> Agent::invite_over_trunk(const Invite& invite) {
  Trunk* trunk = trunks_.find(invite.trunk);
  if (!trunk) return Error{Errc::unavailable, "no trunk '" + invite.trunk + "'"};
  if (auto reason = trunk->unusable(); !reason.empty())
    return Error{Errc::unavailable, "trunk '" + invite.trunk + "' is down: " + reason};
  if (trunk->calls() >= trunk->config().calls_max)
    return Error{Errc::again, "trunk '" + invite.trunk + "' has its " + std::to_string(trunk->calls()) + " calls"};
  if (dialogs_.size() >= static_cast<size_t>(config_.dialogs_max))
    return Error{Errc::again, "too many SIP calls: all " + std::to_string(config_.dialogs_max) + " are in use"};

  auto srtp = srtp_with(trunk->as_phone(), trunk->hop(0));
  if (!srtp) return Error{Errc::unavailable, "trunk '" + invite.trunk + "' must have SRTP, and its keys go over TLS only"};

  Dialog& dialog = add_dialog();
  dialog.ours = true;
  dialog.over = std::make_unique<OverTrunk>();
  dialog.over->gates = trunk->order();
  dialog.asked = std::make_unique<Invite>(invite);
  dialog.seat = trunk->seat();
  dialog.keys = trunk->config().keys;
  dialog.local.address = invite.local_address;
  dialog.local.port = invite.local_port;
  dialog.local.payloads = trunk->config().payloads;
  dialog.local.events = dialog.keys == TrunkConfig::Keys::rfc4733;
  dialog.local.srtp = *srtp;
  if (*srtp != Srtp::off) dialog.local.key = random_key();
  DialogId id = dialog.id;
  if (place_over_trunk(dialog, "")) return id;
  end(dialog);
  return Error{Errc::unavailable, "trunk '" + invite.trunk + "' cannot be called"};
}

bool Agent::place_over_trunk(Dialog& dialog, const std::string& credentials) {
  OverTrunk& over = *dialog.over;
  const Invite& invite = *dialog.asked;
  Trunk* trunk = trunks_.find(invite.trunk);
  if (!trunk || over.gates.empty() || over.gates.front() >= trunk->config().gates.size()) return false;
  size_t gate = over.gates.front();
  Outward outward;
  outward.headers = credentials;
  outward.from = trunk->from_for(invite, gate, outward.headers);
  outward.to = "<sip:" + escaped_user(invite.number) + "@" + trunk->domain(gate) + ">";
  outward.uri = trunk->uri_of(invite.number, gate);
  outward.headers += diversion_line(invite.diverted, trunk->domain(gate));
  dialog.hop = trunk->hop(gate);
  dialog.contact = contact_for(dialog.hop);
  // With credentials it is the same request again (RFC 3261 §22.2); at another gate, or after a dialog has begun to form,
  // it is a new one.
  if (dialog.leg && (credentials.empty() || nta_leg_get_rtag(dialog.leg)))
    nta_leg_destroy(std::exchange(dialog.leg, nullptr));
  if (!send_invite(dialog, outward)) return false;
  over.authorized = !credentials.empty();
  if (over.gates.size() > 1)
    over.patience = loop_.after(kPatience, [this, id = dialog.id] {
      if (Dialog* late = find(id); late && late->over) try_again(*late, 408, nullptr);
    });
  return true;
}

bool Agent::try_again(Dialog& dialog, int status, const sip_t* sip) {
  if (dialog.state != Dialog::State::calling) return false;
  OverTrunk& over = *dialog.over;
  Trunk* trunk = trunks_.find(dialog.asked->trunk);
  if (!trunk) return false;
  std::string credentials;
  if ((status == 401 || status == 407) && !over.authorized && trunk->trusted(dialog.out)) {
    std::string uri = trunk->uri_of(dialog.asked->number, over.gates.front());
    credentials = trunk->answer(sip, "INVITE", uri).value_or("");
  }
  // What Sofia makes up itself is silence or a network that says no; a 408 of the far end's is an answer.
  bool nobody = !sip || nta_sip_is_internal(sip);
  bool elsewhere = (nobody || status == 503) && over.gates.size() > 1;
  if (nobody || status == 503) trunk->failed(over.gates.front());
  if (credentials.empty() && !elsewhere) return false;
  over.patience.cancel();
  if (elsewhere) over.gates.erase(over.gates.begin());
  // Should the old one be answered after all, Sofia acknowledges and ends it (it is a user agent's, NTATAG_UA).
  if (nobody)
    if (auto* cancel = nta_outgoing_tcancel(dialog.out, nullptr, nullptr, TAG_END())) nta_outgoing_destroy(cancel);
  nta_outgoing_destroy(std::exchange(dialog.out, nullptr));
  if (place_over_trunk(dialog, credentials)) return true;
  DialogId id = dialog.id;
  end(dialog);
  events_.on_released(id, cause_of_status(status), true);
  return true;
}

bool Agent::send_keys(DialogId id, const std::string& keys) {
  Dialog* dialog = find(id);
  if (!dialog || dialog->keys != TrunkConfig::Keys::info) return false;
  send_next_key(id, keys);
  return true;
}

/// One after the other has been answered, so that they come in order.
void Agent::send_next_key(DialogId id, std::string keys) {
  Dialog* dialog = find(id);
  if (!dialog || dialog->state != Dialog::State::up || keys.empty()) return;
  Requests::Request info;
  info.method = sip_method_info;
  info.name = "INFO";
  info.leg = dialog->leg;
  info.hop = dialog->hop;
  info.headers = "Content-Type: application/dtmf-relay\r\n";
  info.body = "Signal=" + keys.substr(0, 1) + kDuration;
  requests_->send(info, [this, id, rest = keys.substr(1)](const Requests::Answer&) { send_next_key(id, rest); });
}

}  // namespace hotline::sip
