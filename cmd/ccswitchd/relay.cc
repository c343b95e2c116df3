// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay.h"

#include "base/id.h"
#include "base/log.h"

namespace hotline::ccswitchd {

using wire::Json;
using wire::Reply;

namespace {

constexpr milliseconds kAnswerPatience{3000};
constexpr size_t kIdLength = 13;

/// The call that an id is of: itself, or of a leg, bridge or segment; "" when it is none.
std::string call_of(const std::string& id) {
  bool shaped = id.size() == kIdLength || (id.size() > kIdLength && id[kIdLength] == '-');
  std::string call = shaped ? id.substr(0, kIdLength) : "";
  return is_id(call) ? call : "";
}

void look(const Json& value, const std::set<std::string>& calls, Relay::Named& named) {
  if (value.is_string()) {
    std::string call = call_of(value.get<std::string>());
    if (call.empty()) return;
    (calls.contains(call) ? named.theirs : named.others) = true;
  } else if (value.is_array()) {
    for (const auto& item : value) look(item, calls, named);
  }
}

}  // namespace

Result<std::unique_ptr<Relay>> Relay::take_over(const std::string& path, int64_t seen, milliseconds patience) {
  auto fd = connect_link(path);
  if (!fd) return fd.error();
  if (auto asked = write_message(fd->get(), {{"take", true}, {"seen", seen}}, patience); !asked) return asked.error();
  auto message = read_message(fd->get(), patience);
  if (!message) return message.error();
  Json estate = wire::member(*message, "estate");
  if (!estate.is_object()) return Error{Errc::bad_data, "the ccswitchd before told no estate"};
  return std::unique_ptr<Relay>(new Relay(std::move(*fd), std::move(estate)));
}

Relay::Relay(Fd fd, Json estate) : fd_(std::move(fd)), estate_(std::move(estate)) {
  for (const auto& call : wire::member(estate_, "calls"))
    if (call.is_string()) calls_.insert(call.get<std::string>());
  ever_ = calls_;
  for (const auto& span : wire::member(estate_, "spans"))
    if (span.is_string()) spans_.insert(span.get<std::string>());
}

void Relay::start(Loop& loop, Hooks hooks) {
  hooks_ = std::move(hooks);
  link_ = std::make_unique<Link>(
      loop, std::move(fd_), [this](const Json& message) { hear(message); }, [this] { closed(); });
  sweep_ = loop.every(kAnswerPatience / 6, [this] { give_up(); });
}

Relay::Named Relay::named(const Json& body) const {
  // Texts that are no ids of ours may look like one: only these fields name calls.
  static constexpr const char* kNaming[] = {"call", "leg", "legs", "bridge", "target", "with"};
  Named named;
  for (const char* field : kNaming)
    if (body.contains(field)) look(body[field], ever_, named);
  return named;
}

void Relay::ask(const std::string& verb, const Json& body, Later later) {
  if (open_.size() >= kOpenMax) return later(Reply::no(wire::code::kBusy, "too many commands are on their way"));
  open_[++last_ask_] = {std::move(later), monotonic_now()};
  tell({{"ask", last_ask_}, {"verb", verb}, {"body", body}});
}

void Relay::tell(const Json& message) {
  if (link_) link_->send(message);
}

void Relay::hear(const Json& message) {
  if (message.contains("event")) {
    int64_t number = wire::integer(message, "n");
    if (auto event = wire::decode_event(wire::text(message, "event"))) {
      if (event->name == "call.offered" || event->name == "leg.dialed")
        calls_.insert(event->call), ever_.insert(event->call);
      if (event->name == "call.ended") calls_.erase(event->call);
      hooks_.event(std::move(*event), number);
    } else {
      log_error("relay text='the ccswitchd before told something that is no event'");
    }
    tell({{"seen", number}});
  } else if (message.contains("answer")) {
    auto open = open_.extract(wire::integer(message, "answer"));
    if (!open.empty()) open.mapped().later(Reply{wire::boolean(message, "ok"), wire::member(message, "body")});
  } else if (message.contains("span")) {
    std::string span = wire::text(message, "span");
    spans_.erase(span);
    hooks_.span_free(span);
  } else if (message.contains("done")) {
    done_ = true;
  }
}

void Relay::give_up() {
  Instant now = monotonic_now();
  while (!open_.empty() && now - open_.begin()->second.asked > kAnswerPatience) {
    auto oldest = open_.extract(open_.begin());
    oldest.mapped().later(Reply::no(wire::code::kUnavailable, "the ccswitchd that has the call does not answer"));
  }
}

void Relay::closed() {
  for (auto open = std::exchange(open_, {}); auto& [number, one] : open)
    one.later(Reply::no(wire::code::kUnavailable, "the ccswitchd that had the call is gone"));
  hooks_.gone(done_);
}

void merge_calls(Json& ours, const Json& theirs, size_t bytes_max) {
  const Json mine = wire::member(ours, "calls"), other = wire::member(theirs, "calls");
  auto end_of = [](const Json& page, const Json& list) {  // "" : it goes on to the last call there is
    return wire::boolean(page, "more") && !list.empty() ? wire::text(list.back(), "call") : "";
  };
  std::string end = end_of(ours, mine), their_end = end_of(theirs, other);
  if (end.empty() || (!their_end.empty() && their_end < end)) end = their_end;
  std::map<std::string, const Json*> in_order;
  for (const Json* list : {&mine, &other})
    for (const auto& call : *list) in_order[wire::text(call, "call")] = &call;
  Json joint = Json::array();
  size_t bytes = 0;
  bool more = false;
  for (const auto& [id, call] : in_order) {
    bytes += wire::dump(*call).size() + 1;
    more = (!end.empty() && id > end) || (bytes > bytes_max && !joint.empty());
    if (more) break;
    joint.push_back(*call);
  }
  ours["calls"] = std::move(joint);
  if (more || !end.empty())
    ours["more"] = true;
  else
    ours.erase("more");
}

void merge_spans(Json& ours, const Json& theirs, const std::function<bool(const std::string&)>& is_theirs) {
  Json joint = Json::array();
  for (const auto& span : wire::member(ours, "spans"))
    if (!is_theirs(wire::text(span, "span"))) joint.push_back(span);
  for (const auto& span : wire::member(theirs, "spans"))
    if (is_theirs(wire::text(span, "span"))) joint.push_back(span);
  ours["spans"] = std::move(joint);
}

void merge_phones(Json& ours, const Json& theirs) {
  std::map<std::string, int64_t> busy;
  for (const auto& phone : wire::member(theirs, "phones")) busy[wire::text(phone, "phone")] = wire::integer(phone, "busy");
  if (!ours.contains("phones")) return;
  for (auto& phone : ours["phones"]) phone["busy"] = wire::integer(phone, "busy") + busy[wire::text(phone, "phone")];
}

void merge_ports(Json& ours, const Json& theirs) {
  for (const auto& port : wire::member(theirs, "ports"))
    if (wire::text(port, "purpose").starts_with("span:")) ours["ports"].push_back(port);
}

}  // namespace hotline::ccswitchd
