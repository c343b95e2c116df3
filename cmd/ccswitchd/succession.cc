// SPDX-License-Identifier: GPL-2.0-or-later
// One ccswitchd takes the place of another without losing a call (ccswitchd(8), "Upgrade"). The one that yields keeps
// the calls that it has, with their spans and SIP dialogs, and is spoken to by the next one alone.
#include <unistd.h>

#include "base/log.h"
#include "switch.h"

namespace hotline::ccswitchd {

using wire::Reply;

namespace {

/// Its last words need no longer than this: then it goes, whether or not they were heard.
constexpr milliseconds kLastWords{3000};
constexpr milliseconds kSpanAgain{200};
/// Of the process: it takes over once.
Seldom span_not_had;

}  // namespace

int Switch::refusal(bool weighed) {
  Instant now = monotonic_now();
  if (draining_ || (let_go_ && now >= takes_calls_until_)) return cause::kTemporaryFailure;
  if (full()) {
    if (auto times = calls_full_.due(now))
      log_warning("calls.full times=" + std::to_string(times) + " text='calls_max (" +
                  std::to_string(config_.calls_max) + ") is reached: new calls are refused'");
    return cause::kCongestion;
  }
  return weighed || overload_.admit(now) ? 0 : cause::kCongestion;
}

size_t Switch::calls_up() const { return calls_.all().size() + (relay_ ? relay_->calls().size() : 0); }

/// During an upgrade the calls of both processes count, in either of them.
bool Switch::full() const {
  return calls_up() + face_calls_ + asking_.size() >= static_cast<size_t>(config_.calls_max);
}

void Switch::tell_calls() {
  if (!relay_ || told_calls_ == calls_.all().size()) return;
  told_calls_ = calls_.all().size();
  relay_->tell({{"calls", told_calls_}});
}

// The one that yields
// -----------------------------------------------------------------------------------------------------------------------

Reply Switch::yield(Fields& fields) {
  bool soon = fields.boolean("soon", false);
  if (!fields) return *fields.refused();
  if (relay_)
    return Reply::no(wire::code::kWrongState, "an upgrade is under way: the ccswitchd before still has " +
                                                  std::to_string(relay_->calls().size()) + " calls");
  if (draining_ || yielded_) return Reply::no(wire::code::kWrongState, "the switch is stopping");
  if (leave_supervisor_) std::exchange(leave_supervisor_, nullptr)();
  if (soon) return Reply::yes({{"pid", ::getpid()}, {"calls", calls_.all().size()}});
  Yielded::Hooks hooks;
  hooks.estate = [this] { return estate(); };
  hooks.command = [this](const std::string& verb, const Json& body, Relay::Later later) {
    return command(verb, body, std::move(later));
  };
  hooks.hello = [this](const std::string& controller) { (void)command("hello", {{"controller", controller}}); };
  hooks.phone = [this](const Json& message) { phone_told(message); };
  hooks.calls = [this](size_t calls) { face_calls_ = calls; };
  hooks.drain = [this] { drain(); };
  std::string path = service_.instance().run() + "/ccswitchd-old.sock";
  auto yielded = Yielded::open(service_.loop(), path, std::move(hooks));
  if (!yielded) return Reply::no(wire::code::kInternal, yielded.error().text);
  yielded_ = std::move(*yielded);
  service_.loop().post([this] { let_go(); });  // after the reply
  return Reply::yes({{"pid", ::getpid()}, {"calls", calls_.all().size()}, {"socket", path}});
}

void Switch::let_go() {
  let_go_ = true;
  ends_at_ = monotonic_now() + config_.upgrade_drain;
  takes_calls_until_ = monotonic_now() + config_.upgrade_drain / 2;
  log_info("yield calls=" + std::to_string(calls_.all().size()) + " until=" + format_duration(config_.upgrade_drain));
  if (phones_->stack()) {
    auto port = phones_->stack()->yield();
    if (port)
      yielded_sip_port_ = *port;
    else
      log_error("yield text='" + port.error().text + "'");
  }
  hand_over_empty_spans();
  service_.release([this](wire::Event event) { return yielded_->take(std::move(event)); });
  yielded_->ready(service_.last_number());
}

/// Where a phone is, as one stack tells it to the next.
static Json places(const sip::Stack& stack, const std::string& phone) {
  Json at = Json::array();
  for (const auto& one : stack.registrations(phone))
    at.push_back({{"uri", one.uri}, {"hop", one.hop}, {"left_ms", one.left_ms}});
  return at;
}

static std::vector<sip::Registration> places_of(const Json& message) {
  std::vector<sip::Registration> list;
  for (const auto& at : wire::member(message, "at"))
    list.push_back({wire::text(message, "phone"), wire::text(at, "uri"), wire::text(at, "hop"),
                    wire::integer(at, "left_ms")});
  return list;
}

Json Switch::estate() const {
  Json calls = Json::array(), spans = Json::array(), phones = Json::array(), sip = Json::object();
  for (const auto& [id, call] : calls_.all()) calls.push_back(id);
  for (const auto& span : spans_->trunk().spans()) spans.push_back(span.config.name);
  if (const auto* stack = phones_->stack()) {
    sip = {{"port", yielded_sip_port_}, {"call_ids", stack->call_ids()}};
    for (const auto& phone : config_.phones)
      if (auto contacts = stack->contacts(phone.sip.id); !contacts.empty())
        phones.push_back(
            {{"phone", phone.sip.id}, {"contact", contacts.front().uri}, {"at", places(*stack, phone.sip.id)}});
  }
  return {{"pid", ::getpid()}, {"version", HOTLINE_VERSION}, {"calls", calls}, {"spans", spans}, {"phones", phones},
          {"sip", sip}};
}

void Switch::hand_over_empty_spans() {
  for (const auto& span : spans_->trunk().spans()) {
    if (span.busy > 0) continue;
    spans_->trunk().remove(span.config.name);
    log_info("yield span=" + span.config.name);
    yielded_->span_free(span.config.name);
  }
}

void Switch::phone_told(const Json& message) {
  if (auto* stack = phones_->stack()) stack->adopt(wire::text(message, "phone"), places_of(message));
}

/// The last call is over, or patience with it: then we say so and go.
void Switch::finish_yielded() {
  Instant now = monotonic_now();
  if (drain_done_) return;
  if (draining_) ends_at_ = std::min(ends_at_, *drain_until_);
  if (now >= ends_at_) {
    std::vector<std::string> ids;
    for (const auto& [id, call] : calls_.all()) ids.push_back(id);
    for (const auto& id : ids)
      if (Call* call = calls_.find_call(id)) release_all(*call, cause::kTemporaryFailure, By::the_switch);
  }
  hand_over_empty_spans();
  bool sip_over = !phones_->stack() || phones_->stack()->call_ids().empty();
  bool over = calls_.all().empty() && sip_over && spans_->trunk().spans().empty();
  if (!over && now < ends_at_ + kLastWords) return;
  if (!told_all_by_) {
    say("switch.drained", {{"pid", ::getpid()}, {"version", HOTLINE_VERSION}});
    told_all_by_ = now + kLastWords;
  }
  // Without a face nobody has our events yet: they wait as long as we may.
  if (!yielded_->all_told() && now < (yielded_->has_face() ? *told_all_by_ : ends_at_ + kLastWords)) return;
  drain_done_ = true;
  yielded_->done();
  service_.done();
}

// The one that takes over
// -----------------------------------------------------------------------------------------------------------------------

void Switch::take_over(std::unique_ptr<Relay> held, Remains theirs) {
  relay_ = std::move(held);
  theirs_ = std::move(theirs);
  Relay::Hooks hooks;
  hooks.event = [this](wire::Event event, int64_t number) {
    event.fields[kToldAs] = number;
    theirs_.take(event);
    service_.emit(std::move(event));
  };
  hooks.span_free = [this](const std::string& span) { open_span(span); };
  hooks.gone = [this](bool done) { service_.loop().post([this, done] { relay_gone(done); }); };
  relay_->start(service_.loop(), std::move(hooks));
}

void Switch::expect_phones() {
  for (const auto& one : wire::member(relay_->estate(), "phones"))
    phones_before_[wire::text(one, "phone")] = wire::text(one, "contact");
}

void Switch::adopt_phones() {
  const Json& estate = relay_->estate();
  auto* stack = phones_->stack();
  std::vector<std::string> call_ids;
  const Json& sip = wire::member(estate, "sip");
  for (const auto& id : wire::member(sip, "call_ids"))
    if (id.is_string()) call_ids.push_back(id.get<std::string>());
  if (auto handed = stack->hand_on(static_cast<uint16_t>(wire::integer(sip, "port")), std::move(call_ids)); !handed)
    log_error("upgrade text='" + handed.error().text + "'");
  for (const auto& one : wire::member(estate, "phones")) {
    std::string phone = wire::text(one, "phone");
    if (!stack->registered(phone)) stack->adopt(phone, places_of(one));
    // On a connection it could not be handed over; it will register again.
    if (!stack->registered(phone)) say("phone.unregistered", {{"phone", phone}, {"reason", "upgrade"}});
  }
  phones_before_.clear();
}

void Switch::open_span(const std::string& name) {
  const auto* config = config_.find_span(name);
  if (!config) return;  // no longer configured
  for (const auto& span : spans_->trunk().spans())
    if (span.config.name == name) return;
  // The other has closed it, but its media thread may need a tick more to let go of the port.
  if (auto added = spans_->trunk().add(*config); !added) {
    if (auto times = spans_again_.contains(name) ? span_not_had.due(monotonic_now()) : 0)
      log_warning("upgrade span=" + name + " times=" + std::to_string(times) + " text='" + added.error().text +
                  "; trying again'");
    spans_again_[name] = service_.loop().after(kSpanAgain, [this, name] { open_span(name); });
    return;
  }
  spans_again_.erase(name);
  log_info("upgrade span=" + name + " text='taken over'");
}

void Switch::tell_phone(const std::string& phone) {
  if (relay_ && phones_->stack()) relay_->tell({{"phone", phone}, {"at", places(*phones_->stack(), phone)}});
}

void Switch::relay_gone(bool done) {
  if (!relay_) return;
  if (!done && theirs_.lost_calls() > 0)
    log_error("upgrade lost_calls=" + std::to_string(theirs_.lost_calls()) +
              " text='the ccswitchd before died; its calls are ended with cause 41'");
  relay_.reset();
  for (auto& event : theirs_.endings([this](const std::string& file) -> int64_t {
         auto head = media::read_spool_head(spool_dir_ + "/" + file);
         return head ? head->samples : 0;
       }))
    service_.emit(std::move(event));
  theirs_ = {};
  if (phones_->stack()) (void)phones_->stack()->hand_on(0, {});
  for (const auto& span : config_.spans) open_span(span.name);
  log_info("upgrade text='the ccswitchd before is gone'");
  if (on_alone_) on_alone_();
}

std::optional<Reply> Switch::obey(const std::string& verb, const Json& body, Relay::Later later) {
  if (!relay_) return command(verb, body, std::move(later));
  auto named = relay_->named(body);
  if (named.theirs && named.others)
    return Reply::no(wire::code::kWrongState,
                     "one of the calls is with the ccswitchd that was upgraded, another is not: they cannot be joined");
  bool its_span = verb != "dial" && relay_->holds_span(wire::text(body, "span"));
  if (named.theirs || its_span) {
    relay_->ask(verb, body, std::move(later));
    return std::nullopt;
  }
  if (verb == "hello") relay_->tell({{"hello", wire::text(body, "controller")}});
  if (verb == "snapshot" || verb == "calls" || verb == "spans" || verb == "phones" || verb == "ports") {
    joined(verb, body, std::move(later));
    return std::nullopt;
  }
  if (verb == "fax-send" || verb == "fax-receive" || verb == "play") return command(verb, body, std::move(later));
  auto reply = command(verb, body);
  // All lines may still be the other's: it dials for us.
  bool no_line = verb == "dial" && !reply.ok && wire::text(body, "to").starts_with("pstn:") && !body.contains("call") &&
                 wire::text(reply.body, "code") == wire::code::kUnavailable;
  if (!no_line) return reply;
  relay_->ask(verb, body, std::move(later));
  return std::nullopt;
}

/// What both have. Its answer comes behind all its events until then, so that ours, made when it is here, is of the
/// same moment.
void Switch::joined(const std::string& verb, const Json& body, Relay::Later later) {
  static constexpr size_t kCallBytesMax = wire::kMessageBytesMax - (128 << 10);
  relay_->ask(verb, body, [this, verb, body, later = std::move(later)](const Reply& theirs) {
    Reply ours = command(verb, body);
    if (ours.ok && theirs.ok && relay_) {
      if (ours.body.contains("calls")) merge_calls(ours.body, theirs.body, kCallBytesMax);
      if (ours.body.contains("spans"))
        merge_spans(ours.body, theirs.body, [this](const std::string& span) { return relay_->holds_span(span); });
      if (ours.body.contains("phones")) merge_phones(ours.body, theirs.body);
      if (ours.body.contains("ports")) merge_ports(ours.body, theirs.body);
    }
    later(ours);
  });
}

}  // namespace hotline::ccswitchd
