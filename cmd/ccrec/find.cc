// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"
#include "verbs.h"

namespace hotline::ccrec {

template <typename T>
static cli::Field field(const std::optional<T>& value) {
  return value ? cli::Field(*value) : cli::Field();
}

static cli::Field field(const std::string& text) { return text.empty() ? cli::Field() : cli::Field(text); }

int find(const SearchOptions& options, cli::Listing& list) {
  auto filter = filter_of(options, utc_now());
  if (!filter) return cli::fail(filter.error());
  auto store = open_store(conf::Instance::from_environment());
  if (!store) return cli::fail(store.error());
  auto hidden = hidden_segments(conf::Instance::from_environment(), **store);
  if (!hidden) return cli::fail(hidden.error());
  auto found = store::find_recordings(**store, *filter, [&](const store::Recording& row) {
    if (hidden->count(row.segment)) return;
    Utc started = from_us(row.started_us);
    auto length = clock_text(seconds((row.ms.value_or(0) + 500) / 1000));
    std::vector<cli::Field> machines = {format_utc(started), field(row.ms),    field(row.caller), field(row.called),
                                        field(row.queue),    field(row.agent), row.call,          row.segment,
                                        field(row.gap_ms),   field(row.bytes), field(row.sha256), field(row.file)};
    auto people = machines;
    people[0] = format_local(started);
    people[1] = length;
    people[2] = field(mask_number(row.caller));
    list.row(machines, people);
  });
  if (!found) return cli::fail(found.error());
  return list.finish();
}

}  // namespace hotline::ccrec
