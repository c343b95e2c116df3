// SPDX-License-Identifier: GPL-2.0-or-later
#include "scenario.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/text.h"
#include "conf/instance.h"
#include "config_agents.h"

namespace hotline::ccqueue {

microseconds Spans::draw(sim::Random& random) const {
  switch (shape) {
    case Shape::constant:
      return sim::in_microseconds(mean_s);
    case Shape::exponential:
      return sim::in_microseconds(random.exponential(mean_s));
    case Shape::lognormal:
      return sim::in_microseconds(random.lognormal(mean_s, variation));
  }
  return {};
}

namespace {

constexpr double kPerHourMax = 100000;
constexpr int64_t kDaysMax = 366;
constexpr size_t kTrafficMax = 100, kRatesMax = 200;
constexpr microseconds kDay = std::chrono::hours(24);

/// `talk`, `talk_shape`, `talk_variation`.
Spans read_spans(conf::Table& table, const std::string& key, const std::string& shape, microseconds otherwise) {
  Spans spans;
  spans.mean_s = std::chrono::duration<double>(table.duration(key, otherwise, seconds(0), kDay)).count();
  std::string is = table.choice(key + "_shape", shape, {"constant", "exponential", "lognormal"});
  spans.shape = is == "constant"      ? Spans::Shape::constant
                : is == "exponential" ? Spans::Shape::exponential
                                      : Spans::Shape::lognormal;
  bool varies = table.has(key + "_variation");
  spans.variation = table.number(key + "_variation", 0.8, 0, 10);
  if (varies && spans.shape != Spans::Shape::lognormal)
    table.complain(key + "_variation", "only " + key + "_shape = \"lognormal\" has one; that of exponential is 1");
  return spans;
}

/// "Mon-Fri 08:00-12:00 = 60"
std::optional<Traffic::Step> read_rate(conf::Table& table, const std::string& text) {
  auto sides = split(text, '=');
  auto hours = conf::Hours::parse({std::string(trim(sides[0]))});
  std::string number(sides.size() == 2 ? trim(sides[1]) : "");
  char* end = nullptr;
  double rate = std::strtod(number.c_str(), &end);
  bool good = !number.empty() && end && !*end && rate >= 0 && rate <= kPerHourMax &&
              number.find_first_not_of("0123456789.") == std::string::npos;
  if (hours && good) return Traffic::Step{*hours, rate};
  table.complain("rates", "'" + text + "' is no rate, calls an hour, as \"Mon-Fri 08:00-12:00 = 60\" is; at most " +
                              std::to_string(static_cast<int64_t>(kPerHourMax)));
  return std::nullopt;
}

void read_traffic(conf::Table& table, Scenario& scenario) {
  Traffic kind;
  kind.queue = table.needed("queue");
  std::vector<std::string> known;
  for (const auto& rule : scenario.settings.rules.queues) known.push_back(rule.name);
  if (!kind.queue.empty() && !scenario.settings.queues.count(kind.queue))
    table.complain("queue", "no queue '" + kind.queue + "'" + did_you_mean(kind.queue, known));
  auto rates = table.strings("rates");
  if (rates.empty()) table.complain("rates", "is needed here and missing or empty");
  if (rates.size() > kRatesMax) table.complain("rates", "at most " + std::to_string(kRatesMax) + " are expected");
  for (const auto& text : rates)
    if (auto step = read_rate(table, text)) kind.rates.push_back(*step);
  kind.talk = read_spans(table, "talk", "lognormal", seconds(180));
  if (table.has("wrap_up")) kind.wrap_up = read_spans(table, "wrap_up", "lognormal", seconds(0));
  if (table.has("patience")) kind.patience = read_spans(table, "patience", "exponential", seconds(0));
  if (table.has("priority")) kind.priority = static_cast<int>(table.integer("priority", 0, 0, acd::kPriorityMax));
  for (const auto& text : table.strings("needs")) {
    auto skill = parse_skill(text);
    if (!skill)
      table.complain("needs", "'" + text + "' is no skill with a level, as \"complaint:2\" is");
    else
      kind.needs.insert(*skill);
  }
  if (kind.needs.size() > acd::kNeedsMax)
    table.complain("needs", "at most " + std::to_string(acd::kNeedsMax) + " skills are expected");
  table.close();
  scenario.traffic.push_back(std::move(kind));
}

sim::Hands read_hands(conf::Table table) {
  sim::Hands hands;
  hands.answer_after = table.duration("answer", seconds(3), seconds(0), seconds(300));
  hands.answer_variation = table.number("answer_variation", 0.5, 0, 10);
  hands.answers = 1 - table.number("misses", 0, 0, 1);
  hands.back_after = table.duration("back_after", seconds(60), seconds(0), kDay);
  table.close();
  return hands;
}

std::vector<conf::Hours> read_hours(conf::Table& table, const std::string& key) {
  std::vector<conf::Hours> list;
  for (const auto& text : table.strings(key)) {
    auto hours = conf::Hours::parse({text});
    if (hours)
      list.push_back(*hours);
    else
      table.complain(key, hours.error().text);
  }
  return list;
}

/// `seats = 11`: agents without a name.
void add_seats(conf::Table& table, int64_t seats, Scenario& scenario, PlannedShift& shift) {
  acd::AgentRule like;
  read_agent_reach(table, scenario.settings, like);
  for (int64_t i = 0; i < seats; ++i) {
    acd::AgentRule rule = like;
    do rule.id = "seat-" + std::to_string(scenario.settings.agents.size() + 1);
    while (scenario.settings.agents.count(rule.id));
    rule.phone = rule.id;
    scenario.settings.agents[rule.id] = {rule.id, rule.id, "phone:" + rule.id, false};
    shift.agents.push_back(rule.id);
    scenario.settings.rules.agents.push_back(std::move(rule));
  }
}

void read_shift(conf::Table& table, Scenario& scenario) {
  constexpr int64_t kSeatsMax = 2000;
  PlannedShift shift;
  std::vector<std::string> known;
  for (const auto& rule : scenario.settings.rules.agents) known.push_back(rule.id);
  shift.agents = table.strings("agents");
  for (const auto& agent : shift.agents)
    if (!scenario.settings.agents.count(agent))
      table.complain("agents", "no agent '" + agent + "'" + did_you_mean(agent, known));
  int64_t seats = table.integer("seats", 0, 0, kSeatsMax);
  if (seats > 0)
    add_seats(table, seats, scenario, shift);
  else if (shift.agents.empty() && !table.has("seats"))
    table.complain("agents", "agents or seats are needed here");
  shift.hours = read_hours(table, "hours");
  shift.breaks = read_hours(table, "breaks");
  table.close();
  scenario.plan.shifts.push_back(std::move(shift));
}

/// [[agent]], [[shift]] and [hands] of a traffic file or a plan.
void read_plan_tables(conf::Table& root, Scenario& scenario) {
  if (root.has("hands")) scenario.plan.hands = read_hands(root.table("hands"));
  for (auto& table : root.tables("shift")) read_shift(table, scenario);
}

void read_site_tables(conf::Table& root, Scenario& scenario) {
  read_settings(root, scenario.settings);
  auto site = root.table("site");
  scenario.zone = conf::read_zone(site);
  auto report = root.table("report");
  scenario.within = report.duration("within", scenario.within, milliseconds(1), std::chrono::hours(1));
}

void read_traffic_file(conf::Table& root, Scenario& scenario) {
  std::string start = root.string("start", "2026-01-05");
  if (auto date = conf::parse_date(start))
    scenario.start = *date;
  else
    root.complain("start", date.error().text);
  scenario.days = root.integer("days", 1, 1, kDaysMax);
  auto kinds = root.tables("traffic");
  if (kinds.empty()) root.complain("", "a table [[traffic]] is needed");
  if (kinds.size() > kTrafficMax)
    kinds[kTrafficMax].complain("queue", "at most " + std::to_string(kTrafficMax) + " kinds of traffic are expected");
  for (auto& table : kinds) read_traffic(table, scenario);
  read_plan_tables(root, scenario);
  root.ignore({"site", "report"});
  root.close();
}

}  // namespace

Result<void> load_site(const std::string& config_file, Scenario& scenario) {
  std::string path = config_file.empty() ? conf::Instance::from_environment().config_file() : config_file;
  auto document = conf::Document::load(path);
  if (!document) return document.error();
  auto root = document->root();
  read_site_tables(root, scenario);
  root.ignore(conf::hotline_tables());
  root.close();
  return document->verdict();
}

Result<void> load_plan(const std::string& plan_file, Scenario& scenario) {
  auto document = conf::Document::load(plan_file);
  if (!document) return document.error();
  auto root = document->root();
  replace_agents(root, scenario.settings);
  scenario.plan.shifts.clear();  // those of the file before count no more
  read_plan_tables(root, scenario);
  root.close();
  return document->verdict();
}

Result<Scenario> load_scenario(const std::string& traffic_file, const std::string& config_file,
                               const std::string& plan_file) {
  auto document = conf::Document::load(traffic_file);
  if (!document) return document.error();
  Scenario scenario;
  auto root = document->root();
  if (root.has("queue") && config_file.empty()) {
    read_site_tables(root, scenario);
  } else {
    if (root.has("queue")) root.complain("queue", "queues are in the file of -c; leave one of the two out");
    root.ignore({"queue", "agent", "acd"});
    if (auto read = load_site(config_file, scenario); !read) return read.error();
  }
  read_traffic_file(root, scenario);
  if (auto verdict = document->verdict(); !verdict) return verdict.error();
  if (!plan_file.empty())
    if (auto read = load_plan(plan_file, scenario); !read) return read.error();
  return scenario;
}

namespace {

/// That range of the week on that date, as moments; its ends since midnight, the second may be tomorrow.
std::optional<TimeSpan> on_date(const conf::Hours& hours, conf::Date date, const conf::Zone& zone) {
  auto edges = hours.edges();
  unsigned weekday = std::chrono::weekday(date).c_encoding();
  if (edges.size() != 2 || !hours.contains(weekday, edges[0])) return std::nullopt;
  return TimeSpan{zone.utc(conf::LocalTime(date) + edges[0]), zone.utc(conf::LocalTime(date) + edges[1])};
}

/// Calls f(span) for each range of each date that reaches into [begin, end).
void each_span(const std::vector<conf::Hours>& list, const conf::Zone& zone, Utc begin, Utc end, auto f) {
  conf::Date last = conf::date_of(zone.local(end));
  for (conf::Date date = conf::date_of(zone.local(begin)) - std::chrono::days(1); date <= last;
       date += std::chrono::days(1))
    for (const auto& hours : list)
      if (auto span = on_date(hours, date, zone); span && span->end > begin && span->begin < end) f(*span);
}

/// The callers of one kind, one after the other.
class Stream {
 public:
  Stream(const Scenario& scenario, const Traffic& kind, uint64_t seed) : kind_(kind), random_(seed) {
    for (const auto& step : kind.rates) {
      double per_us = step.per_hour / 3600e6;
      each_span({step.hours}, scenario.zone, scenario.begin(), scenario.end(), [&](const TimeSpan& span) {
        rises_.emplace_back(std::max(span.begin, scenario.begin()), per_us);
        rises_.emplace_back(std::min(span.end, scenario.end()), -per_us);
      });
    }
    std::sort(rises_.begin(), rises_.end());
    if (!rises_.empty()) at_ = rises_.front().first;
    advance();
  }

