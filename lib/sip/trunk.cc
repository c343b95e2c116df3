// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/trunk.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <sofia-sip/nta_tport.h>
#include <sofia-sip/tport.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "sip/digest.h"
#include "sip/header.h"

namespace hotline::sip {
namespace {

constexpr seconds kAvoid{30};
constexpr milliseconds kOptionsTimeout{4000};
constexpr int64_t kExpiresLongest_s = 86400, kExpiresShortest_s = 10;

bool within(const std::string& address, const std::string& network) {
  size_t slash = network.find('/');
  auto bits = slash == std::string::npos ? std::optional<int64_t>(32) : parse_int(network.substr(slash + 1));
  in_addr a{}, n{};
  if (!bits || *bits < 0 || *bits > 32 || ::inet_pton(AF_INET, address.c_str(), &a) != 1 ||
      ::inet_pton(AF_INET, network.substr(0, slash).c_str(), &n) != 1)
    return false;
  uint32_t mask = *bits == 0 ? 0 : ~uint32_t{0} << (32 - *bits);
  return (ntohl(a.s_addr) & mask) == (ntohl(n.s_addr) & mask);
}

/// The same after every start, so that a provider's old contact leads to us; and not to be guessed without the secret.
std::string token_of(const TrunkConfig& config) {
  std::string text = config.name + "\n" + config.user + "\n" + config.secret;
  uint8_t hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(hash, reinterpret_cast<const uint8_t*>(text.data()), text.size());
  return "t" + hex(std::span(hash).first(12));
}

}  // namespace

Trunk::Trunk(Host host, TrunkConfig config)
    : host_(std::move(host)), config_(std::move(config)), token_(token_of(config_)), gates_(config_.gates.size()) {
  size_t seed = std::hash<std::string>()(config_.name);
  Instant now = monotonic_now();
  for (size_t i = 0; i < gates_.size(); ++i) gates_[i].pulse.next = now + milliseconds((seed + i * 331) % 1000);
  due_ = now;
}

Trunk::~Trunk() {
  alive_.reset();
  if (open_) host_.requests.forget(open_);
  if (leg_) nta_leg_destroy(leg_);
}

std::string Trunk::hop(size_t gate) const {
  const auto& one = config_.gates[gate];
  return hop_to(one.address, one.port, config_.transport);
}

std::string Trunk::uri_of(const std::string& number, size_t gate) const {
  const auto& one = config_.gates[gate];
  return "sip:" + escaped_user(number) + "@" + one.address + ":" + std::to_string(one.port);
}

std::string Trunk::domain(size_t gate) const {
  return config_.domain.empty() ? config_.gates[gate].address : config_.domain;
}

void Trunk::step(Instant now) {
  if (config_.qualify.count() > 0)
    for (size_t gate = 0; gate < gates_.size(); ++gate)
      if (!gates_[gate].asking && gates_[gate].pulse.next <= now) ask(gate, now);
  if (config_.enroll && !open_ && due_ <= now) enroll("", config_.expires.count());
  settle();
}

void Trunk::ask(size_t gate, Instant now) {
  gates_[gate].asking = true;
  gates_[gate].pulse.next = now + config_.qualify;
  Requests::Request options;
  options.hop = hop(gate);
  options.uri = "sip:" + domain(gate);
  options.from = options.to = "<sip:" + (config_.user.empty() ? "hotline" : config_.user) + "@" + domain(gate) + ">";
  options.headers = "Contact: " + host_.contact_for(options.hop, "hotline") + "\r\nAccept: application/sdp\r\n";
  options.timeout = kOptionsTimeout;
  host_.requests.send(options, [this, gate, alive = std::weak_ptr<bool>(alive_)](const Requests::Answer& answer) {
    if (alive.expired()) return;
    gates_[gate].asking = false;
    gates_[gate].pulse.id = 1;
    gates_[gate].pulse.silent = answer.status == 0 || answer.status == 503 || !trusted(answer.out);
    if (answer.status) gates_[gate].pulse.rtt_ms = static_cast<int>(answer.took.count());
    settle();
  });
}

void Trunk::enroll(const std::string& credentials, int64_t expires_s) {
  std::string uri = "sip:" + domain(registrar_), self = "<sip:" + config_.user + "@" + domain(registrar_) + ">";
  // One Call-ID for all of them, its CSeq rising (RFC 3261 §10.2).
  if (!leg_) {
    leg_ = nta_leg_tcreate(host_.nta, nullptr, nullptr, SIPTAG_FROM_STR(self.c_str()), SIPTAG_TO_STR(self.c_str()),
                           TAG_END());
    if (leg_) nta_leg_tag(leg_, nullptr);
  }
  Requests::Request request;
  request.method = sip_method_register;
  request.name = "REGISTER";
  request.leg = leg_;
  request.hop = hop(registrar_);
  request.uri = uri;
  request.headers = "Contact: " + host_.contact_for(request.hop, token_) + "\r\nExpires: " + std::to_string(expires_s) +
                    "\r\n" + credentials;
  request.timeout = seconds(10);
  open_ = host_.requests.send(request, [this, answered = !credentials.empty(), expires_s](const auto& answer) {
    open_ = 0;
    on_enrolled(answer, answered, expires_s);
    settle();
  });
}

int64_t Trunk::granted_s(const sip_t* sip, int64_t asked_s) const {
  int64_t granted = sip->sip_expires ? static_cast<int64_t>(sip->sip_expires->ex_delta) : asked_s;
  for (const sip_contact_t* contact = sip->sip_contact; contact; contact = contact->m_next)
    if (contact->m_url->url_user && token_ == contact->m_url->url_user && contact->m_expires)
      granted = parse_int(contact->m_expires).value_or(granted);
  return std::clamp(granted, kExpiresShortest_s, kExpiresLongest_s);
}

void Trunk::on_enrolled(const Requests::Answer& answer, bool answered, int64_t asked_s) {
  Instant now = monotonic_now();
  if (answer.status == 0) {
    std::string who = config_.gates[registrar_].address;
    registrar_ = (registrar_ + 1) % config_.gates.size();
    return wait(false, "no answer from " + who);
  }
  if (!trusted(answer.out)) return wait(true, "the certificate does not have the name '" + config_.tls_name + "'");
  if (answer.status >= 200 && answer.status < 300) {
    int64_t granted = granted_s(answer.sip, asked_s);
    expires_ = now + seconds(granted);
    due_ = now + milliseconds(granted * 850);
    patience_ = seconds(0);
    return;
  }
  if (answer.status == 401 || answer.status == 407) {
    auto credentials = this->answer(answer.sip, "REGISTER", "sip:" + domain(registrar_));
    if (credentials && !answered) return enroll(*credentials, asked_s);
    return wait(true, credentials ? "the registrar does not take our secret" : "the registrar asks what we cannot answer");
  }
  if (answer.status == 423 && answer.sip->sip_min_expires &&
      static_cast<int64_t>(answer.sip->sip_min_expires->me_delta) > asked_s &&
      static_cast<int64_t>(answer.sip->sip_min_expires->me_delta) <= kExpiresLongest_s)
    return enroll("", static_cast<int64_t>(answer.sip->sip_min_expires->me_delta));
  if (answer.status >= 500) registrar_ = (registrar_ + 1) % config_.gates.size();
  wait(answer.status < 500, "the registrar answers " + std::to_string(answer.status));
}

void Trunk::wait(bool refused, const std::string& reason) {
  patience_ = patience_.count() == 0 ? (refused ? kRefusedFirst : kRetryFirst) : std::min(kRetryLongest, patience_ * 2);
  enroll_reason_ = reason;
  // A tenth more or less, so that many trunks do not come back in one second.
  uint32_t tenths = randombytes_uniform(200);
  due_ = monotonic_now() + milliseconds(patience_.count() * (900 + tenths));
}

void Trunk::sign_off() {
  if (!config_.enroll || !leg_ || expires_ <= monotonic_now()) return;
  if (open_) host_.requests.forget(std::exchange(open_, 0));
  std::string contact = host_.contact_for(hop(registrar_), token_);
  std::string hop_now = hop(registrar_), uri = "sip:" + domain(registrar_);
  auto* out = nta_outgoing_tcreate(leg_, nullptr, nullptr, URL_STRING_MAKE(hop_now.c_str()), SIP_METHOD_REGISTER,
                                   URL_STRING_MAKE(uri.c_str()), SIPTAG_CONTACT_STR(contact.c_str()),
                                   SIPTAG_EXPIRES_STR("0"), TAG_END());
  if (out) nta_outgoing_destroy(out);
}

std::string Trunk::unusable() const {
  if (config_.enroll && expires_ <= monotonic_now()) return enroll_reason_;
  bool all_silent =
      std::all_of(gates_.begin(), gates_.end(), [](const GateState& gate) { return gate.pulse.silent; });
  return config_.qualify.count() > 0 && all_silent ? "no answer to OPTIONS" : "";
}

void Trunk::settle() {
  std::string reason = unusable();
  // Nothing is said before it is known: a first answer, or that none came.
  bool asked = config_.qualify.count() == 0 ||
               std::any_of(gates_.begin(), gates_.end(), [](const GateState& gate) { return gate.pulse.id != 0; });
  bool tried = !config_.enroll || patience_.count() > 0 || expires_ != Instant{};
  bool up = reason.empty();
  if (!asked || !tried || told_ == up) return;
  told_ = up;
  host_.tell(config_.name, up, reason);
}

TrunkState Trunk::state() const {
  TrunkState state;
  state.name = config_.name;
  state.reason = unusable();
  state.up = state.reason.empty() && told_.value_or(false);
  if (!told_) state.reason = "starting";
  size_t gate = order().front();
  state.gate = config_.gates[gate].address + ":" + std::to_string(config_.gates[gate].port);
  state.rtt_ms = gates_[gate].pulse.rtt_ms;
  state.calls = calls();
  state.calls_max = config_.calls_max;
  auto left = std::chrono::duration_cast<seconds>(expires_ - monotonic_now()).count();
  state.enrolled = config_.enroll && left > 0;
  state.expires_s = state.enrolled ? static_cast<int>(left) : 0;
  return state;
}

std::vector<size_t> Trunk::order() const {
  std::vector<size_t> list;
  Instant now = monotonic_now();
  for (size_t i = 0; i < gates_.size(); ++i) list.push_back(i);
  auto doubt = [&](size_t i) { return gates_[i].pulse.silent ? 2 : gates_[i].avoid_until > now ? 1 : 0; };
  std::stable_sort(list.begin(), list.end(), [&](size_t a, size_t b) { return doubt(a) < doubt(b); });
  return list;
}

void Trunk::failed(size_t gate) {
  gates_[gate].avoid_until = monotonic_now() + kAvoid;
  gates_[gate].pulse.next = {};
}

bool Trunk::sent(const Source& source, const sip_t* sip) const {
  const char* user = sip->sip_request ? sip->sip_request->rq_url->url_user : nullptr;
  if (config_.enroll && user && same_secret_text(token_, user)) return true;
  bool stream = source.transport != Transport::udp;
  for (const auto& gate : config_.gates)
    // A connection's port says nothing.
    if (gate.address == source.address && source.transport == config_.transport && (stream || gate.port == source.port))
      return true;
  return std::any_of(config_.networks.begin(), config_.networks.end(),
                     [&](const std::string& network) { return within(source.address, network); });
}

Caller Trunk::caller(const sip_t* sip) const {
  Caller caller;
  caller.line = "trunk:" + config_.name;
  // What the network vouches for stands before what the caller says of himself (RFC 3325 §9.1).
  auto party = party_in(sip, "P-Asserted-Identity");
  if (!party) party = party_in(sip, "Remote-Party-ID");
  if (!party) party = Party{number_in(sip->sip_from->a_url->url_user), unquoted_text(sip->sip_from->a_display)};
  caller.number = party->number;
  caller.name = party->name;
  if (caller.number == "anonymous" || wants_privacy(sip)) caller.number = caller.name = "";
  return caller;
}

std::string Trunk::called(const sip_t* sip) const {
  const char* user = sip->sip_request->rq_url->url_user;
  if (!user || !same_secret_text(token_, user)) return number_in(user);
  // The contact that we registered is no number: the one that was called stands in To.
  std::string to = number_in(sip->sip_to->a_url->url_user);
  return to.empty() || to == config_.user ? (config_.number.empty() ? config_.user : config_.number) : to;
}

std::string Trunk::from_for(const Invite& invite, size_t gate, std::string& headers) const {
  std::string host = domain(gate), number = escaped_user(invite.from);
  std::string name = invite.display.empty() || invite.display == invite.from ? "" : quoted_text(invite.display) + " ";
  bool hidden = number.empty();
  std::string identity = "<sip:" + (hidden ? config_.user : number) + "@" + host + ">";
  if (config_.from == TrunkConfig::From::from) {
    return hidden ? "\"Anonymous\" <sip:anonymous@anonymous.invalid>" : name + identity;
  }
  if (config_.from == TrunkConfig::From::rpid) {
    headers += "Remote-Party-ID: " + name + identity + ";party=calling;privacy=" + (hidden ? "full" : "off") + "\r\n";
  } else {
    headers += "P-Asserted-Identity: " + name + identity + "\r\n";
    if (hidden) headers += "Privacy: id\r\n";  // RFC 3325 §7, RFC 3323
  }
  if (hidden) return "\"Anonymous\" <sip:anonymous@anonymous.invalid>";
  return config_.user.empty() ? name + identity : name + "<sip:" + escaped_user(config_.user) + "@" + host + ">";
}

std::optional<std::string> Trunk::answer(const sip_t* sip, const std::string& method, const std::string& uri) const {
  if (config_.user.empty() || config_.secret.empty() || !sip || !sip->sip_status) return std::nullopt;
  bool proxy = sip->sip_status->st_status == 407;
  const msg_auth_t* first = proxy ? sip->sip_proxy_authenticate : sip->sip_www_authenticate;
  std::optional<Challenge> best;
  int looked_at = 0;
  for (const msg_auth_t* one = first; one && looked_at < 4; one = one->au_next, ++looked_at) {
    if (!one->au_scheme || ::strcasecmp(one->au_scheme, "Digest") != 0) continue;
    auto challenge = parse_challenge(one->au_params);
    // The stronger one (RFC 8760 §2.4 leaves the choice to us).
    if (challenge && (!best || challenge->algorithm == Algorithm::sha256)) best = challenge;
  }
  if (!best) return std::nullopt;
  return std::string(proxy ? "Proxy-Authorization: " : "Authorization: ") +
         answer_to(*best, config_.user, config_.secret, method, uri) + "\r\n";
}

bool Trunk::trusted(nta_outgoing_t* out) const {
  if (config_.transport != Transport::tls || config_.tls_name.empty()) return true;
  tport_t* transport = out ? nta_outgoing_transport(out) : nullptr;
  msg_t* msg = out ? nta_outgoing_getresponse(out) : nullptr;
  bool named = false;
  if (transport && msg)
    if (const su_strlst_t* names = tport_delivered_from_subjects(transport, msg))
      named = tport_subject_search(config_.tls_name.c_str(), names);
  if (msg) msg_destroy(msg);
  if (transport) tport_unref(transport);
  return named;
}

void Trunks::set(const Trunk::Host& host, std::vector<TrunkConfig> configs) {
  std::vector<std::unique_ptr<Trunk>> next;
  for (auto& config : configs) {
    auto old = std::find_if(all_.begin(), all_.end(),
                            [&](const auto& one) { return one && one->config() == config; });
    next.push_back(old == all_.end() ? std::make_unique<Trunk>(host, std::move(config)) : std::move(*old));
  }
  for (auto& old : all_)
    if (old) old->sign_off();
  all_ = std::move(next);
}

void Trunks::step(Instant now) {
  for (auto& trunk : all_) trunk->step(now);
}

Trunk* Trunks::find(const std::string& name) const {
  auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one->config().name == name; });
  return found == all_.end() ? nullptr : found->get();
}

Trunk* Trunks::sender(const Source& source, const sip_t* sip) const {
  auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one->sent(source, sip); });
  return found == all_.end() ? nullptr : found->get();
}

std::vector<TrunkState> Trunks::states() const {
  std::vector<TrunkState> list;
  for (const auto& one : all_) list.push_back(one->state());
  return list;
}

}  // namespace hotline::sip
