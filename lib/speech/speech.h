// SPDX-License-Identifier: GPL-2.0-or-later
// Room speech: how a telephone says digits, numbers, money, dates and times: each becomes a list of prompt names, to be
// played one after another in that language. Knows the words' order, 两 and 二, 一 and 幺, the tone changes of 一, and
// English number words. Refuses to know where prompts lie and what they sound like (share/prompts has the words), and
// reads no clock. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace hotline::speech {

/// Names of prompts in the order in which they are played.
using Prompts = std::vector<std::string>;

enum class Language { zh, en };

/// "zh-CN" and "en" (the tag "lang"); nullopt for a language that nobody speaks here.
std::optional<Language> language_of(std::string_view tag);

/// Digits one by one, "*" and "#" by name; 1 is 幺 in Chinese. Other characters are passed over.
Prompts digits(Language language, std::string_view text);

/// A telephone number: as digits, with pauses where people make them: Chinese mobiles 3-4-4, others in fours from the
/// end once they are longer than five ("96116" is said in one breath).
Prompts telephone(Language language, std::string_view number);

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

}  // namespace hotline::speech
