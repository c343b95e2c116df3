// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "base/fd.h"
#include "base/text.h"
#include "service/service.h"
#include "sip/tls.h"

namespace hotline::ccswitchd {

namespace {

bool is_ipv4(const std::string& text) {
  in_addr address;
  return inet_pton(AF_INET, text.c_str(), &address) == 1;
}

/// What may stand after "sip:" and in "phone:…".
bool is_phone_id(const std::string& text) {
  return !text.empty() && text.size() <= 32 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
             std::string::npos;
}

void read_site(conf::Table table, Config& config) {
  table.string("name");
  table.ignore(route::site_keys());
  config.language = table.string("language", config.language);
  table.close();
}

void read_switch(conf::Table table, Config& config, const conf::Instance& instance) {
  config.tick_frames = table.choice("tick", "5ms", {"1ms", "5ms"}) == "1ms" ? 8 : 40;
  for (const auto& dir : table.strings("prompts"))
    config.prompt_dirs.push_back(dir.starts_with('/') ? dir : instance.etc() + "/" + dir);
  config.prompt_dirs.push_back(instance.share() + "/prompts");
  config.music = table.string("music", "music");
  config.tones = table.string("tones", config.tones);
  if (!media::knows_tones(config.tones))
    table.complain("tones", "'" + config.tones + "' is none of the countries " + media::tone_countries());
  config.number = table.string("number");
  if (!config.number.empty() && !is_number(config.number))
    table.complain("number", "'" + config.number + "' is no telephone number");
  auto ms = [&](const char* key, milliseconds otherwise, milliseconds min, milliseconds max) {
    return std::chrono::duration_cast<milliseconds>(table.duration(key, otherwise, min, max));
  };
  config.controller_timeout = ms("controller_timeout", milliseconds(3000), milliseconds(1000), milliseconds(60000));
  config.fallback_after = ms("fallback_after", milliseconds(60000), milliseconds(1000), milliseconds(3600000));
  config.drain = ms("drain", milliseconds(30000), milliseconds(0), milliseconds(3600000));
  config.upgrade_drain = ms("upgrade_drain", std::chrono::hours(2), milliseconds(1000), std::chrono::hours(24));
  config.fallback = table.string("fallback", "hangup");
  bool direct = config.fallback.starts_with("phone:") ||
                (config.fallback.starts_with("pstn:") && is_number(config.fallback.substr(5)));
  if (!direct && !wire::is_verb(config.fallback))
    table.complain("fallback", "'" + config.fallback +
                                   "' is none of \"hangup\", a controller's name, \"phone:ID\" and \"pstn:NUMBER\"");
  config.route_program = table.string("route_program");
  table.ignore(route::switch_keys());
  config.calls_max = table.integer("calls_max", config.calls_max, 1, 100000);
  table.close();
}

void read_tls(conf::Table& table, sip::Config::Tls& tls) {
  for (const char* key : {"tls_certificate", "tls_key", "tls_ca", "tls_verify"})
    if (table.has(key) && !table.has("tls_listen")) table.complain(key, "means nothing without tls_listen");
  tls.certificate = table.string("tls_certificate");
  tls.key = table.string("tls_key", tls.certificate);
  tls.authorities = table.string("tls_ca");
  tls.verify = table.boolean("tls_verify", true);
  if (!table.has("tls_listen")) return;
  if (auto listen = read_address(table.string("tls_listen")))
    std::tie(tls.address, tls.port) = *listen;
  else
    table.complain("tls_listen", "expected an IPv4 address and a port, as in \"192.168.1.10:5061\"");
  if (tls.certificate.empty()) table.complain("tls_listen", "needs tls_certificate, a file in PEM");
}

void read_sip(conf::Table& root, Config& config) {
  config.has_sip = root.has("sip");
  conf::Table table = root.table("sip");
  if (auto listen = read_address(table.string("listen", "127.0.0.1:5060")))
    std::tie(config.sip.address, config.sip.port) = *listen;
  else
    table.complain("listen", "expected an IPv4 address and a port, as in \"192.168.1.10:5060\"");
  config.sip.domain = table.string("domain");
  config.sip.expires_min_s =
      static_cast<int>(table.duration("expires_min", seconds(30), seconds(5), seconds(3600)).count() / 1'000'000);
  config.sip.expires_max_s =
      static_cast<int>(table.duration("expires_max", seconds(3600), seconds(30), seconds(86400)).count() / 1'000'000);
  if (config.sip.expires_max_s < config.sip.expires_min_s) table.complain("expires_max", "is shorter than expires_min");
  config.sip.qualify = std::chrono::duration_cast<milliseconds>(
      table.duration("qualify", seconds(60), seconds(0), seconds(3600)));
  config.sip.qualify_timeout = std::chrono::duration_cast<milliseconds>(
      table.duration("qualify_timeout", seconds(4), milliseconds(500), seconds(30)));
  read_tls(table, config.sip.tls);
  config.sip.connections_max = static_cast<int>(table.integer("connections_max", 2000, 10, 100000));
  config.sip.connections_address_max = static_cast<int>(table.integer("connections_address_max", 100, 1, 100000));
  config.sip.session_expires_min_s =
      static_cast<int>(table.duration("session_expires_min", seconds(90), seconds(90), seconds(3600)).count() / 1'000'000);
  config.sip.session_expires_s =
      static_cast<int>(table.duration("session_expires", seconds(600), seconds(0), seconds(86400)).count() / 1'000'000);
  if (config.sip.session_expires_s > 0 && config.sip.session_expires_s < config.sip.session_expires_min_s)
    table.complain("session_expires", "is shorter than session_expires_min; \"0s\" means none");
  config.sip.srtp_without_tls = table.boolean("srtp_without_tls", false);
  config.rtp_address = table.string("rtp_address", config.sip.address);
  if (!is_ipv4(config.rtp_address) || config.rtp_address == "0.0.0.0")
    table.complain(table.has("rtp_address") ? "rtp_address" : "listen",
                   "phones must be told where to send audio: give rtp_address = \"this machine's IPv4 address\"");
  if (auto range = read_ports(table.string("rtp_ports", "30000-30999")))
    std::tie(config.rtp_first, config.rtp_last) = *range;
  else
    table.complain("rtp_ports", "expected two ports from 1024 to 65535, as in \"30000-30999\"");
  table.close();
}

void read_phones(conf::Table& root, Config& config) {
  std::set<std::string> seen;
  for (auto& table : root.tables("phone")) {
    Phone phone;
    phone.sip.id = table.needed("id");
    phone.sip.secret = table.needed("secret");
    phone.sip.name = table.string("name", phone.sip.id);
    std::string srtp = table.choice("srtp", "off", {"off", "optional", "required"});
    phone.sip.srtp = srtp == "off" ? sip::Srtp::off : srtp == "optional" ? sip::Srtp::optional : sip::Srtp::required;
    phone.sip.pickup_group = table.string("pickup");
    phone.calls_max = static_cast<int>(table.integer("calls_max", phone.calls_max, 1, 32));
    phone.waiting_tone = table.boolean("waiting_tone", false);
    table.ignore(route::phone_keys());
    if (!phone.sip.id.empty() && !is_phone_id(phone.sip.id))
      table.complain("id", "'" + phone.sip.id + "' is no phone's name: letters, digits, '.', '_' and '-', at most 32");
    if (!seen.insert(phone.sip.id).second) table.complain("id", "phone '" + phone.sip.id + "' is there twice");
    config.phones.push_back(std::move(phone));
    table.close();
  }
  if (!config.phones.empty()) config.has_sip = true;
}

/// A list that is not there yet is empty.
void read_blacklist(conf::Table table, Config& config) {
  static constexpr size_t kBytesMax = 64u << 20;
  std::string path = blacklist_file(config);
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return;
  auto text = read_file(path, kBytesMax);
  auto list = text ? route::Blacklist::parse(*text, path) : Result<route::Blacklist>(text.error());
  if (list)
    config.blacklist = std::move(*list);
  else
    table.complain("", "the blacklist: " + list.error().text);
}

/// A pcap's path is relative to the instance: "var/d.pcap" is in its var/, whose place depends on the layout.
void place_pcaps(Config& config, const conf::Instance& instance) {
  for (auto& span : config.spans) {
    if (span.pcap.empty() || span.pcap.starts_with('/')) continue;
    span.pcap = instance.var() + "/" + (span.pcap.starts_with("var/") ? span.pcap.substr(4) : span.pcap);
  }
}

}  // namespace

std::optional<std::pair<std::string, uint16_t>> read_address(const std::string& text) {
  auto parts = split(text, ':');
  auto port = parts.size() == 2 ? parse_int(parts[1]) : std::nullopt;
  if (!port || !is_ipv4(parts[0]) || *port < 1 || *port > 65535) return std::nullopt;
  return std::pair(parts[0], static_cast<uint16_t>(*port));
}

std::optional<std::pair<int, int>> read_ports(const std::string& text) {
  auto range = split(text, '-');
  auto first = range.size() == 2 ? parse_int(range[0]) : std::nullopt;
  auto last = range.size() == 2 ? parse_int(range[1]) : std::nullopt;
  if (!first || !last || *first < 1024 || *last > 65535 || *first >= *last) return std::nullopt;
  return std::pair(static_cast<int>(*first), static_cast<int>(*last));
}

const sip::TrunkConfig* Config::find_trunk(const std::string& name) const {
  auto found = std::find_if(trunks.begin(), trunks.end(), [&](const auto& one) { return one.name == name; });
  return found == trunks.end() ? nullptr : &*found;
}

const Phone* Config::find_phone(const std::string& id) const {
  auto found = std::find_if(phones.begin(), phones.end(), [&](const Phone& one) { return one.sip.id == id; });
  return found == phones.end() ? nullptr : &*found;
}

std::string blacklist_file(const Config& config) {
  const std::string& file = config.plan.blacklist.file;
  return file.starts_with('/') ? file : config.var_dir + "/" + file;
}

const trunk::SpanConfig* Config::find_span(const std::string& name) const {
  auto found = std::find_if(spans.begin(), spans.end(), [&](const auto& one) { return one.name == name; });
  return found == spans.end() ? nullptr : &*found;
}

Result<Config> read_config(const std::string& path, const conf::Instance& instance) {
  Config config;
  auto verdict = service::load_config(path, [&](conf::Table& root) {
    read_site(root.table("site"), config);
    read_switch(root.table("switch"), config, instance);
    read_sip(root, config);
    config.spans = trunk::read_spans(root);
    read_phones(root, config);
    read_trunks(root, config);
    if (!config.trunks.empty()) config.has_sip = true;
    config.fax = read_fax(root);
    config.plan = route::read_plan(root, instance);
    config.var_dir = instance.var();
    read_blacklist(root.table("blacklist"), config);
    if (config.fallback.starts_with("phone:") && !config.find_phone(config.fallback.substr(6)))
      root.table("switch").complain("fallback", "there is no phone '" + config.fallback.substr(6) + "'");
  });
  if (!verdict) return verdict.error();
  place_pcaps(config, instance);
  config.sip.state_file = instance.var() + "/ccswitchd.contacts";
  config.sip.tls.folder = instance.var() + "/ccswitchd.tls";
  for (auto* file : {&config.sip.tls.certificate, &config.sip.tls.key, &config.sip.tls.authorities})
    if (!file->empty() && !file->starts_with('/')) *file = instance.etc() + "/" + *file;
  if (config.sip.tls.port)
    if (auto good = sip::check_tls(config.sip.tls); !good) return good.error();
  config.sip.dialogs_max = static_cast<int>(std::min<int64_t>(config.calls_max * 4, 100000));
  return config;
}

Result<Sounds> load_sounds(const Config& config) {
  auto prompts = media::Prompts::load(config.prompt_dirs);
  if (!prompts) return prompts.error();
  Sounds sounds{*prompts, nullptr};
  if (config.music.empty()) return sounds;
  sounds.music = sounds.prompts.find("common", config.music);
  if (!sounds.music)
    return Error{Errc::config, "no music '" + config.music + "': make common/" + config.music + ".wav in one of " +
                                   join(config.prompt_dirs, ", ") + ", or give music = \"\" for silence"};
  return sounds;
}

std::vector<std::string> needs_restart(const Config& was, const Config& now) {
  std::vector<std::string> list;
  if (was.tick_frames != now.tick_frames) list.push_back("tick");
  if (was.has_sip != now.has_sip || was.sip.address != now.sip.address || was.sip.port != now.sip.port ||
      was.sip.domain != now.sip.domain || was.sip.expires_min_s != now.sip.expires_min_s ||
      was.sip.expires_max_s != now.sip.expires_max_s || was.sip.session_expires_s != now.sip.session_expires_s ||
      was.sip.session_expires_min_s != now.sip.session_expires_min_s ||
      was.sip.srtp_without_tls != now.sip.srtp_without_tls || was.sip.tls != now.sip.tls ||
      was.sip.connections_max != now.sip.connections_max ||
      was.sip.connections_address_max != now.sip.connections_address_max || was.sip.qualify != now.sip.qualify ||
      was.sip.qualify_timeout != now.sip.qualify_timeout || was.rtp_address != now.rtp_address ||
      was.rtp_first != now.rtp_first || was.rtp_last != now.rtp_last)
    list.push_back("[sip]");
  if (was.music != now.music) list.push_back("music");
  if (was.tones != now.tones) list.push_back("tones");
  return list;
}

}  // namespace hotline::ccswitchd
