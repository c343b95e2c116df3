// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/agent.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sofia-sip/su_log.h>
#include <sys/socket.h>

#include <cstdarg>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "sip/tls.h"

extern "C" {
extern su_log_t nta_log[], tport_log[], sresolv_log[], nea_log[], iptsec_log[];
}

namespace hotline::sip {
namespace {

constexpr size_t kMessageBytesMax = 16384;

void log_of_sofia(void*, const char* format, va_list arguments) {
  char line[512];
  std::vsnprintf(line, sizeof line, format, arguments);
  line[std::strcspn(line, "\r\n")] = 0;
  log_debug(std::string("sofia: ") + line);
}

/// Sofia writes to stderr and heeds a dozen environment variables; the log of a daemon is ours alone.
void quieten_sofia() {
  ::su_init();
  for (su_log_t* log : {su_log_default, nta_log, tport_log, sresolv_log, nea_log, iptsec_log}) {
    su_log_redirect(log, log_of_sofia, nullptr);
    su_log_set_level(log, 1);
  }
}

/// Sofia says "could not" of any failure; binding first ourselves tells which, and who is to be asked.
Result<void> probe(const std::string& address, uint16_t port, int type, const std::string& key = "listen") {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1)
    return Error{Errc::config, "'" + address + "' is no IPv4 address; change [sip] " + key};
  Fd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  int one = 1;
  if (type == SOCK_STREAM) (void)::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) return {};
  const char* proto = type == SOCK_STREAM ? "TCP" : "UDP";
  return Error{Errc::io, std::string("cannot listen on ") + proto + " '" + address + ":" + std::to_string(port) +
                             "': is another process using it? see ss -lnp" + (type == SOCK_STREAM ? "t" : "u") +
                             ", or change [sip] " + key + ": " + errno_text(errno)};
}

/// The epoll descriptor of this process that has `fd` in its set, by fdinfo; -1 when the kernel does not tell.
int epoll_that_watches(int fd) {
  std::error_code ignored;
  for (auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo", ignored)) {
    std::ifstream file(entry.path());
    std::string word;
    while (file >> word)
      if (word == "tfd:" && file >> word && word == std::to_string(fd))
        return static_cast<int>(parse_int(entry.path().filename().string()).value_or(-1));
  }
  return -1;
}

/// Longer or more than anything that is meant well. Sofia has parted the headers by now; whatever of them we keep,
/// compare or send back is looked at here, before anything is done with it.
bool oversized(const sip_t* sip) {
  constexpr size_t kTextMax = 256, kHeadersMax = 128;
  size_t count = 0;
  const auto* header = reinterpret_cast<const msg_header_t*>(sip->sip_request);
  for (; header; header = header->sh_succ)
    if (++count > kHeadersMax) return true;
  auto too_long = [](const char* text) { return text && ::strnlen(text, kTextMax + 1) > kTextMax; };
  auto bad_url = [&](const url_t* url) {
    return too_long(url->url_user) || too_long(url->url_host) || too_long(url->url_params) || too_long(url->url_headers);
  };
  auto bad_address = [&](const sip_addr_t* one) {
    return too_long(one->a_display) || too_long(one->a_tag) || bad_url(one->a_url);
  };
  size_t vias = 0;
  for (const sip_via_t* via = sip->sip_via; via; via = via->v_next)
    if (++vias > 16 || too_long(via->v_branch) || too_long(via->v_host)) return true;
  return bad_url(sip->sip_request->rq_url) || too_long(sip->sip_request->rq_method_name) ||
         bad_address(sip->sip_from) || bad_address(sip->sip_to) || too_long(sip->sip_call_id->i_id);
}

int wake(su_root_magic_t*, su_wait_t*, su_wakeup_arg_t* loop) {
  static_cast<Loop*>(loop)->step(milliseconds(0));
  return 0;
}

}  // namespace

Source source_of(msg_t* msg, const sip_t* sip) {
  Source source;
  const su_sockaddr_t* from = msg_addr(msg);
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(from->su_family, SU_ADDR(from), text, sizeof text);
  source.address = text;
  source.port = ntohs(from->su_port);
  // Sofia has dropped requests whose topmost Via names another transport than the one they came by.
  const char* protocol = sip->sip_via ? sip->sip_via->v_protocol : "";
  if (::strcasecmp(protocol, sip_transport_tcp) == 0) source.transport = Transport::tcp;
  if (::strcasecmp(protocol, sip_transport_tls) == 0) source.transport = Transport::tls;
  return source;
}

Result<std::unique_ptr<Stack>> Stack::start(Loop& loop, Config config, Events& events) {
  auto agent = std::make_unique<Agent>(loop, std::move(config), events);
  if (auto opened = agent->open(); !opened) return opened.error();
  return std::unique_ptr<Stack>(std::move(agent));
}

