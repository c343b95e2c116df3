// SPDX-License-Identifier: GPL-2.0-or-later
// ccqueue why: a caller's way through the queue, with all that was weighed at each turn of it. Nothing of that is
// written down while it happens: the journal is played through the core again, and the core asked.
#include <map>

#include "base/text.h"
#include "base/time.h"
#include "cli/output.h"
#include "conf/instance.h"
#include "player.h"
#include "tools.h"

namespace hotline::ccqueue {

namespace {

std::string span_text(milliseconds span) {
  char text[32];
  std::snprintf(text, sizeof text, "%lld.%01lld s", static_cast<long long>(span.count() / 1000),
                static_cast<long long>(span.count() % 1000 / 100));
  return text;
}

class Story {
 public:
  static constexpr size_t kShown = 8;
  Story(std::string call, bool all, cli::Listing& list) : call_(std::move(call)), all_(all), list_(list) {}

  /// True when what goes in now may decide about the call.
  bool concerns(const acd::Input& input, const acd::Core* core) const {
    return (core && core->entry(call_)) || (input.arrival && input.arrival->call == call_);
  }

  /// Heard before what is decided comes as an action: told with it, so that all is in order.
  void decided(const acd::Decision& decision) { decisions_[decision.offer] = decision; }

  void tell(const acd::Decision& decision) {
    if (decision.call == call_) {
      row(decision.at, "decision", decision.agent,
          "offer " + decision.offer + ", position " + std::to_string(decision.position) + ", waited " +
              span_text(decision.waited));
      considered(decision.at, decision.agents);
      return;
    }
    for (const auto& passed : decision.passed)
      if (passed.starts_with(call_ + ": "))
        row(decision.at, "passed", decision.agent,
            "call " + decision.call + " came first: " + passed.substr(call_.size() + 2));
  }

  void fact(const acd::Action& action, Utc time) {
    if (auto* a = std::get_if<acd::Offer>(&action))
      if (auto found = decisions_.find(a->offer); found != decisions_.end()) tell(found->second);
    if (auto* a = std::get_if<acd::Entered>(&action); a && a->call == call_) {
      std::string text = "queue " + a->queue + ", priority " + std::to_string(a->priority) + ", position " +
                         std::to_string(a->position);
      if (a->expected) text += ", expected wait " + span_text(*a->expected);
      if (a->resumed) text += ", has his old place";
      if (a->call_back) text += ", to be called back";
      row(time, "entered", "", text);
      waits_ = true;
    } else if (auto* a = std::get_if<acd::Offer>(&action); a && a->call == call_) {
      waits_ = false;
    } else if (auto* a = std::get_if<acd::Missed>(&action); a && a->call == call_) {
      row(time, "missed", a->agent, std::string(acd::name(a->reason)) + " after " + span_text(a->ring));
      waits_ = true;
    } else if (auto* a = std::get_if<acd::Tell>(&action); a && a->call == call_) {
      row(time, "told", "",
          "position " + std::to_string(a->position) + (a->expected ? ", wait " + span_text(*a->expected) : ""));
    } else if (auto* a = std::get_if<acd::Exit>(&action); a && a->call == call_) {
      std::string text = std::string(acd::name(a->reason)) + " after " + span_text(a->wait);
      if (!a->detail.empty()) text += ", " + a->detail;
      if (!a->to.empty()) text += ", to queue " + a->to;
      row(time, "exit", a->agent, text);
      waits_ = false;
    } else if (auto* a = std::get_if<acd::Served>(&action); a && a->call == call_) {
      row(time, "served", a->agent, "talked " + span_text(a->talk));
    }
  }

  /// Nobody was there for him: then it is told who was there and why each was not for him.
  void settled(const acd::Core& core, Utc now) {
    decisions_.clear();
    if (!waits_ || core.suspended()) return;
    waits_ = false;
    const auto* entry = core.entry(call_);
    if (!entry || entry->state != acd::EntryState::waiting) return;
    row(now, "waits", "", "position " + std::to_string(core.position(call_)));
    considered(now, core.consider(call_, now));
  }

  int64_t rows() const { return rows_; }

 private:
  void considered(Utc time, const std::vector<acd::Considered>& agents) {
    size_t shown = 0;
    for (const auto& one : agents) {
      if (!all_ && !list_.for_machines() && ++shown > kShown) {
        row(time, "", "", std::to_string(agents.size() - kShown) + " more agents (--all)");
        return;
      }
      row(time, one.chosen ? "rung" : "not", one.agent, one.verdict);
    }
  }

  void row(Utc time, const std::string& what, const std::string& agent, const std::string& text) {
    ++rows_;
    std::vector<cli::Field> fields = {format_utc(time), what, agent.empty() ? cli::Field() : cli::Field(agent), text};
    auto people = fields;
    people[0] = format_local(time).substr(11);
    if (what == "rung" || what == "not" || what.empty()) people[0] = "", people[1] = what == "rung" ? "  *" : "";
    list_.row(fields, people);
  }

  std::string call_;
  bool all_;
  cli::Listing& list_;
  std::map<std::string, acd::Decision> decisions_;
  bool waits_ = false;
  int64_t rows_ = 0;
};

int why(const std::string& call, const std::string& journal, bool all, cli::Listing& list) {
  Story story(call, all, list);
  Player* playing = nullptr;
  bool concerned = false;
  Player::Ears ears;
  ears.input = [&](const acd::Input& input) {
    concerned = story.concerns(input, playing->core());
    playing->watch(concerned);
  };
  ears.decision = [&](const acd::Decision& decision) { story.decided(decision); };
  ears.action = [&](const acd::Action& action, Utc time) { story.fact(action, time); };
  ears.after = [&](const acd::Input& input, Utc) {
    if (concerned) story.settled(*playing->core(), input.now);
  };
  Player player(std::move(ears));
  playing = &player;
  auto played = player.play(journal.empty() ? conf::Instance::from_environment().journal_dir() : journal);
  if (!played && !player.core()) return cli::fail(played.error());
  if (story.rows() == 0) return cli::fail(Errc::no, "the journal has no visit of call '" + call + "' to a queue");
  list.finish();
  return played ? 0 : cli::fail(played.error());
}

}  // namespace

void add_why(cli::App& app) {
  static std::string call, journal;
  static bool all = false;
  static cli::Listing list({{"time", "TIME"}, {"what", "WHAT"}, {"agent", "AGENT"}, {"text", "WHY"}});
  auto& verb = app.verb("why", "who was considered for a call, and why it went where it went",
                        [] { return why(call, journal, all, list); });
  verb.argument("CALL", call, "the call's id")
      .option("--journal", journal, "folder of journals (the instance's)")
      .flag("--all", all, "each agent that was considered, not the first eight of a decision alone");
  list.add_options(verb);
}

}  // namespace hotline::ccqueue
