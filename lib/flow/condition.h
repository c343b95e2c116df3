// SPDX-License-Identifier: GPL-2.0-or-later
// What a branch goes by. Pure: the moment and what the queues look like are given.
//
//     condition = all { "or" all }            all = one { "and" one }          one = [ "not" ] test
//     test      = "open" CALENDAR             ; conf::Calendar, 调休 and all
//               | "holiday" CALENDAR          ; a day off by the calendar's files
//               | "hours" "'Mon-Fri 08:30-17:30'"     ; of the week, whatever the calendar says
//               | "date" DAY [ ".." DAY ]     ; 2026-02-15..2026-02-23, both within
//               | TAG ( "=" | "!=" ) VALUE    ; as text
//               | TAG ( "<" | "<=" | ">" | ">=" ) NUMBER
//               | TAG "like" PATTERN          ; 138*, or several: 138*|139*
//               | TAG ( "set" | "unset" )
//               | "queue" NAME FIGURE ( "<" | "<=" | "=" | "!=" | ">" | ">=" ) NUMBER-OR-SPAN
//     FIGURE    = "waiting" | "longest-wait" | "expected-wait" | "staffed" | "ready"
//
// A value with blanks stands in single quotes. `caller` and `called` are there as tags.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "conf/calendar.h"
#include "flow/words.h"

namespace hotline::flow {

/// What a queue looks like, as far as flows ask: counts, and spans in microseconds.
using QueueFigures = std::map<std::string, int64_t>;
const std::vector<std::string>& queue_figures();

/// The world at the moment of a decision.
struct World {
  Utc now{};
  const conf::Calendars* calendars = nullptr;  ///< null: none
  conf::Zone zone;
  std::map<std::string, QueueFigures> queues;
  /// The number of the message that is left with this recording, by which its caller can ask after it; the same for the
  /// same recording. Without it all have one number.
  std::function<std::string(const std::string& recording)> message_number = {};
};

/// A world for walks and tests: Monday, 2 March 2026, ten in the morning at Shanghai; no calendar, no queue.
World plain_world();

class Condition {
 public:
  /// `bad_data` says which word was not understood, and what was expected.
  static Result<Condition> parse(const std::string& text);

  /// A calendar or queue that is not in `world` makes its test false.
  bool holds(const World& world, const Tags& tags) const;

  const std::string& text() const { return text_; }
  /// Names that it goes by, for checks; `queues` also for what must be asked before it can be decided.
  const std::set<std::string>& queues() const { return queues_; }
  const std::set<std::string>& calendars() const { return calendars_; }
  const std::set<std::string>& tags() const { return tags_; }

 private:
  struct Test;
  struct Reader;
  std::string text_;
  std::vector<std::vector<std::shared_ptr<const Test>>> any_;  ///< or of ands
  std::set<std::string> queues_, calendars_, tags_;
};

}  // namespace hotline::flow
