// SPDX-License-Identifier: GPL-2.0-or-later
// Two stacks of two processes that take turns on one address, so that an upgrade loses no call. The one that yields
// keeps its dialogs, its transactions and its UDP socket, from which it goes on to send: to the phones nothing has
// changed. The next binds the same address (shared_port.cc) and gets all datagrams from then on. What is of no dialog
// and no transaction of its own it hands on, unchanged, to a loopback port of the first (port_relay.cc). Should it die,
// the datagrams go to the first again by themselves.
//
// Connections cannot be shared in this way: the first keeps those with a dialog on them and closes the others, so that
// their phones come back to the next.
#include "sip/agent.h"  // before Sofia's: it says what their contexts are

#include <sofia-sip/nta_tport.h>
#include <sofia-sip/tport.h>

#include <cstring>

#include "base/text.h"
#include "sip/shared_port.h"

namespace hotline::sip {

namespace {

std::string call_id_of(const sip_t* sip) { return sip->sip_call_id ? sip->sip_call_id->i_id : ""; }

/// The Call-ID of the dialog that an INVITE replaces (RFC 3891), or "".
std::string replaced_by(const sip_t* sip) {
  const sip_replaces_t* replaces = sip_replaces(sip);
  return replaces && replaces->rp_call_id ? replaces->rp_call_id : "";
}

}  // namespace

Result<uint16_t> Agent::yield() {
  auto failed = [](const char* what) { return Error{Errc::io, std::string("cannot yield: ") + what}; };
  if (nta_agent_add_tport(nta_, URL_STRING_MAKE("sip:127.0.0.1:*;transport=udp"), TPTAG_STUN_SERVER(0), TAG_END()) < 0)
    return failed("no loopback port is to be had");
  int64_t port = 0;
  for (tport_t* one = tport_primaries(nta_agent_tports(nta_)); one; one = tport_next(one)) {
    const tp_name_t* name = tport_name(one);
    if (::strcasecmp(name->tpn_proto, "udp") == 0) port = parse_int(name->tpn_port).value_or(0);  // the last is ours
  }
  if (port < 1 || port == config_.port) return failed("the loopback port has no name");
  stop_listening();
  state_saved_ = {};
  state_changed_ = true;
  save_state();
  // They subscribe again at once, with the next (RFC 6665 §4.1.3).
  subscriptions_->end_all("deactivated");
  yielded_ = true;
  close_idle_connections();
  return static_cast<uint16_t>(port);
}

std::vector<std::string> Agent::call_ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, dialog] : dialogs_)
    if (!dialog->call_id.empty()) ids.push_back(dialog->call_id);
  return ids;
}

Result<void> Agent::hand_on(uint16_t port, std::vector<std::string> call_ids) {
  relay_.reset();
  relayed_call_ids_ = {call_ids.begin(), call_ids.end()};
  if (port == 0) return {};
  int fd = udp_socket_at(config_.address, config_.port);
  if (fd < 0) return Error{Errc::io, "the SIP port has no socket"};
  auto relay = PortRelay::open(loop_, port, fd);
  if (!relay) return relay.error();
  relay_ = std::move(*relay);
  return {};
}

std::vector<Registration> Agent::registrations(const std::string& phone) const {
  std::vector<Registration> all;
  Instant now = monotonic_now();
  for (const auto& binding : registrar_.bindings(phone)) {
    auto left = std::chrono::duration_cast<milliseconds>(binding.expires - now).count();
    if (transport_of(binding.target.hop) == Transport::udp && left > 0)
      all.push_back({phone, binding.target.uri, binding.target.hop, left});
  }
  return all;
}

void Agent::adopt(const std::string& phone, const std::vector<Registration>& registrations) {
  if (!registrar_.phone(phone)) return;
  (void)registrar_.unbind(phone, "");
  Instant now = monotonic_now();
  // The newest comes first, and is bound last.
  for (auto one = registrations.rbegin(); one != registrations.rend(); ++one) {
    Registrar::Binding binding;
    binding.target = Target{one->uri, one->hop};
    binding.expires = now + milliseconds(one->left_ms);
    binding.pulse.id = ++last_pulse_;
    binding.pulse.next = now;
    (void)registrar_.bind(phone, std::move(binding));
  }
}

bool Agent::is_of_the_other(const sip_t* sip) const {
  // What came here has met no dialog and no transaction of ours. A response, an ACK, a CANCEL, a request with a tag of
  // its To presuppose one; a new INVITE may be the repetition of one that the other has, or replace a dialog of it.
  if (!sip->sip_request || sip->sip_request->rq_method == sip_method_ack) return true;
  if (sip->sip_request->rq_method == sip_method_register) return false;
  if (sip->sip_to->a_tag || sip->sip_request->rq_method == sip_method_cancel) return true;
  return relayed_call_ids_.contains(call_id_of(sip)) || relayed_call_ids_.contains(replaced_by(sip));
}

bool Agent::handed_on(msg_t* msg, const sip_t* sip) {
  if (!relay_ || !is_of_the_other(sip)) return false;
  const su_sockaddr_t* from = msg_addr(msg);
  size_t length = 0;
  char* text = msg_as_string(msg_home(msg), msg, nullptr, 0, &length);
  if (text && from->su_family == AF_INET) relay_->forward({text, length}, from->su_sin);
  nta_msg_discard(nta_, msg);
  return true;
}

bool Agent::passed_over(msg_t* msg, const sip_t* sip) {
  if (!yielded_) return false;
  if (sip->sip_request && (sip->sip_to->a_tag || sip->sip_request->rq_method == sip_method_cancel)) return false;
  if (sip->sip_request && sip->sip_request->rq_method == sip_method_invite && !replaced_by(sip).empty()) return false;
  // Repeated until the next stack is there, which will know what to do; on a connection nothing is repeated.
  bool repeated = source_of(msg, sip).transport == Transport::udp;
  if (!repeated && sip->sip_request && sip->sip_request->rq_method != sip_method_ack)
    reply(msg, SIP_503_SERVICE_UNAVAILABLE);
  else
    nta_msg_discard(nta_, msg);
  return true;
}

void Agent::close_idle_connections() {
  auto peer_of = [](const std::string& hop) { return hop.substr(0, hop.find(";transport=")); };
  std::unordered_set<std::string> needed;
  for (const auto& [id, dialog] : dialogs_) needed.insert(peer_of(dialog->hop));
  for (tport_t* primary = tport_primaries(nta_agent_tports(nta_)); primary; primary = tport_next(primary)) {
    if (!tport_is_stream(primary)) continue;
    std::vector<tport_t*> idle;
    for (tport_t* one = tport_secondary(primary); one; one = tport_next(one)) {
      const tp_name_t* name = tport_name(one);
      std::string peer = std::string("sip:") + name->tpn_host + ":" + name->tpn_port;
      if (!needed.contains(peer)) idle.push_back(one);
    }
    for (tport_t* one : idle) tport_shutdown(one, 2);
  }
}

}  // namespace hotline::sip