  std::optional<Utc> at() const { return more_ ? std::optional(at_) : std::nullopt; }

  sim::Caller take() {
    sim::Caller caller;
    caller.at = at_;
    caller.queue = kind_.queue;
    caller.priority = kind_.priority;
    caller.needs = kind_.needs;
    // All that makes up a caller is drawn here, always: who serves him changes nothing of those who follow.
    caller.talk = kind_.talk.draw(random_);
    if (kind_.wrap_up) caller.wrap_up = kind_.wrap_up->draw(random_);
    if (kind_.patience) caller.patience = kind_.patience->draw(random_);
    advance();
    return caller;
  }

 private:
  /// To the next arrival: one exponential of mean 1 is used up by the rates that the way leads through.
  void advance() {
    double left = random_.exponential(1);
    while (next_ <= rises_.size()) {
      auto until = next_ < rises_.size() ? rises_[next_].first : at_;
      double used = std::max(rate_, 0.0) * static_cast<double>((until - at_).count());
      if (rate_ > 0 && used >= left) {
        at_ += microseconds(static_cast<int64_t>(left / rate_));
        return;
      }
      left -= used;
      at_ = until;
      if (next_ == rises_.size()) break;
      rate_ += rises_[next_++].second;
      if (rate_ < 1e-15) rate_ = 0;  // sums of what was added and taken away
    }
    more_ = false;
  }

