// SPDX-License-Identifier: GPL-2.0-or-later
#include "route/routes.h"

#include <algorithm>

#include "base/text.h"

namespace hotline::route {

namespace {

/// "span:e1" is the line of "span:e1/17", "phone" that of "phone:1001".
bool is_line(const std::string& line, const std::string& of) {
  return of.starts_with(line) && (of.size() == line.size() || of[line.size()] == '/' || of[line.size()] == ':');
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

bool share_one(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const auto& one) { return std::find(b.begin(), b.end(), one) != b.end(); });
}

/// What of the caller does not hold, or "" and the weight of what does.
std::string judge_caller(const Route& route, const Question& question, const std::vector<std::string>& tags,
                         int& weight) {
  static constexpr int kWithheldWeight = 1000, kTagWeight = 1;
  if (!route.caller_tags.empty()) {
    if (!share_one(route.caller_tags, tags)) return "the caller has no tag " + join(route.caller_tags, " or ");
    weight = kTagWeight;
  }
  if (route.callers) {
    auto found = route.callers->find(question.caller);
    if (question.caller.empty() || found.weight == 0) return "the caller is not in " + route.caller_list;
    weight = found.weight;
  }
  if (route.withheld) {
    if (!question.caller.empty()) return "the caller's number is not withheld";
    weight = kWithheldWeight;
  }
  if (route.caller) {
    if (!route.caller->fits(question.caller)) return "caller is not " + route.caller->text();
    weight = route.caller->weight();
  }
  return "";
}

std::string judge_time(const Route& route, const Question& question, const conf::Zone& zone) {
  if (!route.time.empty() && !route.time.contains(zone.local(question.at)))
    return zone.format(question.at) + " is not within " + route.time.text();
  if (route.office) {
    auto day = route.office->day(conf::date_of(route.office->zone().local(question.at)));
    bool holds = route.calendar_is == "holiday" ? day.kind == conf::Calendar::Kind::holiday
                                                : route.office->open(question.at) == (route.calendar_is == "open");
    if (!holds)
      return "calendar " + route.calendar + " is not " + route.calendar_is + ": " + route.office->describe(question.at);
  }
  if (route.night && *route.night != question.night) return question.night ? "it is night" : "it is not night";
  return "";
}

/// Whether `a` is to be preferred to `b`, which stands before it in the file.
bool narrower(const Verdict& a, const Verdict& b) {
  return a.called_weight != b.called_weight ? a.called_weight > b.called_weight : a.caller_weight > b.caller_weight;
}

}  // namespace

std::string Route::conditions() const {
  std::string text = is_default ? "default" : called.text();
  auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) text += std::string(" ") + key + "=" + value;
  };
  add("caller", withheld ? "withheld" : caller ? caller->text() : "");
  add("caller_list", caller_list);
  add("caller_tags", join(caller_tags, ","));
  add("line", line);
  add("time", time.text());
  if (!calendar.empty()) add("calendar", calendar + " " + calendar_is);
  if (night) add("night", *night ? "on" : "off");
  return text;
}

std::string Route::outcome() const {
  if (cause) return "refused, cause " + std::to_string(cause);
  std::string text = to.empty() ? controller : to;
  for (const auto& [key, value] : tags) text += " " + key + "=" + value;
  return text;
}

std::vector<std::string> caller_tags(const NumberList* callers, const std::string& caller) {
  std::vector<std::string> tags;
  if (!callers || caller.empty()) return tags;
  for (const auto& tag : split(callers->find(caller).text, ','))
    if (!trim(tag).empty()) tags.emplace_back(trim(tag));
  return tags;
}

Verdict Routes::judge(const Route& route, const Question& question, const std::vector<std::string>& tags) const {
  Verdict verdict;
  verdict.route = &route;
  verdict.called_weight = route.is_default ? 0 : route.called.weight();
  if (!route.is_default && !route.called.fits(question.called))
    verdict.why = quoted(question.called) + " is not " + route.called.text();
  if (verdict.why.empty() && !route.line.empty() && !is_line(route.line, question.line))
    verdict.why = question.line.empty() ? "the line is not given" : question.line + " is not " + route.line;
  if (verdict.why.empty()) verdict.why = judge_caller(route, question, tags, verdict.caller_weight);
  if (verdict.why.empty()) verdict.why = judge_time(route, question, zone_);
  verdict.holds = verdict.why.empty();
  return verdict;
}

std::vector<Verdict> Routes::judge(const Question& question, const std::vector<std::string>& tags) const {
  std::vector<Verdict> list;
  for (const auto& route : routes_) list.push_back(judge(route, question, tags));
  return list;
}

const Route* Routes::find(const Question& question, const std::vector<std::string>& tags, bool defaults) const {
  Verdict best;
  for (const auto& route : routes_) {
    if (route.is_default != defaults) continue;
    Verdict verdict = judge(route, question, tags);
    if (verdict.holds && (!best.route || narrower(verdict, best))) best = verdict;
  }
  return best.route;
}

}  // namespace hotline::route
