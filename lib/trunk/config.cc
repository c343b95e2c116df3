// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "base/text.h"
#include "trunk/trunk.h"

namespace hotline::trunk {

namespace {

constexpr size_t kSpansMax = 64;

const std::vector<std::string> kTypes = {"cesopsn", "satop", "osmo-e1d", "dahdi"};
const std::vector<std::string> kPackets = {"1ms", "2ms", "3ms", "4ms", "5ms"};

// Keys that only some types have.
struct Own {
  const char* key;
  const char* whose;
};
constexpr Own kOwn[] = {{"local", "cesopsn satop"},      {"remote", "cesopsn satop"}, {"rtp_header", "cesopsn satop"},
                        {"socket", "osmo-e1d"},          {"interface", "osmo-e1d"},   {"line", "osmo-e1d"},
                        {"superchannel", "osmo-e1d"},    {"number", "dahdi"},         {"first_channel", "dahdi"}};

void complain_of_others(conf::Table& table, const std::string& type) {
  for (const auto& own : kOwn) {
    const auto whose = split(own.whose, ' ');
    if (!table.has(own.key) || std::find(whose.begin(), whose.end(), type) != whose.end()) continue;
    table.complain(own.key, "is for " + join(whose, " and ") + ", and this span is of type '" + type + "'");
    table.ignore({own.key});
  }
}

std::string read_address(conf::Table& table, const std::string& key, const SpanConfig& span) {
  std::string address = table.needed(key);
  if (!address.empty() && !tdm::is_address(address)) {
    table.complain(key, "span '" + span.name + "': '" + address +
                            "' is no IPv4 address with a port, as in \"127.0.0.1:20000\"");
  }
  return address;
}

void read_back_end(conf::Table& table, SpanConfig& span) {
  span.name = table.needed("name");
  span.type = table.choice("type", "cesopsn", kTypes);
  complain_of_others(table, span.type);
  const std::string packet = table.choice("packet", "5ms", kPackets);
  span.packet_frames = 8 * (packet[0] - '0');
  const auto jitter = table.duration("jitter", milliseconds(10), milliseconds(1), milliseconds(200));
  span.jitter_ms = static_cast<int>(std::chrono::duration_cast<milliseconds>(jitter).count());
  if (span.pseudowire()) {
    span.local = read_address(table, "local", span);
    span.remote = read_address(table, "remote", span);
    span.rtp_header = table.boolean("rtp_header", false);
  } else if (span.type == "osmo-e1d") {
    span.socket = table.string("socket", "/tmp/osmo-e1d.ctl");
    span.interface = static_cast<int>(table.integer("interface", 0, 0, 254));
    span.line = static_cast<int>(table.integer("line", 0, 0, 254));
    span.superchannel = table.boolean("superchannel", true);
    if (span.socket.empty() || span.socket.size() > 107) table.complain("socket", "the path of a socket has 1 to 107 octets");
  } else {
    span.number = static_cast<int>(table.integer("number", 1, 1, 128));
    span.first_channel = static_cast<int>(table.integer("first_channel", 0, 0, 1024));
    if (span.packet_frames < 16) table.complain("packet", "DAHDI gives no less than 2ms at a time");
    if (!tdm::has_dahdi()) {
      table.complain("type", "this program was built without DAHDI: install dahdi/user.h (Debian package dahdi-source) "
                             "and build it again");
    }
  }
}

SpanConfig read_span(conf::Table& table) {
  SpanConfig span;
  read_back_end(table, span);
  span.network_side = table.choice("side", "user", {"user", "network"}) == "network";
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
