// SPDX-License-Identifier: GPL-2.0-or-later
// Room route: whereto a call leads. Knows numbers, the tables [[route]] and [[outbound]], callers' lists, the blacklist,
// night mode, forwarding and classes of service; decides from them and a given time, and says why. Refuses to know lines,
// dialogs, sockets and clocks; of files only what the configuration names. Used live by ccswitchd and offline by ccswitch.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::route {

/// A subscriber's number: at most 32 of 0-9, '*', '#', with a '+' in front or not.
bool is_number(const std::string& text);

/// Which numbers are meant:
///
///     9611*        every one that begins so
///     =96116       this one
///     8000-8099    those of that many digits from the first to the last
///     96116        without a mark: a beginning in tables of routes, this one in lists
class Pattern {
 public:
  enum class Bare { beginning, whole };
  /// `bad_data` says what was expected.
  static Result<Pattern> parse(const std::string& text, Bare bare);
  bool fits(std::string_view number) const;
  /// How narrow it is: more digits are narrower, and of equal digits a whole number or a range. 0 is no digit at all.
  int weight() const;
  /// A beginning of no digits: fits everything.
  bool any() const { return kind_ == Kind::beginning && first_.empty(); }
  std::string text() const;

 private:
  friend class NumberList;
  enum class Kind { beginning, whole, range };
  Kind kind_ = Kind::beginning;
  std::string first_, last_;
};

/// Numbers and beginnings of numbers, each with a text: a file of callers. The narrowest that fits is found in time
/// that does not grow with the list.
///
/// The file: a line each, "13800138000<TAB>vip,debt<TAB>a remark"; "0756*" is a beginning; '#' begins a comment.
class NumberList {
 public:
  static constexpr size_t kNumbersMax = 1'000'000;
  /// `bad_data` with name:line.
  static Result<NumberList> parse(std::string_view text, const std::string& name);
  struct Found {
    std::string text;  ///< the second field
    int weight = 0;    ///< as Pattern's; 0: not found
  };
  Found find(const std::string& number) const;
  size_t size() const { return whole_.size() + beginnings_.size(); }
  bool operator==(const NumberList&) const = default;

 private:
  std::map<std::string, std::string, std::less<>> whole_, beginnings_;
};

}  // namespace hotline::route
