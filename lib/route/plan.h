// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conf/calendar.h"
#include "conf/instance.h"
#include "route/forwards.h"
#include "route/number.h"
#include "route/outbound.h"
#include "route/ring_group.h"
#include "route/routes.h"

namespace hotline::route {

/// Where a call goes: its controller and its first tags. Without a controller it is refused with `cause`.
struct Destination {
  std::string controller;
  Tags tags;
  bool unrouted = false;  ///< no route names the number
  int cause = 1;          ///< Q.850; unallocated number
  std::string code;       ///< a code that a telephone dialled: its name, and
  std::string argument;   ///< the number behind it
};

/// One consideration on the way to a destination: what was asked, what came of it, why.
struct Step {
  std::string what;     ///< "route 3 (hotline.toml:40): 96116* line=span:e1"
  std::string verdict;  ///< no, holds (but another counts), chosen
  std::string why;
};
using Trace = std::vector<Step>;

enum class NightMode { automatic, on, off };
std::optional<NightMode> night_mode_named(const std::string& name);
const char* name_of(NightMode mode);

struct NightRule {
  std::string calendar;                    ///< it is night while that one is closed
  NightMode mode = NightMode::automatic;   ///< before anybody commanded another
};

struct BlacklistRule {
  std::string file = "blacklist.tsv";  ///< below var/
  int cause = 21;                      ///< call rejected
  bool withheld = false;               ///< who withholds his number is refused, too
};

/// What the tables say of a telephone.
struct PhoneRule {
  std::string id;
  Class allowed = Class::international;
  Forward forward;
};

/// All that decides whereto a call leads; a value, read at once and swapped at once.
struct Plan {
  conf::Zone zone;
  std::string language = "zh-CN";
  conf::Calendars calendars;
  Routes routes;
  Outbounds outbounds;
  std::map<std::string, PhoneRule> phones;
  std::map<std::string, RingGroup> ring_groups;
  std::shared_ptr<const NumberList> callers;  ///< [switch] callers: tags of callers
  std::string callers_file;
  std::map<std::string, std::string> codes;  ///< name to what is dialled
  NightRule night;
  BlacklistRule blacklist;
  bool has_outside = false;  ///< there is a span or a trunk

  const PhoneRule* phone(const std::string& id) const;
  std::map<std::string, Forward> forwards() const;

  /// Whereto. `trace`, if given, gets every consideration in order.
  Destination decide(const Question& question, Trace* trace = nullptr) const;
  /// Whether that telephone may call this number outside: emergency numbers always.
  bool may_dial(const std::string& phone, const Way& way) const;
  /// Whether it is night under `mode`.
  bool is_night(NightMode mode, Utc now) const;

 private:
  Destination along(const Route& route, const std::string& called) const;
  Destination direct(const std::string& to) const;
  std::optional<Destination> from_phone(const Question& question, Trace* trace) const;
  std::optional<Destination> outside(const Question& question, Trace* trace) const;
  void note_routes(const Question& question, const std::vector<std::string>& tags, const Route* chosen,
                   Trace* trace) const;
};

/// The names of codes: "forward-always", "forward-off", … and whether a number follows them.
const std::map<std::string, bool>& code_names();

/// Reads [site] [switch] [[phone]] [[route]] [[outbound]] [calendar] [night] [blacklist]; complaints go into the tables. Keys of the first
/// three that are others' are left alone: who reads those tables ignores switch_keys(), phone_keys().
Plan read_plan(conf::Table& root, const conf::Instance& instance);
const std::vector<std::string>& site_keys();
const std::vector<std::string>& switch_keys();
const std::vector<std::string>& phone_keys();

/// What changed from one to the other, for the log: "routes +1 -0; outbound +0 -1; calendar office changed"; "" when
/// nothing did.
std::string difference(const Plan& was, const Plan& now);

}  // namespace hotline::route
