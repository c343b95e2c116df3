// SPDX-License-Identifier: GPL-2.0-or-later
#include "route/forwards.h"

#include "base/text.h"
#include "route/number.h"

namespace hotline::route {

namespace {

/// ITU-T Q.850 (05/98) table 1.
constexpr int kBusy = 17, kNoUser = 18, kNoAnswer = 19, kAbsent = 20, kRejected = 21, kRoutingError = 25;

std::string dash(const std::string& text) { return text.empty() ? "-" : text; }

}  // namespace

const char* name_of(ForwardReason reason) {
  switch (reason) {
    case ForwardReason::always:
      return "always";
    case ForwardReason::busy:
      return "busy";
    case ForwardReason::no_answer:
      return "no-answer";
    case ForwardReason::dnd:
      return "dnd";
    default:
      return "unreachable";
  }
}

void Forwards::configure(std::map<std::string, Forward> as_configured) {
  configured_ = std::move(as_configured);
  std::erase_if(commanded_, [&](const auto& one) { return !known(one.first); });
}

const Forward& Forwards::of(const std::string& phone) const {
  static const Forward kNone;
  auto commanded = commanded_.find(phone);
  if (commanded != commanded_.end()) return commanded->second;
  auto configured = configured_.find(phone);
  return configured == configured_.end() ? kNone : configured->second;
}

void Forwards::set(const std::string& phone, Forward forward) {
  require(known(phone));
  if (forward == configured_.at(phone))
    commanded_.erase(phone);
  else
    commanded_[phone] = std::move(forward);
}

std::string Forwards::format() const {
  std::string text = "# phone\talways\tbusy\tno_answer\tno_answer_ms\tdnd\n";
  for (const auto& [phone, one] : commanded_)
    text += phone + "\t" + dash(one.always) + "\t" + dash(one.busy) + "\t" + dash(one.no_answer) + "\t" +
            std::to_string(one.no_answer_after.count()) + "\t" + (one.dnd ? "on" : "off") + "\n";
  return text;
}

Result<void> Forwards::parse(std::string_view text, const std::string& name) {
  std::map<std::string, Forward> commanded;
  int64_t number = 0;
  auto is_phone = [&](const std::string& id) { return known(id); };
  for (const auto& line : split(text, '\n')) {
    ++number;
    if (trim(line).empty() || line[0] == '#') continue;
    std::string place = name + ":" + std::to_string(number) + ": ";
    auto fields = split(line, '\t');
    if (fields.size() != 6) return Error{Errc::bad_data, place + "six fields are expected"};
    Forward one;
    std::string* targets[] = {&one.always, &one.busy, &one.no_answer};
    for (size_t i = 0; i < 3; ++i) {
      if (fields[i + 1] == "-") continue;
      auto target = read_target(fields[i + 1], is_phone);
      // A telephone that is gone since: nowhere is better than not starting.
      if (target) *targets[i] = *target;
    }
    auto ms = parse_int(fields[4]);
    if (!ms || milliseconds(*ms) < kNoAnswerMin || milliseconds(*ms) > kNoAnswerMax)
      return Error{Errc::bad_data, place + "'" + fields[4] + "' is no time from 5000 to 120000 ms"};
    one.no_answer_after = milliseconds(*ms);
    one.dnd = fields[5] == "on";
    if (known(fields[0])) commanded[fields[0]] = std::move(one);
  }
  commanded_ = std::move(commanded);
  return {};
}

Reached Forwards::follow(const std::string& to, size_t hops,
                         const std::function<bool(const std::string&)>& registered) const {
  Reached reached;
  reached.to = to;
  while (reached.to.starts_with("phone:")) {
    std::string phone = reached.to.substr(6);
    const Forward& forward = of(phone);
    Hop hop{phone, forward.always, ForwardReason::always};
    if (hop.to.empty() && forward.dnd) hop = {phone, forward.busy, ForwardReason::dnd};
    if (hop.to.empty() && forward.dnd) {
      reached.cause = kBusy;
      return reached;
    }
    if (hop.to.empty() && !registered(phone)) hop = {phone, forward.no_answer, ForwardReason::unreachable};
    if (hop.to.empty()) return reached;
    if (hops + reached.hops.size() >= kHopsMax) {
      reached.cause = kRoutingError;
      return reached;
    }
    reached.to = hop.to;
    reached.hops.push_back(std::move(hop));
  }
  return reached;
}

std::optional<Hop> Forwards::after(const std::string& phone, int cause) const {
  const Forward& forward = of(phone);
  Hop hop{phone, "", ForwardReason::busy};
  if (cause == kBusy || cause == kRejected) hop.to = forward.busy;
  if (cause == kNoAnswer || cause == kNoUser) hop = {phone, forward.no_answer, ForwardReason::no_answer};
  if (cause == kAbsent) hop = {phone, forward.no_answer, ForwardReason::unreachable};
  return hop.to.empty() ? std::nullopt : std::optional(hop);
}

Result<std::string> read_target(const std::string& text, const std::function<bool(const std::string&)>& is_phone) {
  if (text.empty() || text == "off") return std::string();
  if (is_phone(text)) return "phone:" + text;
  if (text.starts_with("phone:") && is_phone(text.substr(6))) return text;
  if (text.starts_with("pstn:") && is_number(text.substr(5))) return text;
  if (is_number(text)) return "pstn:" + text;
  return Error{Errc::bad_data, "'" + text + "' is neither a telephone of ours nor a number"};
}

}  // namespace hotline::route
