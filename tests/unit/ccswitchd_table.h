// SPDX-License-Identifier: GPL-2.0-or-later
// A table of calls with a clock that stands until it is moved, and the events it was worth.
#pragma once

#include "../../cmd/ccswitchd/calls.h"

namespace hotline::ccswitchd {

struct Table {
  Calls::Now now{Instant(std::chrono::hours(1)), from_us(1'700'000'000'000'000)};
  std::vector<wire::Event> events;
  Calls calls{[this](wire::Event event) { events.push_back(std::move(event)); }, [this] { return now; }};

  void pass(milliseconds span) {
    now.mono += span;
    now.utc += span;
  }

  /// "call.offered leg.answered …" since the last question.
  std::string names() {
    std::string text;
    for (const auto& event : events) text += (text.empty() ? "" : " ") + event.name;
    events.clear();
    return text;
  }

  size_t count(const std::string& name) const {
    size_t n = 0;
    for (const auto& event : events) n += event.name == name;
    return n;
  }

  const wire::Event& last(const std::string& name) const {
    for (auto event = events.rbegin(); event != events.rend(); ++event)
      if (event->name == name) return *event;
    require(!"no such event");
    return events.back();
  }

  /// A caller on a span, up, with port 1.
  Leg& caller() {
    Call& call = calls.open("13800138000", "96116", "span:e1/1", "ccivr", {{"lang", "zh-CN"}});
    Leg& leg = calls.offer(call, {Far::Kind::span, 1}, 1, "span:e1/1");
    calls.step(leg, LegEvent::answer);
    calls.step(leg, LegEvent::answered);
    return leg;
  }

  /// An agent's phone in the same call, up, with port 2.
  Leg& agent(Call& call) {
    Leg& leg = calls.dialed(call, {Far::Kind::phone, 1}, 2, "phone:1001", "phone:1001", "agent", {{"agent", "1001"}},
                            now.mono + seconds(30));
    calls.step(leg, LegEvent::ringing);
    calls.step(leg, LegEvent::answered);
    return leg;
  }
};

}  // namespace hotline::ccswitchd