Agent::Agent(Loop& loop, Config config, Events& events)
    : loop_(loop),
      config_(std::move(config)),
      events_(events),
      guard_(registrar_, domain()),
      connections_(config_) {}

Agent::~Agent() {
  alive_.reset();
  sweeper_.cancel();
  dialogs_.clear();
  subscriptions_.reset();
  trunks_.clear();
  requests_.reset();
  if (nta_) nta_agent_destroy(nta_);
  if (root_) {
    if (wait_index_ >= 0) su_root_deregister(root_, wait_index_);
    su_root_destroy(root_);
  }
}

Result<void> Agent::open() {
  quieten_sofia();
  for (int type : {SOCK_DGRAM, SOCK_STREAM})
    if (auto free = probe(config_.address, config_.port, type); !free && !(config_.shared && type == SOCK_DGRAM))
      return free.error();

  root_ = su_root_create(nullptr);
  require(root_);
  su_root_threading(root_, 0);
  require(su_wait_create(&wait_, loop_.fd(), SU_WAIT_IN) == 0);
  wait_index_ = su_root_register(root_, &wait_, wake, &loop_, 0);
  require(wait_index_ >= 0);

  std::string where = config_.address + ":" + std::to_string(config_.port);
  nta_ = nta_agent_create(root_, reinterpret_cast<url_string_t*>(-1), &Agent::on_message, this, NTATAG_UA(1),
                          NTATAG_MAXSIZE(kMessageBytesMax), NTATAG_UDP_MTU(65535), NTATAG_CANCEL_487(1),
                          NTATAG_SERVER_RPORT(1), TAG_END());
  require(nta_);
  // One after the other: given a list of transports, Sofia 1.12.11 reads it after its end of life.
  for (const char* transport : {";transport=udp", ";transport=tcp"}) {
    std::string url = "sip:" + where + transport;
    if (nta_agent_add_tport(nta_, URL_STRING_MAKE(url.c_str()), TPTAG_IDLE(kConnectionIdle_s * 1000),
                            TPTAG_TIMEOUT(30000), TPTAG_STUN_SERVER(0), TPTAG_PONG2PING(1), TAG_END()) < 0)
      return Error{Errc::io, "cannot listen on '" + where +
                                 "': see ss -lnptu, or change [sip] listen: " + errno_text(su_errno())};
  }
  if (auto opened = open_tls(); !opened) return opened.error();
  requests_ = std::make_unique<Requests>(loop_, nta_);
  subscriptions_ = std::make_unique<Subscriptions>(
      Subscriptions::Host{nta_, *requests_, domain(), [this](const std::string& hop) { return contact_for(hop); },
                          [this](const std::string& phone) { return registrar_.phone(phone) != nullptr; }});
  sweeper_ = loop_.every(seconds(1), [this] { sweep(); });
  return {};
}

Result<void> Agent::open_tls() {
  if (config_.tls.port == 0) return {};
  const std::string& address = config_.tls.address.empty() ? config_.address : config_.tls.address;
  if (auto free = probe(address, config_.tls.port, SOCK_STREAM, "tls_listen"); !free) return free.error();
  if (auto prepared = prepare_tls(config_.tls); !prepared) return prepared.error();
  std::string url = "sips:" + address + ":" + std::to_string(config_.tls.port);
  unsigned policy = config_.tls.verify ? TPTLS_VERIFY_OUT : TPTLS_VERIFY_NONE;
  if (nta_agent_add_tport(nta_, URL_STRING_MAKE(url.c_str()), TPTAG_CERTIFICATE(config_.tls.folder.c_str()),
                          TPTAG_TLS_VERIFY_POLICY(policy), TPTAG_IDLE(kConnectionIdle_s * 1000), TPTAG_TIMEOUT(30000),
                          TPTAG_PONG2PING(1), TAG_END()) < 0)
    return Error{Errc::io, "cannot listen on '" + url + "': see ss -lnpt, or change [sip] tls_listen: " +
                               errno_text(su_errno())};
  tls_context_ = newest_tls_context();
  return {};
}

Result<void> Agent::renew_certificate() {
  if (config_.tls.port == 0) return {};
  return renew_tls(config_.tls, tls_context_);
}

void Agent::on_subscribe(msg_t* msg, const sip_t* sip) {
  const Phone* phone = let_in(msg, sip);
  if (!phone) return;
  Source source = source_of(msg, sip);
  nta_incoming_t* irq = nta_incoming_create(nta_, nullptr, msg, const_cast<sip_t*>(sip), TAG_END());
  if (irq) subscriptions_->subscribe(irq, sip, phone->id, source);
}

