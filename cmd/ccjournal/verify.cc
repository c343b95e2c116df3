// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cstdio>

#include "journal/journal.h"
#include "verbs.h"

namespace hotline {

Result<std::vector<std::string>> publishers_of(const conf::Instance& instance, const std::vector<std::string>& named) {
  auto all = journal::publishers(instance.journal_dir());
  if (named.empty()) return all;
  auto missing = std::find_if(named.begin(), named.end(), [&](const std::string& name) {
    return std::find(all.begin(), all.end(), name) == all.end();
  });
  if (missing == named.end()) return named;
  return Error{Errc::no_input, "no journal of '" + *missing + "' below '" + instance.journal_dir() + "'"};
}

int verify(const std::vector<std::string>& named) {
  auto instance = conf::Instance::from_environment();
  auto publishers = publishers_of(instance, named);
  if (!publishers) return cli::fail(publishers.error());
  if (publishers->empty()) return cli::fail(Errc::no_input, "no journals below '" + instance.journal_dir() + "'");

  bool whole = true;
  for (const auto& publisher : *publishers) {
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
