// SPDX-License-Identifier: GPL-2.0-or-later
// ccqueue replay: the assignments of past days once more, by the core that is in this program.
#include <deque>
#include <iostream>

#include "base/text.h"
#include "base/time.h"
#include "cli/output.h"
#include "conf/instance.h"
#include "player.h"
#include "tools.h"
#include "what_if.h"

namespace hotline::ccqueue {

namespace {

struct Wish {
  std::string journal, since, until;
  bool recorded = false, check = false;
  RunOptions other;  ///< other agents or another configuration: what if
  bool what_if() const { return !other.plan.empty() || !other.config.empty(); }
};

/// The list of who got whom: a line for the end of each offer, and for each visit that ended without one.
class Assignments {
 public:
  Assignments(cli::Listing& list, std::optional<Utc> since, std::optional<Utc> until)
      : list_(list), since_(since), until_(until) {}

  void note(const acd::Action& action, Utc time) {
    if ((since_ && time < *since_) || (until_ && time >= *until_)) return;
    if (auto* missed = std::get_if<acd::Missed>(&action))
      row(time, {missed->call, missed->queue, missed->agent, missed->offer, std::string(acd::name(missed->reason)), "",
                 std::to_string(missed->ring.count())});
    if (auto* exit = std::get_if<acd::Exit>(&action))
      row(time, {exit->call, exit->queue, exit->agent, exit->offer, std::string(acd::name(exit->reason)),
                 std::to_string(exit->wait.count()),
                 exit->reason == acd::ExitReason::answered ? std::to_string(exit->ring.count()) : ""});
  }

 private:
  /// What is empty is nothing; the last two are milliseconds.
  void row(Utc time, const std::vector<std::string>& texts) {
    std::vector<cli::Field> fields;
    fields.emplace_back(format_utc(time));
    for (size_t i = 0; i < texts.size(); ++i) {
      auto& field = fields.emplace_back();
      auto number = i + 2 < texts.size() ? std::nullopt : parse_int(texts[i]);
      if (number)
        field = *number;
      else if (!texts[i].empty())
        field = texts[i];
    }
    auto people = fields;
    people[0] = format_local(time);
    list_.row(fields, people);
  }
  cli::Listing& list_;
  std::optional<Utc> since_, until_;
};

/// Holds what is decided now against what was decided then, in order.
class Check {
 public:
  void now(const acd::Action& action, Utc time) {
    if (is_fact(action)) ours_.emplace_back(acd::text(action), time);
  }
  void then(const acd::Action& action, Utc time) {
    std::string theirs = acd::text(action);
    if (!ours_.empty() && ours_.front().first == theirs) {
      ours_.pop_front();
      ++alike_;
      return;
    }
    if (differences_++ == 0)
      first_ =
          format_utc(time) + "\n  then: " + theirs + "\n  now:  " + (ours_.empty() ? "(nothing)" : ours_.front().first);
    if (!ours_.empty()) ours_.pop_front();
  }
  /// What the core knows is compared once a day.
  void knows(bool alike, Utc time) {
    alike_ += alike;
    if (alike || differences_++ > 0) return;
    first_ = format_utc(time) + ": what the queue knows then (acd.state) is not what it knows now";
  }
  /// A process that was killed may not have written its last decisions down.
  void started() {
    cut_ += static_cast<int64_t>(ours_.size());
    ours_.clear();
  }
  int verdict() {
    started();
    std::cerr << "ccqueue: replay: " << alike_ << " facts alike, " << differences_ << " different";
    if (cut_) std::cerr << ", " << cut_ << " not written down before an end";
    std::cerr << '\n';
    if (differences_) std::cerr << "ccqueue: replay: first difference at " << first_ << '\n';
    return differences_ ? static_cast<int>(Errc::no) : 0;
  }

 private:
  std::deque<std::pair<std::string, Utc>> ours_;
  int64_t alike_ = 0, differences_ = 0, cut_ = 0;
  std::string first_;
};

int replay(const Wish& wish, cli::Listing& list) {
  std::optional<Utc> since, until;
  for (auto [option, text, at] : {std::tuple("--since", &wish.since, &since), {"--until", &wish.until, &until}}) {
    if (text->empty()) continue;
    auto moment = parse_moment(*text, utc_now(), at == &until);
    if (!moment) return cli::fail(Errc::usage, std::string(option) + ": " + moment.error().text);
    *at = *moment;
  }
  if (wish.recorded && wish.check)
    return cli::fail(Errc::usage, "--recorded and --check exclude each other: --check compares both");
  std::string dir = wish.journal.empty() ? conf::Instance::from_environment().journal_dir() : wish.journal;
  if (wish.what_if()) {
    if (wish.recorded || wish.check)
      return cli::fail(Errc::usage, "--agents and -c ask what would have been: without --recorded and --check");
    cli::Listing days(IntervalRows::columns(true), list);
    return what_if({dir, since, until, wish.other}, days);
  }
  Assignments assignments(list, since, until);
  Check check;
  Player::Ears ears;
  if (wish.check) {
    ears.started = [&] { check.started(); };
    ears.action = [&](const acd::Action& action, Utc time) { check.now(action, time); };
    ears.recorded = [&](const acd::Action& action, Utc time) { check.then(action, time); };
    ears.checked = [&](bool alike, Utc time) { check.knows(alike, time); };
  } else {
    auto note = [&](const acd::Action& action, Utc time) { assignments.note(action, time); };
    (wish.recorded ? ears.recorded : ears.action) = note;
  }
  Player player(std::move(ears));
  auto played = player.play(dir);
  int status = wish.check && player.core() ? check.verdict() : 0;
  if (!wish.check) list.finish();
  return played ? status : cli::fail(played.error());
}

}  // namespace

void add_replay(cli::App& app) {
  static Wish wish;
  static cli::Listing list({{"time", "TIME"},
                            {"call", "CALL"},
                            {"queue", "QUEUE"},
                            {"agent", "AGENT"},
                            {"offer", "OFFER"},
                            {"outcome", "OUTCOME"},
                            {"wait_ms", "WAIT-MS", true},
                            {"ring_ms", "RING-MS", true}});
  auto& verb = app.verb("replay", "decide past days once more: who got whom", [] { return replay(wish, list); });
  verb.option("--journal", wish.journal, "folder of journals (the instance's)")
      .option("--since", wish.since, "list from this day or moment on")
      .option("--until", wish.until, "… and up to this one")
      .flag("--recorded", wish.recorded, "list what was decided then, not what is decided now")
      .flag("--check", wish.check, "list nothing; compare the two, 1 when they differ");
  add_run_options(verb, wish.other);
  list.add_options(verb);
}

}  // namespace hotline::ccqueue