void Agent::set_mailbox(const std::string& phone, Mailbox mailbox) {
  subscriptions_->set_mailbox(phone, mailbox);
  if (!subscriptions_->asked_for_mailbox(phone)) notify_mailbox(phone);
}

/// Unasked, as phones that are told so in their settings expect it; others answer 481 or 489, which is no harm.
void Agent::notify_mailbox(const std::string& phone) {
  for (const auto& binding : registrar_.bindings(phone)) {
    if (binding.pulse.silent) continue;
    Requests::Request notify;
    notify.method = sip_method_notify;
    notify.name = "NOTIFY";
    notify.hop = binding.target.hop;
    notify.uri = binding.target.uri;
    notify.from = "<" + own_uri() + ">";
    notify.to = "<" + binding.target.uri + ">";
    notify.headers = "Event: message-summary\r\nSubscription-State: active\r\nContact: " + contact_for(notify.hop) +
                     "\r\nContent-Type: application/simple-message-summary\r\n";
    notify.body = subscriptions_->mailbox_text(phone);
    requests_->send(notify, [](const Requests::Answer&) {});
  }
}

/// Sofia's own wait rounds a timer down to whole milliseconds and spins through the last one, most of the CPU of a
/// quiet daemon. So it never waits: we do, on its epoll descriptor, and a millisecond longer.
void Agent::run() {
  constexpr su_duration_t kLongest_ms = 1000;
  int sofia = epoll_that_watches(loop_.fd());
  while (!loop_.stopped()) {
    if (sofia < 0) {
      su_root_step(root_, kLongest_ms);
      continue;
    }
    su_duration_t due_ms = su_root_step(root_, 0);
    if (due_ms == 0) due_ms = su_root_step(root_, 0);  // the first may have told of work done, not of a timer
    if (loop_.stopped()) break;
    if (due_ms < 0 || due_ms >= kLongest_ms) due_ms = kLongest_ms - 1;  // negative: no timer at all
    pollfd ready{sofia, POLLIN, 0};
    (void)::poll(&ready, 1, static_cast<int>(due_ms) + 1);
  }
  dialogs_.clear();
  subscriptions_.reset();
  trunks_.clear();
  requests_.reset();
  state_saved_ = {};
  save_state();
  nta_agent_destroy(nta_);
  nta_ = nullptr;
}

void Agent::set_phones(std::vector<Phone> phones) {
  for (auto& id : registrar_.set_phones(std::move(phones))) tell_contacts(id, "?", "no longer configured");
  subscriptions_->keep([this](const std::string& phone) { return registrar_.phone(phone) != nullptr; });
  if (!std::exchange(state_loaded_, true)) load_state();
}

void Agent::sweep() {
  if (yielded_) return close_idle_connections();
  auto now = monotonic_now();
  std::map<std::string, std::string> newest;
  registrar_.each([&](const std::string& phone, Registrar::Binding& binding) {
    newest.try_emplace(phone, binding.target.uri);
  });
  for (auto& id : registrar_.expire(now)) tell_contacts(id, newest[id], "expired");
  qualify(now);
  trunks_.step(now);
  subscriptions_->step(now);
  connections_.sweep(now);
  save_state();
}

void Agent::reply(msg_t* msg, int status, const char* phrase) {
  // To strangers nothing is said of what we are.
  nta_msg_treply(nta_, msg, status, phrase,
                 TAG_IF(status == 503, SIPTAG_RETRY_AFTER_STR("5")),
                 TAG_IF(status == 405 || status == 501 || status == 200, SIPTAG_ALLOW_STR(kAllow)),
                 TAG_IF(status == 200, SIPTAG_SUPPORTED_STR(kSupported)),
                 TAG_IF(status == 200, SIPTAG_ACCEPT_STR(kSdpType)), TAG_END());
}

int Agent::on_message(Agent* agent, nta_agent_t*, msg_t* msg, sip_t* sip) {
  agent->receive(msg, sip);
  return 0;
}

