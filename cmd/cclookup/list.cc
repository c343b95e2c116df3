// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"
#include "lookup/definition.h"
#include "verbs.h"

namespace hotline::cclookup {

int list(const std::string& config, cli::Listing& listing) {
  auto definitions = lookup::load(config, conf::Instance::from_environment());
  if (!definitions) return cli::fail(definitions.error());
  for (const auto& [name, one] : *definitions) {
    std::string parameters = join(one.parameters, " "), results = join(one.results, " ");
    std::string kind = lookup::kind_name(one.kind);
    listing.row({name, kind, parameters, results, one.timeout.count() / 1000, one.place},
                {name, kind, parameters, results, format_duration(one.timeout), one.place});
  }
  return listing.finish();
}

}  // namespace hotline::cclookup
