// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conf/calendar.h"
#include "route/number.h"

namespace hotline::route {

using Tags = std::map<std::string, std::string>;

/// The controller inside the switch, for plain calls from one line to another.
inline constexpr const char* kDirect = "switch";
/// The call's tag that tells it whereto: "phone:1001", "pstn:13800138000", "trunk:telco/13800138000".
inline constexpr const char* kDirectTo = "direct-to";

/// A call that wants to know whereto.
struct Question {
  std::string caller;  ///< "": withheld
  std::string called;
  std::string line;  ///< "span:e1/17", "phone:1001", "trunk:telco"
  Utc at{};
  bool night = false;
  bool from_phone() const { return line.starts_with("phone:"); }
};

/// One [[route]]: conditions that must all hold, and what follows.
struct Route {
  std::string place;  ///< "hotline.toml:12"
  Pattern called;
  bool is_default = false;  ///< asked when no other holds
  std::optional<Pattern> caller;
  bool withheld = false;  ///< caller = "withheld"
  std::string caller_list;
  std::shared_ptr<const NumberList> callers;  ///< of caller_list
  std::vector<std::string> caller_tags;       ///< one of them
  std::string line;                           ///< "span:e1", "phone", "phone:1001", "trunk:telco"
  conf::Hours time;
  std::string calendar;                          ///< its name
  std::string calendar_is = "open";              ///< open, closed, holiday
  std::shared_ptr<const conf::Calendar> office;  ///< of calendar
  std::optional<bool> night;

  std::string controller;  ///< who gets the call
  std::string to;          ///< or: "phone:1001", "pstn:…", "trunk:…", or "pstn" for the number that was called
  int cause = 0;           ///< or: it is refused with this Q.850 cause
  Tags tags;               ///< "flow", "lang", "queue" and others
  /// What decides, as text: two routes with the same conditions are one too many.
  std::string conditions() const;
  std::string outcome() const;  ///< "ccivr flow=main", "phone:1001", "refused, cause 21"
};

/// How a route fared with a question.
struct Verdict {
  const Route* route = nullptr;
  bool holds = false;
  std::string why;  ///< the first condition that does not hold; or what it has
  int called_weight = 0, caller_weight = 0;
};

/// Tags of callers: the file that [switch] `callers` names. "vip,debt" split.
std::vector<std::string> caller_tags(const NumberList* callers, const std::string& caller);

/// The table. Of the routes whose conditions all hold, the one with the narrowest `called` counts, of those the one with
/// the narrowest `caller` (a number of a list counts as a number, a tag as less than any digit), of those the first in
/// the file. Routes "default" are asked in the same way when no other holds.
class Routes {
 public:
  Routes() = default;
  Routes(std::vector<Route> routes, conf::Zone zone) : routes_(std::move(routes)), zone_(std::move(zone)) {}

  /// The one that counts; nullptr when none holds. `with_default`: the defaults, else only the others.
  const Route* find(const Question& question, const std::vector<std::string>& tags, bool defaults) const;
  /// All, in file order, each with its reason.
  std::vector<Verdict> judge(const Question& question, const std::vector<std::string>& tags) const;
  const std::vector<Route>& all() const { return routes_; }

 private:
  Verdict judge(const Route& route, const Question& question, const std::vector<std::string>& tags) const;

  std::vector<Route> routes_;
  conf::Zone zone_;
};

}  // namespace hotline::route