void Agent::receive(msg_t* msg, const sip_t* sip) {
  if (handed_on(msg, sip) || passed_over(msg, sip)) return;
  // A response that no transaction waits for, or the ACK of a challenge: nothing is owed to either.
  if (!sip->sip_request || sip->sip_request->rq_method == sip_method_ack) return nta_msg_discard(nta_, msg);
  auto method = sip->sip_request->rq_method;
  bool asks = method == sip_method_register || method == sip_method_invite || method == sip_method_subscribe;
  Source source = source_of(msg, sip);
  if (trunks_.sender(source, sip) == nullptr && (!asks || oversized(sip)) &&
      !guard_.heed(source.address, monotonic_now()))
    return nta_msg_discard(nta_, msg);
  if (oversized(sip)) return reply(msg, 400, "Header Too Long");
  auto scheme = sip->sip_request->rq_url->url_type;
  if (scheme != url_sip && scheme != url_sips) return reply(msg, SIP_416_UNSUPPORTED_URI);
  if (method == sip_method_register) return on_register(msg, sip);
  if (sip->sip_to->a_tag) return reply(msg, SIP_481_NO_TRANSACTION);
  switch (method) {
    case sip_method_invite:
      return on_invite(msg, sip);
    case sip_method_subscribe:
      return on_subscribe(msg, sip);
    case sip_method_options:
      return reply(msg, SIP_200_OK);
    case sip_method_bye:
    case sip_method_cancel:
    case sip_method_prack:
    case sip_method_update:
    case sip_method_info:
      return reply(msg, SIP_481_NO_TRANSACTION);
    case sip_method_unknown:
      return reply(msg, SIP_501_NOT_IMPLEMENTED);
    default:
      return reply(msg, SIP_405_METHOD_NOT_ALLOWED);
  }
}

static std::optional<Credentials> credentials_of(const sip_t* sip) {
  int looked_at = 0;
  for (const sip_authorization_t* one = sip->sip_authorization; one && looked_at < 4; one = one->au_next, ++looked_at)
    if (one->au_scheme && ::strcasecmp(one->au_scheme, "Digest") == 0) return parse_credentials(one->au_params);
  return std::nullopt;
}

const Phone* Agent::let_in(msg_t* msg, const sip_t* sip) {
  auto now = monotonic_now();
  Source source = source_of(msg, sip);
  const std::string& address = source.address;
  auto credentials = credentials_of(sip);
  Guard::From from(address);
  if (credentials)
    for (const auto& binding : registrar_.bindings(credentials->username)) {
      std::string hop = binding.target.hop, home = hop_to(address, 0, source.transport);
      from.itself |= hop == hop_to(address, source.port, source.transport);
      from.at_home |= hop.starts_with(home.substr(0, home.find(":0;") + 1));
    }
  auto verdict = guard_.judge(from, credentials, sip->sip_request->rq_method_name, now);
  if (verdict == Guard::Verdict::pass) return registrar_.phone(credentials->username);
  if (verdict == Guard::Verdict::silence) {
    nta_msg_discard(nta_, msg);
  } else if (sip->sip_request->rq_method == sip_method_invite && !admission_.admit(sip->sip_call_id->i_id)) {
    guard_.forgive(address, now);
    reply(msg, SIP_503_SERVICE_UNAVAILABLE);  // before it costs anything more
  } else {
    challenge(msg, address, verdict == Guard::Verdict::stale);
  }
  return nullptr;
}

void Agent::challenge(msg_t* msg, const std::string& address, bool stale) {
  auto now = monotonic_now();
  std::string md5 = guard_.challenge_for(address, Algorithm::md5, stale, now), sha256;
  if (config_.sha256) sha256 = guard_.challenge_for(address, Algorithm::sha256, stale, now);
  nta_msg_treply(nta_, msg, SIP_401_UNAUTHORIZED,
                 TAG_IF(config_.sha256, SIPTAG_WWW_AUTHENTICATE_STR(sha256.c_str())),
                 SIPTAG_WWW_AUTHENTICATE_STR(md5.c_str()), TAG_END());
}

/// Our Contact as the far end reaches it: the address we listen on, or, listening on all, the one that leads there.
std::string Agent::contact_for(const std::string& hop, const std::string& user) const {
  bool tls = transport_of(hop) == Transport::tls;
  std::string address = tls && !config_.tls.address.empty() ? config_.tls.address : config_.address;
  if (address == "0.0.0.0") {
    sockaddr_in to{}, from{};
    socklen_t length = sizeof from;
    to.sin_family = AF_INET;
    to.sin_port = htons(5060);
    std::string host = hop.substr(4, hop.find(':', 4) - 4);
    Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    char text[INET_ADDRSTRLEN] = "127.0.0.1";
    if (::inet_pton(AF_INET, host.c_str(), &to.sin_addr) == 1 &&
        ::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0 &&
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&from), &length) == 0)
      ::inet_ntop(AF_INET, &from.sin_addr, text, sizeof text);
    address = text;
  }
  Transport transport = transport_of(hop);
  static constexpr const char* kParameters[] = {">", ";transport=tcp>", ";transport=tls>"};
  int port = transport == Transport::tls ? config_.tls.port : config_.port;
  return "<sip:" + user + "@" + address + ":" + std::to_string(port) + kParameters[static_cast<int>(transport)];
}

}  // namespace hotline::sip