  const Traffic& kind_;
  sim::Random random_;
  std::vector<std::pair<Utc, double>> rises_;
  size_t next_ = 0;
  double rate_ = 0;  // arrivals a microsecond
  Utc at_{};
  bool more_ = true;
};

std::string call_name(int64_t number) {
  std::string digits = std::to_string(number);
  return "c" + std::string(digits.size() < 7 ? 7 - digits.size() : 0, '0') + digits;
}

}  // namespace

Staffing staffing(const Scenario& scenario, Utc begin, Utc end) {
  Staffing all;
  const auto& plan = scenario.plan;
  auto always = [&](const std::string& agent) { all.shifts.push_back({agent, begin, end + std::chrono::hours(48)}); };
  if (plan.shifts.empty() && !plan.was_there.empty()) return {plan.was_there, plan.was_resting};
  if (plan.shifts.empty())
    for (const auto& agent : scenario.settings.rules.agents) always(agent.id);
  for (const auto& shift : plan.shifts) {
    for (const auto& agent : shift.agents) {
      if (shift.hours.empty()) always(agent);
      each_span(shift.hours, scenario.zone, begin, end, [&](const TimeSpan& span) {
        all.shifts.push_back({agent, span.begin, span.end});
      });
      each_span(shift.breaks, scenario.zone, begin, end, [&](const TimeSpan& span) {
        all.breaks.push_back({agent, span.begin, span.end});
      });
    }
  }
  return all;
}

sim::Callers callers(const Scenario& scenario, uint64_t seed) {
  auto streams = std::make_shared<std::vector<Stream>>();
  sim::Random seeds(seed);
  for (const auto& kind : scenario.traffic) streams->emplace_back(scenario, kind, seeds.next());
  int64_t number = 0;
  return [streams, number]() mutable -> std::optional<sim::Caller> {
    Stream* first = nullptr;
    for (auto& stream : *streams)
      if (stream.at() && (!first || *stream.at() < *first->at())) first = &stream;
    if (!first) return std::nullopt;
    auto caller = first->take();
    caller.call = call_name(++number);
    return caller;
  };
}

double expected_callers(const Scenario& scenario) {
  double sum = 0;
  for (const auto& kind : scenario.traffic)
    for (const auto& step : kind.rates)
      each_span({step.hours}, scenario.zone, scenario.begin(), scenario.end(), [&](const TimeSpan& span) {
        auto within = std::min(span.end, scenario.end()) - std::max(span.begin, scenario.begin());
        sum += step.per_hour * std::chrono::duration<double, std::ratio<3600>>(within).count();
      });
  return sum;
}

}  // namespace hotline::ccqueue
