// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with a span, held against flapping. Pure; private to this room.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace hotline::trunk {

enum class Alarm { loss, ais, remote, d_channel };
inline constexpr int kAlarms = 4;
inline const char* name_of(Alarm alarm) {
  static constexpr const char* kNames[kAlarms] = {"loss", "ais", "remote", "d-channel"};
  return kNames[static_cast<int>(alarm)];
}

class Alarms {
 public:
  /// A failure is declared when a defect has lasted 2.5 s (ITU-T G.7710 §10.1.2.1.2) and over when none was seen for
  /// 5 s; the norm's 10 s are for lines that nobody waits for.
  static constexpr milliseconds kDeclared{2500}, kCleared{5000};

  /// The defect is there or not; the change that is due now, if any.
  std::optional<bool> see(Alarm alarm, bool defect, Instant now) {
    One& one = all_[static_cast<size_t>(alarm)];
    if (defect == one.on) {
      one.changing = false;
      return std::nullopt;
    }
    if (!one.changing) {
      one.changing = true;
      one.since = now;
    }
    if (now - one.since < (defect ? kDeclared : kCleared)) return std::nullopt;
    one.on = defect;
    one.changing = false;
    return defect;
  }
  bool on(Alarm alarm) const { return all_[static_cast<size_t>(alarm)].on; }
  std::vector<std::string> names() const {
    std::vector<std::string> list;
    for (int i = 0; i < kAlarms; i++) {
      if (all_[static_cast<size_t>(i)].on) list.emplace_back(name_of(static_cast<Alarm>(i)));
    }
    return list;
  }

 private:
  struct One {
    bool on = false, changing = false;
    Instant since{};
  };
  std::array<One, kAlarms> all_;
};

}  // namespace hotline::trunk
