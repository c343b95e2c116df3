// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "trunk/trunk.h"

namespace hotline::trunk {

namespace {

constexpr size_t kSpansMax = 64;

SpanConfig read_span(conf::Table& table) {
  SpanConfig span;
  span.name = table.needed("name");
  span.type = table.choice("type", "cesopsn", {"cesopsn"});
  span.local = table.needed("local");
  span.remote = table.needed("remote");
  span.packet_frames = table.choice("packet", "5ms", {"1ms", "5ms"}) == "1ms" ? 8 : 40;
  const auto jitter = table.duration("jitter", milliseconds(10), milliseconds(1), milliseconds(200));
  span.jitter_ms = static_cast<int>(std::chrono::duration_cast<milliseconds>(jitter).count());
  span.network_side = table.choice("side", "user", {"user", "network"}) == "network";
  span.rtp_header = table.boolean("rtp_header", false);
  span.pcap = table.string("pcap");
  span.rules = read_rules(table, span.network_side);
  table.close();
  return span;
}

}  // namespace

std::vector<SpanConfig> read_spans(conf::Table& root) {
  std::vector<SpanConfig> spans;
  for (auto& table : root.tables("span")) {
    SpanConfig span = read_span(table);
    auto same = [&](const auto& other) { return other.name == span.name; };
    if (std::any_of(spans.begin(), spans.end(), same)) {
      table.complain("name", "there is another span '" + span.name + "'");
    } else if (spans.size() == kSpansMax) {
      table.complain("name", "more than " + std::to_string(kSpansMax) + " spans");
    } else {
      spans.push_back(std::move(span));
    }
  }
  return spans;
}

}  // namespace hotline::trunk
