// SPDX-License-Identifier: GPL-2.0-or-later
#include "route/number.h"

#include <algorithm>

#include "base/text.h"

namespace hotline::route {

namespace {

constexpr size_t kDigitsMax = 32;
constexpr const char* kDigits = "0123456789*#";

bool all_digits(std::string_view text) { return text.find_first_not_of("0123456789") == text.npos; }

}  // namespace

bool is_number(const std::string& text) {
  std::string digits = text.starts_with('+') ? text.substr(1) : text;
  return !digits.empty() && digits.size() <= kDigitsMax && digits.find_first_not_of(kDigits) == std::string::npos;
}

Result<Pattern> Pattern::parse(const std::string& text, Bare bare) {
  Pattern pattern;
  auto ends = split(text, '-');
  if (text.starts_with('=')) {
    pattern.kind_ = Kind::whole;
    pattern.first_ = text.substr(1);
  } else if (ends.size() == 2) {
    pattern.kind_ = Kind::range;
    pattern.first_ = ends[0];
    pattern.last_ = ends[1];
    if (ends[0].empty() || ends[0].size() != ends[1].size() || ends[0].size() > kDigitsMax || !all_digits(ends[0]) ||
        !all_digits(ends[1]) || ends[1] < ends[0])
      return Error{Errc::bad_data, "'" + text + "' is no range: two numbers of as many digits, as in 8000-8099"};
    return pattern;
  } else if (text.size() > 1 && text.ends_with('*')) {
    pattern.first_ = text.substr(0, text.size() - 1);
  } else {
    pattern.kind_ = bare == Bare::beginning ? Kind::beginning : Kind::whole;
    pattern.first_ = text;
  }
  if (is_number(pattern.first_)) return pattern;
  return Error{Errc::bad_data,
               "'" + text + "' is neither a number nor \"=NUMBER\", \"BEGINNING*\" or \"FIRST-LAST\""};
}

bool Pattern::fits(std::string_view number) const {
  switch (kind_) {
    case Kind::beginning:
      return number.starts_with(first_);
    case Kind::whole:
      return number == first_;
    default:
      return number.size() == first_.size() && all_digits(number) && number >= first_ && number <= last_;
  }
}

int Pattern::weight() const {
  if (kind_ != Kind::range) return static_cast<int>(first_.size()) * 2 + (kind_ == Kind::whole ? 1 : 0);
  auto ends = std::mismatch(first_.begin(), first_.end(), last_.begin());
  return static_cast<int>(ends.first - first_.begin()) * 2 + 1;
}

std::string Pattern::text() const {
  if (any()) return "any";
  if (kind_ == Kind::range) return first_ + "-" + last_;
  return kind_ == Kind::whole ? "=" + first_ : first_ + "*";
}

Result<NumberList> NumberList::parse(std::string_view text, const std::string& name) {
  NumberList list;
  int64_t line_number = 0;
  for (const auto& line : split(text, '\n')) {
    ++line_number;
    if (trim(line).empty() || line[0] == '#') continue;
    auto fields = split(line, '\t');
    auto pattern = Pattern::parse(std::string(trim(fields[0])), Pattern::Bare::whole);
    std::string place = name + ":" + std::to_string(line_number) + ": ";
    if (!pattern) return Error{Errc::bad_data, place + pattern.error().text};
    if (pattern->kind_ == Pattern::Kind::range) return Error{Errc::bad_data, place + "a list has no ranges"};
    auto& into = pattern->kind_ == Pattern::Kind::whole ? list.whole_ : list.beginnings_;
    into[pattern->first_] = fields.size() > 1 ? std::string(trim(fields[1])) : "";
    if (list.size() > kNumbersMax) return Error{Errc::bad_data, place + "more than 1000000 numbers"};
  }
  return list;
}

NumberList::Found NumberList::find(const std::string& number) const {
  if (auto found = whole_.find(number); found != whole_.end())
    return {found->second, static_cast<int>(number.size()) * 2 + 1};
  for (size_t length = std::min(number.size(), kDigitsMax + 1); length > 0; --length)
    if (auto found = beginnings_.find(std::string_view(number).substr(0, length)); found != beginnings_.end())
      return {found->second, static_cast<int>(length) * 2};
  return {};
}

}  // namespace hotline::route
