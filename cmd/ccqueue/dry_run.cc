// SPDX-License-Identifier: GPL-2.0-or-later
// ccqueue run --dry-run: what a reload would change in the daemon that runs.
#include <cstdio>

#include "bus/bus.h"
#include "changes.h"
#include "cli/app.h"
#include "conf/instance.h"
#include "tools.h"

namespace hotline::ccqueue {

int dry_run(const Settings& fresh) {
  auto reply =
      bus::ask(conf::Instance::from_environment().command_endpoint("ccqueue"), "configuration", wire::Json::object());
  if (!reply) return cli::fail(reply.error());
  if (!reply->ok) return cli::fail(wire::error_of(*reply));
  auto lines = changes(from_json(wire::member(reply->body, "settings")), flat(fresh));
  for (const auto& line : lines) std::printf("%s\n", line.c_str());
  return lines.empty() ? 0 : static_cast<int>(Errc::no);
}

}  // namespace hotline::ccqueue
