// SPDX-License-Identifier: GPL-2.0-or-later
#include "acd/input.h"

#include <algorithm>
#include <iterator>

namespace hotline::acd {

namespace {

constexpr std::string_view kOpNames[] = {
    "configure", "login",         "logout",       "ready",       "pause",          "extend-wrap-up", "phone",
    "dnd",       "enter",         "answered",     "connected",   "connect-failed", "missed",         "call-over",
    "leave",     "call-back",     "postpone",     "move",        "prioritize",     "tick",           "suspend",
    "resume",    "restore-agent", "restore-wish", "adopt-offer", "adopt-talk",     "checkpoint"};

Result<void> said(bool yes) {
  if (yes) return {};
  return Error{Errc::no, "refused"};
}

Error lacks(const Input& input, const std::string& what) {
  return {Errc::bad_data, "input '" + std::string(name(input.op)) + "' lacks " + what};
}

}  // namespace

std::string_view name(Input::Op op) { return kOpNames[static_cast<size_t>(op)]; }

std::optional<Input::Op> input_op(std::string_view name) {
  auto found = std::find(std::begin(kOpNames), std::end(kOpNames), name);
  if (found == std::end(kOpNames)) return std::nullopt;
  return static_cast<Input::Op>(found - std::begin(kOpNames));
}

Result<void> apply(Core& core, const Input& in, Actions& out) {
  using Op = Input::Op;
  Utc now = in.now;
  switch (in.op) {
    case Op::configure:
      if (!in.rules) return lacks(in, "rules");
      core.configure(*in.rules, now, out);
      return {};
    case Op::login:
      return core.login(in.who, now, out);
    case Op::logout:
      return core.logout(in.who, now, out, in.text.empty() ? "logout" : in.text);
    case Op::ready:
      return core.ready(in.who, now, out);
    case Op::pause:
      return core.pause(in.who, in.text, now, out);
    case Op::extend_wrap_up:
      return core.extend_wrap_up(in.who, in.span, now, out);
    case Op::phone:
      core.phone(in.who, in.flag, now, out);
      return {};
    case Op::dnd:
      core.dnd(in.who, in.flag, now, out);
      return {};
    case Op::enter:
      if (!in.arrival) return lacks(in, "an arrival");
      return core.enter(*in.arrival, now, out);
    case Op::answered:
      return said(core.answered(in.who, now, out));
    case Op::connected:
      core.connected(in.who, now, out);
      return {};
    case Op::connect_failed:
      core.connect_failed(in.who, now, out);
      return {};
    case Op::missed: {
      auto reason = miss_reason(in.text);
      if (!reason) return lacks(in, "a reason");
      core.missed(in.who, *reason, now, out);
      return {};
    }
    case Op::call_over:
      core.call_over(in.who, now, out);
      return {};
    case Op::leave: {
      auto reason = exit_reason(in.text);
      if (!reason || *reason == ExitReason::answered) return lacks(in, "a reason");
      core.leave(in.who, *reason, now, out);
      return {};
    }
    case Op::call_back:
      return core.call_back(in.who, in.other, now, out);
    case Op::postpone:
      if (!in.time) return lacks(in, "a time");
      return core.postpone(in.who, *in.time, now, out);
    case Op::move:
      return core.move(in.who, in.other, now, out);
    case Op::prioritize:
      return core.prioritize(in.who, static_cast<int>(in.number), now, out);
    case Op::tick:
      core.tick(now, out);
      return {};
    case Op::suspend:
      core.suspend();
      return {};
    case Op::resume:
      core.resume(now, out);
      return {};
    case Op::restore_agent: {
      auto state = agent_state(in.text);
      if (!state || !in.time || *state == AgentState::offered || *state == AgentState::talking)
        return lacks(in, "a resting state and since when");
      core.restore_agent(in.who, *state, in.other, *in.time, in.until, in.number);
      return {};
    }
    case Op::restore_wish:
      core.restore_wish(in.who, agent_state(in.text), in.other);
      return {};
    case Op::adopt_offer:
    case Op::adopt_talk:
      if (!in.time) return lacks(in, "a time");
      return said(in.op == Op::adopt_offer ? core.adopt_offer(in.who, in.other, in.text, *in.time, out)
                                           : core.adopt_talk(in.who, in.other, in.text, *in.time, out));
    case Op::checkpoint:
      return {};
  }
  return lacks(in, "an op");
}

}  // namespace hotline::acd
