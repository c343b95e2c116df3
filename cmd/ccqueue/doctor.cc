// SPDX-License-Identifier: GPL-2.0-or-later
// ccqueue doctor: holds what ccqueue believes against what the switch has. A call that is on its way from one state to
// the next may differ for a moment, so a difference counts when it is there twice, a second apart.
#include <thread>

#include "bus/bus.h"
#include "cli/output.h"
#include "conf/instance.h"
#include "tools.h"
#include "view.h"

namespace hotline::ccqueue {

namespace {

struct Finding {
  std::string kind, subject, text;
  auto operator<=>(const Finding&) const = default;
};
using Findings = std::set<Finding>;

/// A long one comes in parts.
Result<wire::Json> snapshot_of(const std::string& daemon) {
  wire::Json whole, question = wire::Json::object();
  for (bool more = true; more;) {
    auto reply = bus::ask(conf::Instance::from_environment().command_endpoint(daemon), "snapshot", question);
    if (!reply) return reply.error();
    if (!reply->ok) return wire::error_of(*reply);
    const auto& calls = wire::member(reply->body, "calls");
    more = wire::boolean(reply->body, "more") && !calls.empty();
    if (more) question["after"] = wire::text(calls.back(), "call");
    if (whole.is_null())
      whole = std::move(reply->body);
    else
      whole["calls"].insert(whole["calls"].end(), calls.begin(), calls.end());
  }
  return whole;
}

void look_at_entries(const wire::Json& queue, const View& view, Findings& found) {
  std::set<std::string> known;
  for (const auto& entry : wire::member(queue, "entries")) {
    std::string id = wire::text(entry, "call"), state = wire::text(entry, "state");
    known.insert(id);
    // A call-back waits without a call, and rings and talks in one of another name.
    if (wire::boolean(entry, "call_back")) continue;
    const auto* call = view.call(id);
    if (!call) {
      found.insert({"call", id,
                    "is " + state + " in queue '" + wire::text(entry, "queue") + "', but the switch has no such call"});
      continue;
    }
    if (call->controller != "ccqueue")
      found.insert({"call", id, "is " + state + ", but its controller is '" + call->controller + "'"});
    const auto* leg = call->leg_of(wire::text(entry, "offer"));
    if (state != "waiting" && !leg)
      found.insert(
          {"call", id, "is " + state + " with agent '" + wire::text(entry, "agent") + "', but has no leg to him"});
    if (state == "talking" && leg && !call->bridge_of(leg->id))
      found.insert({"call", id, "is talking, but its legs are not bridged"});
  }
  for (const auto& [id, call] : view.calls())
    if (call.controller == "ccqueue" && !known.count(id) && call.call_back().empty())
      found.insert({"call", id, "is ccqueue's in the switch, but in no queue"});
}

void look_at_agents(const wire::Json& queue, const View& view, Findings& found) {
  for (const auto& agent : wire::member(queue, "agents")) {
    std::string id = wire::text(agent, "agent"), phone = wire::text(agent, "phone"), state = wire::text(agent, "state");
    auto known = view.phones().find(phone);
    if (known == view.phones().end()) {
      if (!phone.starts_with("pstn:"))
        found.insert({"agent", id, "has phone '" + phone + "', which the switch does not know"});
    } else if (known->second != wire::boolean(agent, "registered")) {
      found.insert({"agent", id,
                    std::string("has a phone that is ") + (known->second ? "" : "not ") +
                        "registered and reachable, but ccqueue takes it otherwise"});
    }
    if (state == "ready" && !wire::boolean(agent, "registered"))
      found.insert({"agent", id, "is ready without a registered phone"});
  }
  for (const auto& each : wire::member(queue, "queues"))
    if (wire::integer(each, "waiting") > 0 && wire::integer(each, "ready") > 0)
      found.insert({"queue", wire::text(each, "queue"), "callers wait although an agent is ready"});
}

Result<Findings> look() {
  auto queue = snapshot_of("ccqueue");
  if (!queue) return queue.error();
  auto all = snapshot_of("ccswitchd");
  if (!all) return all.error();
  View view;
  view.load(*all);
  Findings found;
  if (!wire::boolean(*queue, "live")) found.insert({"link", "ccswitchd", "ccqueue does not hear the switch"});
  look_at_entries(*queue, view, found);
  look_at_agents(*queue, view, found);
  return found;
}

/// Lets ccqueue fetch the truth from the switch and settle with it; that is over when it has written that down.
Result<void> repair() {
  auto endpoint = conf::Instance::from_environment().command_endpoint("ccqueue");
  auto reply = bus::ask(endpoint, "resync", wire::Json::object());
  if (!reply) return reply.error();
  if (!reply->ok) return wire::error_of(*reply);
  for (int i = 0; i < 50; ++i) {
    auto queue = bus::ask(endpoint, "snapshot", wire::Json::object());
    if (!queue) return queue.error();
    if (wire::boolean(queue->body, "live")) return {};
    std::this_thread::sleep_for(milliseconds(100));
  }
  return Error{Errc::again, "ccqueue did not hear from the switch within 5 s; is ccswitchd up?"};
}

int doctor(bool mend, cli::Listing& list) {
  auto found = look();
  if (!found) return cli::fail(found.error());
  if (!found->empty()) {
    std::this_thread::sleep_for(seconds(1));
    auto again = look();
    if (!again) return cli::fail(again.error());
    std::erase_if(*found, [&](const Finding& finding) { return !again->count(finding); });
  }
  Findings left = *found;
  if (mend && !found->empty()) {
    if (auto done = repair(); !done) return cli::fail(done.error());
    auto after = look();
    if (!after) return cli::fail(after.error());
    std::erase_if(left, [&](const Finding& finding) { return !after->count(finding); });
    for (const auto& finding : *found)
      if (!left.count(finding)) list.row({finding.kind, finding.subject, "mended: " + finding.text});
    *found = left;
  }
  for (const auto& finding : *found) list.row({finding.kind, finding.subject, finding.text});
  list.finish();
  return found->empty() ? 0 : static_cast<int>(Errc::no);
}

}  // namespace

void add_doctor(cli::App& app) {
  static cli::Listing list({{"kind", "KIND"}, {"subject", "SUBJECT"}, {"finding", "FINDING"}});
  static bool mend = false;
  auto& verb = app.verb("doctor", "where ccqueue and the switch disagree; says nothing when they agree",
                        [] { return doctor(mend, list); });
  verb.flag("--repair", mend, "mend it: ccqueue takes what the switch says for true");
  list.add_options(verb);
}

}  // namespace hotline::ccqueue
