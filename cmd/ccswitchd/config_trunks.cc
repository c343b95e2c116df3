// SPDX-License-Identifier: GPL-2.0-or-later
// The tables [[trunk]] of hotline.toml.
#include <arpa/inet.h>

#include <map>
#include <set>

#include "base/text.h"
#include "config.h"
#include "wire/wire.h"

namespace hotline::ccswitchd {

namespace {

bool is_network(const std::string& text) {
  size_t slash = text.find('/');
  auto bits = slash == std::string::npos ? std::optional<int64_t>(32) : parse_int(text.substr(slash + 1));
  in_addr address;
  return bits && *bits >= 8 && *bits <= 32 && inet_pton(AF_INET, text.substr(0, slash).c_str(), &address) == 1;
}

/// A name, a number or a host: what may stand in a header without being escaped.
bool is_plain(const std::string& text) {
  return text.size() <= 128 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-*#") ==
             std::string::npos;
}

void read_gates(conf::Table& table, sip::TrunkConfig& trunk) {
  static constexpr size_t kGatesMax = 16;
  for (const auto& text : table.strings("address")) {
    auto address = read_address(text.find(':') == std::string::npos ? text + ":5060" : text);
    if (!address)
      table.complain("address", "'" + text + "' is no IPv4 address, with a port or without; names are not asked for");
    else
      trunk.gates.push_back({address->first, address->second});
  }
  if (trunk.gates.empty()) table.complain("address", "a trunk needs at least one address, as in [\"192.0.2.10:5060\"]");
  if (trunk.gates.size() > kGatesMax) table.complain("address", "has more than 16 addresses");
  trunk.networks = table.strings("from");
  for (const auto& network : trunk.networks)
    if (!is_network(network))
      table.complain("from", "'" + network + "' is no IPv4 network of /8 to /32, as in \"192.0.2.0/24\"");
}

void read_account(conf::Table& table, sip::TrunkConfig& trunk) {
  trunk.enroll = table.boolean("register", false);
  trunk.user = table.string("user");
  trunk.secret = table.string("secret");
  trunk.domain = table.string("domain");
  trunk.number = table.string("number");
  for (const char* key : {"user", "domain", "number"})
    if (!is_plain(table.string(key))) table.complain(key, "may have letters, digits and '._+-*#', at most 128");
  if (trunk.enroll && (trunk.user.empty() || trunk.secret.empty())) table.complain("register", "needs user and secret");
  trunk.expires =
      std::chrono::duration_cast<seconds>(table.duration("expires", seconds(600), seconds(60), seconds(86400)));
}

void read_ways(conf::Table& table, sip::TrunkConfig& trunk) {
  auto codecs = table.strings("codecs");
  if (!codecs.empty()) trunk.payloads.clear();
  for (const auto& codec : codecs) {
    if (codec != "PCMA" && codec != "PCMU") table.complain("codecs", "'" + codec + "' is neither PCMA nor PCMU");
    trunk.payloads.push_back(codec == "PCMU" ? 0 : 8);
  }
  using Keys = sip::TrunkConfig::Keys;
  using From = sip::TrunkConfig::From;
  std::string keys = table.choice("keys", "rfc4733", {"rfc4733", "inband", "info"});
  trunk.keys = keys == "info" ? Keys::info : keys == "inband" ? Keys::inband : Keys::rfc4733;
  std::string caller = table.choice("caller", "from", {"from", "pai", "rpid"});
  trunk.from = caller == "pai" ? From::pai : caller == "rpid" ? From::rpid : From::from;
  std::string transport = table.choice("transport", "udp", {"udp", "tcp", "tls"});
  trunk.transport = transport == "tls"   ? sip::Transport::tls
                    : transport == "tcp" ? sip::Transport::tcp
                                         : sip::Transport::udp;
  trunk.tls_name = table.string("tls_name");
  std::string srtp = table.choice("srtp", "off", {"off", "optional", "required"});
  trunk.srtp = srtp == "required" ? sip::Srtp::required : srtp == "optional" ? sip::Srtp::optional : sip::Srtp::off;
}

Clearing read_clearing(conf::Table& table) {
  static constexpr seconds kShortest{10};
  Clearing clearing;
  clearing.busy_tone = table.boolean("hangup_on_busy_tone", false);
  clearing.silence = std::chrono::duration_cast<milliseconds>(
      table.duration("hangup_on_silence", seconds(0), seconds(0), seconds(3600)));
  if (clearing.silence > seconds(0) && clearing.silence < kShortest)
    table.complain("hangup_on_silence", "people are silent for so long: give \"10s\" or more, or \"0s\" for never");
  return clearing;
}

}  // namespace

void read_trunks(conf::Table& root, Config& config) {
  std::set<std::string> seen;
  for (auto& table : root.tables("trunk")) {
    sip::TrunkConfig trunk;
    trunk.name = table.needed("name");
    if (!trunk.name.empty() && !wire::is_verb(trunk.name))
      table.complain("name", "'" + trunk.name + "' is no name: small letters, digits, '.' and '-', at most 32");
    if (!seen.insert(trunk.name).second) table.complain("name", "trunk '" + trunk.name + "' is there twice");
    read_gates(table, trunk);
    read_account(table, trunk);
    read_ways(table, trunk);
    trunk.calls_max = static_cast<int>(table.integer("calls_max", 1000, 1, 100000));
    trunk.qualify =
        std::chrono::duration_cast<milliseconds>(table.duration("qualify", seconds(30), seconds(0), seconds(3600)));
    if (auto clearing = read_clearing(table); clearing.busy_tone || clearing.silence > seconds(0))
      config.clearings[trunk.name] = clearing;
    config.trunks.push_back(std::move(trunk));
    table.close();
  }
}

}  // namespace hotline::ccswitchd
