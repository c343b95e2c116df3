// SPDX-License-Identifier: GPL-2.0-or-later
// ccqueue status: a line for each queue.
#include "base/time.h"
#include "bus/bus.h"
#include "cli/output.h"
#include "conf/instance.h"
#include "tools.h"

namespace hotline::ccqueue {

static std::string wait_text(int64_t ms) { return clock_text(std::chrono::duration_cast<seconds>(milliseconds(ms))); }

static int status(const std::string& queue, cli::Listing& list) {
  wire::Json question = wire::Json::object();
  if (!queue.empty()) question["queue"] = queue;
  auto reply = bus::ask(conf::Instance::from_environment().command_endpoint("ccqueue"), "status", question);
  if (!reply) return cli::fail(reply.error());
  if (!reply->ok) return cli::fail(wire::error_of(*reply));
  for (const auto& each : wire::member(reply->body, "queues")) {
    auto number = [&](const char* key) { return cli::Field(wire::integer(each, key)); };
    std::vector<cli::Field> row = {wire::text(each, "queue"), number("waiting"),  number("longest_ms"),
                                   number("staffed"),         number("ready"),    number("offered"),
                                   number("talking"),         number("wrap_up"),  number("paused"),
                                   number("entered"),         number("answered"), number("abandoned")};
    auto people = row;
    people[2] = wait_text(wire::integer(each, "longest_ms"));
    list.row(row, people);
  }
  return list.finish();
}

void add_status(cli::App& app) {
  static std::string queue;
  static cli::Listing list({{"queue", "QUEUE"},
                            {"waiting", "WAITING", true},
                            {"longest_ms", "LONGEST", true},
                            {"staffed", "STAFFED", true},
                            {"ready", "READY", true},
                            {"offered", "RINGING", true},
                            {"talking", "TALKING", true},
                            {"wrap_up", "WRAP-UP", true},
                            {"paused", "PAUSED", true},
                            {"entered", "ENTERED", true},
                            {"answered", "ANSWERED", true},
                            {"abandoned", "ABANDONED", true}});
  auto& verb =
      app.verb("status", "queues: who waits, who serves, and the day so far", [] { return status(queue, list); });
  verb.option("--queue", queue, "this queue alone");
  list.add_options(verb);
}

}  // namespace hotline::ccqueue
