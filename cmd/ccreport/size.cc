// SPDX-License-Identifier: GPL-2.0-or-later
// What the configured lines and agents can carry: Erlang B and C.
#include "size.h"

#include <cmath>

#include "report/erlang.h"

namespace hotline {

namespace {

constexpr int64_t kChannelsOfSpan = 30;  // ETSI EN 300 403: an E1 without its D channel

double rounded(double value, double digits) { return std::isfinite(value) ? std::round(value * digits) / digits : value; }

void lines(const Size& size, cli::Listing& list) {
  list.row({"lines", "spans", size.spans, "spans"});
  list.row({"lines", "channels", size.channels, "channels"});
  for (double blocking : {0.001, 0.01, 0.05})
    if (size.channels > 0)
      list.row({"lines", "offered at " + std::to_string(static_cast<int>(blocking * 1000)) + " per mille refused",
                rounded(report::offered_at(size.channels, blocking), 100), "erlang"});
}

void agents(const Size& size, cli::Listing& list) {
  list.row({"agents", "agents", size.agents, "agents"});
  if (size.agents == 0) return;
  // The most calls an hour of which the share is answered in time: by halving, as the share falls with the load.
  double low = 0, high = static_cast<double>(size.agents) * 3600 / size.aht_s;
  for (int i = 0; i < 60; ++i) {
    double middle = (low + high) / 2, traffic = middle * size.aht_s / 3600;
    bool good = report::erlang_c_service_level(size.agents, traffic, size.aht_s, size.within_s) >= size.level;
    (good ? low : high) = middle;
  }
  list.row({"agents", "calls an hour at the service level", static_cast<int64_t>(low), "calls"});
}

void load(const Size& size, cli::Listing& list) {
  double traffic = size.calls * size.aht_s / 3600;
  list.row({"load", "calls an hour", size.calls, "calls"});
  list.row({"load", "offered", rounded(traffic, 100), "erlang"});
  if (size.channels > 0)
    list.row({"load", "refused, all channels busy (Erlang B)", rounded(report::erlang_b(size.channels, traffic) * 100, 10000), "percent"});
  if (size.agents == 0) return;
  list.row({"load", "must wait (Erlang C)", rounded(report::erlang_c(size.agents, traffic) * 100, 10000), "percent"});
  list.row({"load", "answered in time", rounded(report::erlang_c_service_level(size.agents, traffic, size.aht_s, size.within_s) * 100, 10000), "percent"});
  double asa = report::erlang_c_asa_s(size.agents, traffic, size.aht_s);
  list.row({"load", "mean wait", std::isfinite(asa) ? cli::Field(rounded(asa, 100)) : cli::Field(), "seconds"});
}

}  // namespace

void read_size(conf::Table& root, Size& size) {
  size.spans = static_cast<int64_t>(root.tables("span").size());
  size.agents = static_cast<int64_t>(root.tables("agent").size());
  size.channels = size.spans * kChannelsOfSpan;
}

int print_size(const Size& size, cli::Listing& list) {
  lines(size, list);
  agents(size, list);
  if (size.calls > 0) load(size, list);
  return list.finish();
}

}  // namespace hotline
