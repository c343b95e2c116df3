// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdio>

#include "cli/app.h"
#include "lookup/lookups.h"
#include "verbs.h"

namespace hotline::cclookup {

using lookup::Outcome;

/// All at once: as long as the slowest takes.
static std::map<std::string, Outcome> reach_all(const lookup::Definitions& definitions) {
  Loop loop;
  lookup::Lookups lookups(loop, definitions);
  std::map<std::string, Outcome> outcomes;
  std::vector<lookup::Lookups::Handle> handles;
  for (const auto& [name, one] : definitions)
    handles.push_back(lookups.reach(name, [&, name = name](const Outcome& outcome) {
      outcomes[name] = outcome;
      if (outcomes.size() == definitions.size()) loop.stop();
    }));
  if (!definitions.empty()) loop.run();
  return outcomes;
}

int check(const std::string& config, bool reach, cli::Listing& listing) {
  auto definitions = lookup::load(config, conf::Instance::from_environment());
  if (!definitions) return cli::fail(definitions.error());
  if (!reach) {
    std::fprintf(stderr, "%s: %zu look-ups are good\n", cli::program_name().c_str(), definitions->size());
    return 0;
  }
  bool all = true;
  for (const auto& [name, outcome] : reach_all(*definitions)) {
    bool good = outcome.kind == Outcome::Kind::found;
    all = all && good;
    std::string kind = lookup::kind_name(definitions->at(name).kind);
    listing.row({name, kind, std::string(good ? "reached" : lookup::reason_name(outcome.reason)), outcome.text});
  }
  (void)listing.finish();
  return all ? 0 : static_cast<int>(Errc::unavailable);
}

}  // namespace hotline::cclookup
