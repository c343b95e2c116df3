// SPDX-License-Identifier: GPL-2.0-or-later
// Room speech: how a telephone says digits, numbers, money, dates and times: each becomes a list of prompt names, to be
// played one after another in that language. Knows the words' order, 两 and 二, 一 and 幺, the tone changes of 一, and
// English number words. Refuses to know where prompts lie and what they sound like (share/prompts has the words), and
// reads no clock. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace hotline::speech {

/// Names of prompts in the order in which they are played.
using Prompts = std::vector<std::string>;

enum class Language { zh, en };

/// "zh-CN" and "en" (the tag "lang"); nullopt for a language that nobody speaks here.
std::optional<Language> language_of(std::string_view tag);

/// Digits one by one, "*" and "#" by name; 1 is 幺 in Chinese. Other characters are passed over.
Prompts digits(Language language, std::string_view text);

/// A telephone number of digits alone, with pauses where people make them: Chinese mobiles 3-4-4, after the area code
/// (010 and 02x have three digits, other codes four), others in fours from the end once they are longer than five
/// ("96116" is said in one breath).
Prompts telephone(Language language, std::string_view number);

/// A ticket's number, to be written down by who hears it: groups of at most four digits, as even as they can be and the
/// longer ones first (20261126000123: 2026, 1126, 000, 123), with pauses between; "-" and blanks end a group. Other
/// characters are passed over.
Prompts ticket_number(Language language, std::string_view number);

/// "Agent number 1 0 0 1 is at your service"; 工号 幺零零幺 为您服务. What both sides hear when they are joined.
Prompts agent_number(Language language, std::string_view agent);

/// A whole number as one counts: 一百零一, 两百零二, one hundred and one. All of int64_t but its least, which is not
/// sayable and gives what the next one gives.
Prompts number(Language language, int64_t value);

/// A decimal: `value` in units of 10^-places: (1005, 2) is 十点零五, ten point zero five. All places are said.
Prompts decimal(Language language, int64_t value, int places);
/// The same, as a percentage: (25, 0) is 百分之二十五.
Prompts percent(Language language, int64_t value, int places);

/// Money in fen: 10520 is 一百零五元两角, one hundred and five yuan twenty fen.
Prompts money(Language language, int64_t fen);

/// 二零一一年十一月二十二日; November twenty-second, twenty eleven. Empty for what is no date.
Prompts date(Language language, std::chrono::year_month_day date);
Prompts day_of_week(Language language, std::chrono::weekday day);

/// 下午两点十五分; two fifteen p.m. Empty unless 0 <= hour < 24 and 0 <= minute < 60.
Prompts time_of_day(Language language, int hour, int minute);

/// 两小时两分钟; one minute five seconds. Whole seconds, nothing for units that are zero; a negative one counts as
/// zero.
Prompts duration(Language language, seconds span);

/// How many callers wait before this one: 您前面还有两位客户在等候. Zero: the caller is next.
Prompts callers_ahead(Language language, int64_t callers);

/// What a value is to be said as: "{balance as money}" in a flow.
///
///     digits    0-9 * #, blanks and '-' passed over               "1001"
///     number    a whole number                                    "-7"
///     decimal   with at most 9 places, all of them said           "10.05"
///     percent   the same, a % may follow                          "12.5", "25%"
///     money     yuan, with at most two places                     "105.20", "-3.5"
///     date      a day, or a month of a year                       "2026-11-26", "2026-11"
///     time      hours and minutes; seconds are not said           "14:15", "14:15:59"
///     datetime  both; RFC 3339, or a blank between                "2026-11-26 14:15", "2026-11-26T06:15:00Z"
///     duration  whole seconds, alone or with a unit               "90", "90s", "5m", "2h", "1d"
///     phone     digits; a leading +; blanks, '-' and () set the breaths   "0571-8888 0000"
///     ticket    digits; blanks and '-' end a group                "20261126-000123"
///     day       of the week: 1 (Monday) to 7, or that of a date   "7", "2026-11-26"
enum class Kind { digits, number, decimal, percent, money, date, time, datetime, duration, phone, ticket, day };

/// The kinds' words, in the order of the type, for listings and for "did you mean".
std::span<const std::string> kind_words();
/// nullopt for a word that is no kind.
std::optional<Kind> kind_of(std::string_view word);

/// The clock on the wall at a moment: conf::Zone::local of the site.
using WallClock = std::function<std::chrono::local_seconds(Utc)>;

/// The value of a tag as prompts; the table above has the forms. `bad_data` says what is wrong with it and what was
/// wanted; a value of digits, phone or ticket is not quoted, because errors are logged and callers' numbers are not.
/// A datetime with an offset or Z is told by `wall_clock`, and as it was written without one.
Result<Prompts> say(Language language, Kind kind, std::string_view value, const WallClock& wall_clock = {});

}  // namespace hotline::speech
