// SPDX-License-Identifier: GPL-2.0-or-later
#include "route/blacklist.h"

#include "base/text.h"
#include "route/number.h"

namespace hotline::route {

namespace {

constexpr size_t kBeginningMin = 3;
constexpr size_t kReasonBytesMax = 256;

bool in_force(const Blocked& blocked, Utc now) { return !blocked.until || now < *blocked.until; }

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string field(const std::vector<std::string>& fields, size_t i) {
  return i < fields.size() && fields[i] != "-" ? fields[i] : "";
}

}  // namespace

Result<void> Blacklist::add(Blocked blocked) {
  bool beginning = blocked.number.size() > 1 && blocked.number.ends_with('*');
  std::string digits = beginning ? blocked.number.substr(0, blocked.number.size() - 1) : blocked.number;
  if (!is_number(digits) || digits.find('*') != std::string::npos)
    return Error{Errc::bad_data, "'" + blocked.number + "' is neither a number nor a beginning, as 0756* is"};
  if (beginning && digits.size() < kBeginningMin)
    return Error{Errc::bad_data, "'" + blocked.number + "' would keep out too many: a beginning has three digits at least"};
  if (blocked.cause < 0 || blocked.cause > 127)
    return Error{Errc::bad_data, "cause " + std::to_string(blocked.cause) + " is none of Q.850, 1 to 127"};
  if (!is_one_field(blocked.reason) || blocked.reason.size() > kReasonBytesMax)
    return Error{Errc::bad_data, "a reason is at most 256 octets without tab and newline"};
  if (all_.size() >= kNumbersMax && !all_.count(blocked.number))
    return Error{Errc::again, "the blacklist is full: " + std::to_string(kNumbersMax) + " numbers"};
  std::string key = blocked.number;
  all_[key] = std::move(blocked);
  return {};
}

bool Blacklist::remove(const std::string& number) { return all_.erase(number) > 0; }

const Blocked* Blacklist::find(const std::string& caller, Utc now) const {
  if (auto found = all_.find(caller); found != all_.end() && in_force(found->second, now)) return &found->second;
  for (size_t length = caller.size(); length >= kBeginningMin; --length) {
    auto found = all_.find(caller.substr(0, length) + "*");
    if (found != all_.end() && in_force(found->second, now)) return &found->second;
  }
  return nullptr;
}

std::vector<Blocked> Blacklist::prune(Utc now) {
  std::vector<Blocked> gone;
  for (auto one = all_.begin(); one != all_.end();) {
    bool over = !in_force(one->second, now);
    if (over) gone.push_back(one->second);
    one = over ? all_.erase(one) : std::next(one);
  }
  return gone;
}

std::string Blacklist::format() const {
  std::string text = "# number\tuntil\tcause\treason\n";
  for (const auto& [number, one] : all_)
    text += number + "\t" + (one.until ? format_utc(*one.until) : "-") + "\t" +
            (one.cause ? std::to_string(one.cause) : "-") + "\t" + or_dash(one.reason) + "\n";
  return text;
}

Result<Blacklist> Blacklist::parse(std::string_view text, const std::string& name) {
  Blacklist list;
  int64_t line_number = 0;
  for (const auto& line : split(text, '\n')) {
    ++line_number;
    if (trim(line).empty() || line[0] == '#') continue;
    auto wrong = [&](const std::string& what) {
      return Error{Errc::bad_data, name + ":" + std::to_string(line_number) + ": " + what};
    };
    auto fields = split(line, '\t');
    Blocked one;
    one.number = fields[0];
    if (std::string until = field(fields, 1); !until.empty()) {
      auto time = parse_utc(until);
      if (!time) return wrong(time.error().text);
      one.until = *time;
    }
    if (std::string cause = field(fields, 2); !cause.empty()) {
      auto number = parse_int(cause);
      if (!number || *number < 1 || *number > 127) return wrong("'" + cause + "' is no cause of Q.850, 1 to 127");
      one.cause = static_cast<int>(*number);
    }
    one.reason = field(fields, 3);
    if (auto added = list.add(std::move(one)); !added) return wrong(added.error().text);
  }
  return list;
}

}  // namespace hotline::route
