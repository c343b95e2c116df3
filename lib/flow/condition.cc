// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/condition.h"

#include <algorithm>
#include <functional>

#include "base/text.h"

namespace hotline::flow {

namespace {

constexpr size_t kWordsMax = 200;

const std::vector<std::string> kCompare = {"=", "!=", "<", "<=", ">", ">="};

bool compare(int64_t left, const std::string& op, int64_t right) {
  if (op == "=") return left == right;
  if (op == "!=") return left != right;
  if (op == "<") return left < right;
  if (op == "<=") return left <= right;
  if (op == ">") return left > right;
  return left >= right;
}

/// Hundredths of a number as "12" or "-0.50": amounts are compared exactly.
std::optional<int64_t> hundredths(std::string_view text) {
  size_t point = text.find('.');
  auto whole = parse_int(text.substr(0, point));
  if (!whole || *whole > INT64_MAX / 100 || *whole < INT64_MIN / 100) return std::nullopt;
  if (point == std::string_view::npos) return *whole * 100;
  std::string part(text.substr(point + 1));
  if (part.empty() || part.size() > 2 || part.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  part.resize(2, '0');
  int64_t below = *parse_int(part);
  int64_t value = *whole * 100;
  if (text.starts_with('-') ? value < INT64_MIN + below : value > INT64_MAX - below) return std::nullopt;
  return text.starts_with('-') ? value - below : value + below;
}

/// Words by blanks; one in single quotes may have blanks within.
Result<std::vector<std::string>> words_of(const std::string& text) {
  std::vector<std::string> words;
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] == ' ') {
      ++at;
      continue;
    }
    bool quoted = text[at] == '\'';
    size_t end = text.find(quoted ? '\'' : ' ', at + 1);
    if (quoted && end == std::string::npos) return Error{Errc::bad_data, "the closing quote is missing"};
    if (end == std::string::npos) end = text.size();
    words.push_back(quoted ? text.substr(at + 1, end - at - 1) : text.substr(at, end - at));
    at = end + (quoted ? 1 : 0);
    if (words.size() > kWordsMax) return Error{Errc::bad_data, "too long"};
  }
  return words;
}

std::optional<int64_t> span_of(const std::string& text) {
  auto span = parse_duration(text);
  if (!span) return std::nullopt;
  return span->count();
}

std::string value_of(const Tags& tags, const std::string& tag) {
  auto found = tags.find(tag);
  return found == tags.end() ? "" : found->second;
}

bool like(const std::string& value, const std::string& patterns) {
  for (const auto& pattern : split(patterns, '|')) {
    bool open = pattern.ends_with('*');
    if (open ? value.starts_with(pattern.substr(0, pattern.size() - 1)) : value == pattern) return true;
  }
  return false;
}

}  // namespace

const std::vector<std::string>& queue_figures() {
  static const std::vector<std::string> kFigures = {"waiting", "longest-wait", "expected-wait", "staffed", "ready"};
  return kFigures;
}

World plain_world() {
  World world;
  if (auto zone = conf::Zone::load("Asia/Shanghai")) world.zone = *zone;
  world.now = std::chrono::sys_days(std::chrono::year(2026) / 3 / 2) + std::chrono::hours(2);
  return world;
}

struct Condition::Test {
  bool negated = false;
  std::function<bool(const World&, const Tags&)> holds;
};

/// Takes the words of a condition one by one. What was not understood is in `error`.
struct Condition::Reader {
  Condition& condition;
  std::vector<std::string> words;
  size_t at = 0;
  std::string error = {};

  using Holds = std::function<bool(const World&, const Tags&)>;

  bool done() const { return at >= words.size(); }
  std::string take() { return done() ? "" : words[at++]; }
  bool skip(const char* word) {
    bool there = !done() && words[at] == word;
    at += there;
    return there;
  }
  Holds fail(std::string text) {
    if (error.empty()) error = std::move(text);
    return nullptr;
  }

  Holds test() {
    std::string word = take();
    if (word == "open" || word == "holiday") return calendar(word == "open");
    if (word == "hours") return hours();
    if (word == "date") return date();
    if (word == "queue") return queue();
    if (is_name(word)) return tag(word);
    return fail(word.empty() ? "a test is missing at the end" : "'" + word + "' begins no test");
  }

