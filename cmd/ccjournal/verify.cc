// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cstdio>

#include "journal/journal.h"
#include "verbs.h"

namespace hotline {

int verify(const std::vector<std::string>& named) {
  auto instance = conf::Instance::from_environment();
  auto all = journal::publishers(instance.journal_dir());
  for (const auto& name : named)
    if (std::find(all.begin(), all.end(), name) == all.end())
      return cli::fail(Errc::no_input, "no journal of '" + name + "' below '" + instance.journal_dir() + "'");
  if (all.empty()) return cli::fail(Errc::no_input, "no journals below '" + instance.journal_dir() + "'");

  bool whole = true;
  for (const auto& publisher : named.empty() ? all : named) {
    int64_t events = 0;
    auto faults = journal::verify(instance.journal_dir(), publisher, &events);
    for (const auto& fault : faults) std::printf("%s\n", fault.c_str());
    std::fprintf(stderr, "%s: %lld events, %zu faults\n", publisher.c_str(), static_cast<long long>(events),
                 faults.size());
    whole = whole && faults.empty();
  }
  return whole ? 0 : static_cast<int>(Errc::no);
}

}  // namespace hotline
