// SPDX-License-Identifier: GPL-2.0-or-later
// ccqueue login, logout, ready, pause, wrap: what an agent does; force-…, move, withdraw, priority: what a supervisor
// orders, with his name and a reason; call-back.
#include <pwd.h>
#include <unistd.h>

#include <memory>

#include "base/time.h"
#include "bus/bus.h"
#include "conf/instance.h"
#include "tools.h"

namespace hotline::ccqueue {

static int ask(const std::string& verb, const wire::Json& body) {
  auto reply = bus::ask(conf::Instance::from_environment().command_endpoint("ccqueue"), verb, body);
  if (!reply) return cli::fail(reply.error());
  if (!reply->ok) return cli::fail(wire::error_of(*reply));
  return 0;
}

static int command(const std::string& verb, const std::string& agent, const std::string& reason) {
  wire::Json body = {{"agent", agent}};
  if (verb == "pause") body["reason"] = reason;
  return ask(verb, body);
}

namespace {

struct Order {
  std::string subject, target, reason, by;
  int64_t priority = -1;
  bool now = false;
};

std::string unix_user() {
  const auto* user = getpwuid(geteuid());
  return user ? user->pw_name : std::to_string(geteuid());
}

int order(const std::string& verb, wire::Json body, const Order& order) {
  body["reason"] = order.reason;
  body["by"] = order.by.empty() ? unix_user() : order.by;
  return ask(verb, body);
}

void add_reasons(cli::Verb& verb, Order& order) {
  verb.option("--reason", order.reason, "why, in a few words; needed, and kept in the journal")
      .option("--by", order.by, "who orders it (the Unix user)");
}

void add_forced(cli::App& app, const std::string& name, const std::string& help) {
  auto given = std::make_shared<Order>();
  auto& verb = app.verb(name, help, [given, name] {
    return order(name, {{"agent", given->subject}, {"now", given->now}}, *given);
  });
  verb.argument("AGENT", given->subject, "the agent's id");
  if (name != "force-ready") verb.flag("--now", given->now, "do not wait for the end of his talk: end it");
  add_reasons(verb, *given);
}

int wrap(const std::string& agent, const std::string& more) {
  auto span = parse_duration(more);
  if (!span || *span <= microseconds(0)) return cli::fail(Errc::usage, "'" + more + "' is no duration: 30s, 2m");
  return ask("wrap", {{"agent", agent}, {"more_ms", std::chrono::duration_cast<milliseconds>(*span).count()}});
}

}  // namespace

void add_orders(cli::App& app) {
  add_forced(app, "force-ready", "end an agent's pause or wrap-up for him");
  add_forced(app, "force-pause", "no more calls for an agent; during a talk: after it");
  add_forced(app, "force-logout", "log an agent out; during a talk: after it");
  static Order move, withdraw, priority;
  auto& moves = app.verb("move", "put a caller into another queue, with his place", [] {
    return order("move", {{"call", move.subject}, {"queue", move.target}}, move);
  });
  moves.argument("CALL", move.subject, "who waits").argument("QUEUE", move.target, "where to");
  add_reasons(moves, move);
  auto& withdraws = app.verb("withdraw", "take a caller out of the queue; his menu gets him back", [] {
    return order("withdraw", {{"call", withdraw.subject}}, withdraw);
  });
  withdraws.argument("CALL", withdraw.subject, "who waits");
  add_reasons(withdraws, withdraw);
  auto& prioritizes = app.verb("priority", "change a caller's priority", [] {
    return order("priority", {{"call", priority.subject}, {"priority", priority.priority}}, priority);
  });
  prioritizes.argument("CALL", priority.subject, "who waits")
      .option("--to", priority.priority, "0 to 9, the highest first; needed");
  add_reasons(prioritizes, priority);
  static std::string agent, more = "30s";
  app.verb("wrap", "more time for an agent's wrap-up, up to the queue's wrap_up_max", [] { return wrap(agent, more); })
      .argument("AGENT", agent, "the agent's id")
      .option("--more", more, "how much (30s)");
  static Order back;
  static std::string to, queue;
  app.verb("call-back", "call a waiting caller back, or a number, when it is his turn",
           [] {
             wire::Json body = wire::Json::object();
             if (!back.subject.empty()) body["call"] = back.subject;
             if (!to.empty()) body.update({{"to", to}, {"queue", queue}});
             return ask("call-back", body);
           })
      .optional_argument("CALL", back.subject, "who waits; he is released and keeps his place")
      .option("--to", to, "a number, without a call")
      .option("--queue", queue, "the queue that it waits in");
}

void add_agent_commands(cli::App& app) {
  static std::string agent, reason = "pause";
  app.verb("login", "log an agent in", [] { return command("login", agent, ""); })
      .argument("AGENT", agent, "the agent's id");
  app.verb("logout", "log an agent out; during a talk: after it", [] { return command("logout", agent, ""); })
      .argument("AGENT", agent, "the agent's id");
  app.verb("ready", "end wrap-up or a pause", [] { return command("ready", agent, ""); })
      .argument("AGENT", agent, "the agent's id");
  app.verb("pause", "no more calls; during a call: after it and its wrap-up",
           [] { return command("pause", agent, reason); })
      .argument("AGENT", agent, "the agent's id")
      .option("--reason", reason, "why, in a word (default: pause)");
}

}  // namespace hotline::ccqueue
