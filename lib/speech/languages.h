// SPDX-License-Identifier: GPL-2.0-or-later
// Inside the room: what each language supplies. Values have been checked and are not negative; signs are speech.cc's.
#pragma once

#include "speech/speech.h"

namespace hotline::speech {

namespace zh {
Prompts number(uint64_t value);
Prompts money(uint64_t fen);
Prompts date(int year, int month, int day);  ///< day 0: the month alone
Prompts time_of_day(int hour, int minute);
Prompts duration(int64_t seconds);
Prompts callers(uint64_t callers);
}  // namespace zh

namespace en {
Prompts number(uint64_t value);
Prompts money(uint64_t fen);
Prompts date(int year, int month, int day);  ///< day 0: the month alone
Prompts time_of_day(int hour, int minute);
Prompts duration(int64_t seconds);
}  // namespace en

inline void append(Prompts& list, Prompts more) {
  list.insert(list.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}
inline std::string digit_name(uint64_t digit) { return "digit-" + std::to_string(digit); }

}  // namespace hotline::speech
