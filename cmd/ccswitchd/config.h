// SPDX-License-Identifier: GPL-2.0-or-later
// What ccswitchd reads of hotline.toml: [site] [switch] [sip] [[span]] [[phone]], and the plan of the room route.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "conf/conf.h"
#include "conf/instance.h"
#include "fax/fax.h"
#include "media/media.h"
#include "route/blacklist.h"
#include "routes.h"
#include "sip/sip.h"
#include "trunk/trunk.h"

namespace hotline::ccswitchd {

struct Phone {
  sip::Phone sip;
  int calls_max = 8;  ///< with more, it is busy to who calls it
  bool waiting_tone = false;  ///< who talks on it hears that another calls
};

/// [fax]: without that table there is none.
struct FaxConfig {
  bool on = false;
  int channels = 1;  ///< at once
  int waiting_max = 20;
  milliseconds wait_max{120000};
  std::string station, header;
  bool ecm = true;
  int speed_max = 14400;
  std::string folder = "fax";  ///< of what is received; below var/ unless it begins with '/'
  fax::Bounds bounds;
  enum class T38 { off, accept, offer } t38 = T38::offer;
  int udptl_first = 0, udptl_last = 0;  ///< 0: no T.38
};

/// What tells that the far end of a call over a trunk has hung up where no signalling does (media::Engine::watch_far_end).
struct Clearing {
  bool busy_tone = false;
  milliseconds silence{0};
};

struct Config {
  std::string language = "zh-CN";
  int tick_frames = 40;
  std::vector<std::string> prompt_dirs;  ///< absolute, in order of search
  std::string music;                     ///< prompt of language "common"; "": silence
  std::string tones = "CN";              ///< whose call-progress tones
  std::string number;                    ///< ours, shown to those who are called over a span; "": the dialling leg's
  milliseconds controller_timeout{3000}, fallback_after{60000}, drain{30000};
  milliseconds upgrade_drain{std::chrono::hours(2)};  ///< how long one that has yielded may go on
  std::string fallback = "hangup";
  int64_t calls_max = 1000;

  bool has_sip = false;
  sip::Config sip;
  std::string rtp_address;
  int rtp_first = 30000, rtp_last = 30999;

  FaxConfig fax;

  std::vector<trunk::SpanConfig> spans;
  std::vector<Phone> phones;
  std::vector<sip::TrunkConfig> trunks;
  std::map<std::string, Clearing> clearings;  ///< by trunk; those without are not watched
  route::Plan plan;             ///< whereto calls lead
  route::Blacklist blacklist;   ///< its file as it was read
  std::string var_dir;          ///< of the instance
  std::string route_program;    ///< command that is asked before the tables, "": none

  const Phone* find_phone(const std::string& id) const;
  const trunk::SpanConfig* find_span(const std::string& name) const;
  const sip::TrunkConfig* find_trunk(const std::string& name) const;
};

/// Reads and checks the file; the error (`config`) lists every complaint with its place.
Result<Config> read_config(const std::string& path, const conf::Instance& instance);

/// The tables [[trunk]]; complaints go to their tables.
void read_trunks(conf::Table& root, Config& config);

/// Reads [fax]; complaints go to its table.
FaxConfig read_fax(conf::Table& root);
/// "30000-30999"; nullopt for anything else.
std::optional<std::pair<int, int>> read_ports(const std::string& text);

/// "192.168.1.10:5060" taken apart; nullopt for anything else.
std::optional<std::pair<std::string, uint16_t>> read_address(const std::string& text);

/// Where state that commands change is kept: the blacklist.
std::string blacklist_file(const Config& config);

/// All prompts of a configuration, and its music among them: `config` names what is missing and where it was sought.
struct Sounds {
  media::Prompts prompts;
  media::SoundPtr music;
};
Result<Sounds> load_sounds(const Config& config);

/// What of a new configuration cannot be had without a restart: a sentence each.
std::vector<std::string> needs_restart(const Config& was, const Config& now);

}  // namespace hotline::ccswitchd