  Holds calendar(bool open) {
    std::string name = take();
    if (!is_name(name)) return fail("'open' and 'holiday' want a calendar's name");
    condition.calendars_.insert(name);
    return [name, open](const World& world, const Tags&) {
      if (!world.calendars) return false;
      auto found = world.calendars->find(name);
      if (found == world.calendars->end()) return false;
      const auto& calendar = found->second;
      if (open) return calendar.open(world.now);
      auto day = conf::date_of(calendar.zone().local(world.now));
      return calendar.day(day).kind == conf::Calendar::Kind::holiday;
    };
  }

  Holds hours() {
    auto hours = conf::Hours::parse({take()});
    if (!hours) return fail("hours: " + hours.error().text);
    return [hours = *hours](const World& world, const Tags&) { return hours.contains(world.zone.local(world.now)); };
  }

  Holds date() {
    std::string text = take();
    size_t dots = text.find("..");
    auto first = conf::parse_date(text.substr(0, dots));
    auto last = dots == std::string::npos ? first : conf::parse_date(text.substr(dots + 2));
    if (!first || !last || *last < *first) return fail("'" + text + "' is no date and no span 2026-02-15..2026-02-23");
    return [from = *first, to = *last](const World& world, const Tags&) {
      auto day = conf::date_of(world.zone.local(world.now));
      return day >= from && day <= to;
    };
  }

  Holds queue() {
    std::string name = take(), figure = take(), op = take(), bound = take();
    const auto& figures = queue_figures();
    if (!is_name(name)) return fail("'queue' wants a queue's name");
    if (std::find(figures.begin(), figures.end(), figure) == figures.end())
      return fail("'" + figure + "' is no figure of a queue: " + join(figures, ", ") + did_you_mean(figure, figures));
    if (std::find(kCompare.begin(), kCompare.end(), op) == kCompare.end())
      return fail("'" + op + "' compares nothing: " + join(kCompare, " "));
    bool span = figure.ends_with("wait");
    auto number = span ? span_of(bound) : parse_int(bound);
    if (!number) return fail("'" + bound + "' is no " + (span ? "span as 2m" : "number"));
    condition.queues_.insert(name);
    return [name, figure, op, bound = *number](const World& world, const Tags&) {
      auto found = world.queues.find(name);
      if (found == world.queues.end()) return false;
      auto value = found->second.find(figure);
      return value != found->second.end() && compare(value->second, op, bound);
    };
  }

  Holds tag(const std::string& name) {
    std::string op = take();
    condition.tags_.insert(name);
    if (op == "set" || op == "unset")
      return [name, set = op == "set"](const World&, const Tags& tags) { return value_of(tags, name).empty() != set; };
    if (op != "like" && std::find(kCompare.begin(), kCompare.end(), op) == kCompare.end())
      return fail("after '" + name + "' expected set, unset, like or one of " + join(kCompare, " ") + ", not '" + op +
                  "'");
    if (done()) return fail("'" + name + " " + op + "': a value is missing");
    std::string value = take();
    if (op == "like")
      return [name, value](const World&, const Tags& tags) { return like(value_of(tags, name), value); };
    if (op == "=" || op == "!=")
      return [name, value, equal = op == "="](const World&, const Tags& tags) {
        return (value_of(tags, name) == value) == equal;
      };
    auto bound = hundredths(value);
    if (!bound) return fail("'" + value + "' is no number with at most two decimals");
    return [name, op, bound = *bound](const World&, const Tags& tags) {
      auto number = hundredths(value_of(tags, name));
      return number && compare(*number, op, bound);
    };
  }

  void read() {
    condition.any_.emplace_back();
    while (error.empty()) {
      Test one;
      one.negated = skip("not");
      one.holds = test();
      if (!error.empty()) return;
      condition.any_.back().push_back(std::make_shared<const Test>(std::move(one)));
      if (done()) return;
      if (skip("or"))
        condition.any_.emplace_back();
      else if (!skip("and"))
        fail("expected 'and' or 'or' before '" + words[at] + "'");
    }
  }
};

Result<Condition> Condition::parse(const std::string& text) {
  auto words = words_of(text);
  if (!words) return words.error();
  Condition condition;
  condition.text_ = text;
  Reader reader{condition, std::move(*words)};
  reader.read();
  if (!reader.error.empty()) return Error{Errc::bad_data, reader.error};
  return condition;
}

bool Condition::holds(const World& world, const Tags& tags) const {
  return std::any_of(any_.begin(), any_.end(), [&](const auto& all) {
    return std::all_of(all.begin(), all.end(),
                       [&](const auto& test) { return test->holds(world, tags) != test->negated; });
  });
}

}  // namespace hotline::flow
