// SPDX-License-Identifier: GPL-2.0-or-later
// ccqueue login, logout, ready, pause: what an agent does, or a supervisor for him.
#include "bus/bus.h"
#include "conf/instance.h"
#include "tools.h"

namespace hotline::ccqueue {

static int command(const std::string& verb, const std::string& agent, const std::string& reason) {
  wire::Json body = {{"agent", agent}};
  if (verb == "pause") body["reason"] = reason;
  auto reply = bus::ask(conf::Instance::from_environment().command_endpoint("ccqueue"), verb, body);
  if (!reply) return cli::fail(reply.error());
  if (!reply->ok) return cli::fail(wire::error_of(*reply));
  return 0;
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
