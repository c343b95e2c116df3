// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "sip/sip.h"

namespace hotline::sip {

/// Caps on the connections that others open to us. Sofia accepts without end and knows no cap, so that once a second
/// the sockets on our ports are counted, and those too many are shut down: the newest of an address that has more than
/// its share, then those that have been idle longest. A connection that has never said a word goes after kMute.
class Connections {
 public:
  static constexpr seconds kMute{15};
  explicit Connections(const Config& config) : config_(config) {}
  void sweep(Instant now);

  struct One {
    int fd = -1;
    std::string address;
    int64_t idle_ms = 0;   ///< since it said something
    bool mute = false;     ///< it has never said anything
    int64_t age_ms = 0;    ///< as far as we have seen it
  };
  /// Which of them have to go. Pure.
  static std::vector<int> too_many(std::vector<One> all, int all_max, int address_max);

 private:
  std::vector<One> look(Instant now);
  const Config& config_;
  struct Seen {
    std::string peer;
    Instant first;
  };
  std::map<int, Seen> seen_;  ///< by descriptor
  Instant logged_{};
  uint64_t closed_ = 0;
};

}  // namespace hotline::sip
