// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/output.h"
#include "settings.h"
#include "shelf.h"
#include "verbs.h"

namespace hotline::ccivr {

int versions(cli::Listing& list) {
  auto instance = conf::Instance::from_environment();
  auto settings = load_settings("", instance);
  for (const auto& one : Shelf(instance.var() + "/flows").list()) {
    bool current = false;
    if (settings)
      if (auto flow = settings->flows.find(one.name); flow != settings->flows.end())
        current = flow->second->version == one.version;
    auto since = from_us(one.since_us);
    list.row({one.name, one.version, format_utc(since), current},
             {one.name, one.version, format_local(since), std::string(current ? "in the files" : "")});
  }
  return list.finish();
}

}  // namespace hotline::ccivr
