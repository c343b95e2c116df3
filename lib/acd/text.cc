// SPDX-License-Identifier: GPL-2.0-or-later
#include "acd/action.h"

namespace hotline::acd {

namespace {

std::string ms(milliseconds span) { return std::to_string(span.count()) + "ms"; }

struct Line {
  std::string operator()(const Entered& a) const {
    return "entered " + a.call + " " + a.queue + " " + format_utc(a.entered) +
           " priority=" + std::to_string(a.priority) + " position=" + std::to_string(a.position) +
           (a.resumed ? " resumed" : "") + (a.call_back ? " call-back" : "") +
           (a.seniority ? " place=" + format_utc(*a.seniority) : "");
  }
  std::string operator()(const Offer& a) const {
    return "offer " + a.call + " " + a.queue + " " + a.agent + " " + a.offer + " phone=" + a.phone;
  }
  std::string operator()(const Cancel& a) const { return "cancel " + a.call + " " + a.agent + " " + a.offer; }
  std::string operator()(const Connect& a) const { return "connect " + a.call + " " + a.agent + " " + a.offer; }
  std::string operator()(const Missed& a) const {
    return "missed " + a.call + " " + a.agent + " " + a.offer + " " + std::string(name(a.reason)) +
           " ring=" + ms(a.ring);
  }
  std::string operator()(const Exit& a) const {
    std::string line = "exit " + a.call + " " + a.queue + " " + std::string(name(a.reason)) + " wait=" + ms(a.wait);
    if (!a.agent.empty()) line += " agent=" + a.agent + " " + a.offer + " ring=" + ms(a.ring);
    if (!a.detail.empty()) line += " detail=" + a.detail;
    if (!a.to.empty()) line += " to=" + a.to;
    return line;
  }
  std::string operator()(const Served& a) const {
    return "served " + a.call + " " + a.queue + " " + a.agent + " talk=" + ms(a.talk);
  }
  std::string operator()(const AgentChanged& a) const {
    std::string line =
        "agent " + a.agent + " " + std::string(name(a.was)) + " -> " + std::string(name(a.state)) + " " + a.reason;
    if (a.until) line += " until=" + format_utc(*a.until);
    if (!a.call.empty()) line += " call=" + a.call;
    if (a.next) line += " next=" + std::string(name(*a.next)) + ":" + a.next_reason;
    return line;
  }
  std::string operator()(const Tell& a) const {
    return "tell " + a.call + " " + a.queue + " position=" + std::to_string(a.position) +
           (a.expected ? " expected=" + ms(*a.expected) : "");
  }
};

}  // namespace

std::string text(const Action& action) { return std::visit(Line(), action); }

}  // namespace hotline::acd
