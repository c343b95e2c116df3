// SPDX-License-Identifier: GPL-2.0-or-later
// ccqueue agents: a line for each agent.
#include "base/text.h"
#include "base/time.h"
#include "bus/bus.h"
#include "cli/output.h"
#include "conf/instance.h"
#include "tools.h"

namespace hotline::ccqueue {

static std::string age(const std::string& since, Utc now) {
  auto time = parse_utc(since);
  return time ? clock_text(std::chrono::duration_cast<seconds>(std::max(now - *time, microseconds(0)))) : "-";
}

static int agents(const std::string& queue, cli::Listing& list) {
  wire::Json question = wire::Json::object();
  if (!queue.empty()) question["queue"] = queue;
  auto reply = bus::ask(conf::Instance::from_environment().command_endpoint("ccqueue"), "agents", question);
  if (!reply) return cli::fail(reply.error());
  if (!reply->ok) return cli::fail(wire::error_of(*reply));
  Utc now = utc_now();
  for (const auto& each : wire::member(reply->body, "agents")) {
    auto text = [&](const char* key) { return wire::text(each, key); };
    std::vector<std::string> queues;
    for (const auto& name : wire::member(each, "queues"))
      if (name.is_string()) queues.push_back(name.get<std::string>());
    std::string next = text("next");
    if (next == "paused") next += ":" + text("next_reason");
    std::vector<cli::Field> row = {text("agent"),     text("name"),  text("state"),
                                   text("reason"),    text("since"), text("until"),
                                   text("call"),      text("phone"), wire::boolean(each, "registered"),
                                   join(queues, ","), next};
    auto people = row;
    people[4] = age(text("since"), now);
    if (auto until = parse_utc(text("until"))) people[5] = format_local(*until).substr(11);
    list.row(row, people);
  }
  return list.finish();
}

void add_agents(cli::App& app) {
  static std::string queue;
  static cli::Listing list({{"agent", "AGENT"},
                            {"name", "NAME"},
                            {"state", "STATE"},
                            {"reason", "REASON"},
                            {"since", "FOR", true},
                            {"until", "UNTIL"},
                            {"call", "CALL"},
                            {"phone", "PHONE"},
                            {"registered", "REGISTERED"},
                            {"queues", "QUEUES"},
                            {"next", "NEXT"}});
  auto& verb = app.verb("agents", "agents and their states", [] { return agents(queue, list); });
  verb.option("--queue", queue, "those of this queue");
  list.add_options(verb);
}

}  // namespace hotline::ccqueue
