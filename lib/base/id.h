// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace hotline {

/// Makes 63-bit ids that grow with time and are unique within a machine: 42 bits of milliseconds since 2020, 8 random
/// bits drawn once a process, 13 bits of a counter that also steps the clock when a millisecond is used up.
/// One maker a process and thread; no locks.
class IdMaker {
 public:
  IdMaker();
  int64_t next(Utc now);

 private:
  int64_t last_ms_ = 0, counter_ = 0, salt_;
};

/// An id as people and files write it: 13 characters of Crockford's base 32, lower case; sorts as the number does.
std::string id_text(int64_t id);

/// True for the 13-character form above, which is what `call` fields and options take.
bool is_id(std::string_view text);

}  // namespace hotline
