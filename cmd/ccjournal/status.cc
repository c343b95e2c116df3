// SPDX-License-Identifier: GPL-2.0-or-later
#include <map>

#include "journal/journal.h"
#include "store/position.h"
#include "verbs.h"

namespace hotline {

int status(cli::Listing& list) {
  auto instance = conf::Instance::from_environment();
  auto store = open_store(instance, store::Access::read);
  if (!store) return cli::fail(store.error());
  auto all = store::positions(**store);
  if (!all) return cli::fail(all.error());
  std::map<std::string, store::Position> known;
  for (const auto& position : *all) known[position.publisher] = position;

  bool behind = false;
  for (const auto& publisher : journal::publishers(instance.journal_dir())) {
    const auto& position = known[publisher];
    int64_t waiting = 0;
    auto counted = journal::read(
        instance.journal_dir(), publisher, position.number + 1, [&](const auto&) { return ++waiting, true; },
        [](const auto&) {});
    if (!counted) return cli::fail(counted.error());
    behind = behind || waiting > 0;
    cli::Field machine, people;
    if (position.number > 0) {
      machine = format_utc(from_us(position.time_us));
      people = format_local(from_us(position.time_us));
    }
    list.row({publisher, position.number, waiting, machine}, {publisher, position.number, waiting, people});
  }
  int result = list.finish();
  return behind ? static_cast<int>(Errc::no) : result;
}

}  // namespace hotline
