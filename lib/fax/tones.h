// SPDX-License-Identifier: GPL-2.0-or-later
// What tells a fax machine from a person: CNG, 1100 Hz of the one that calls, and CED or the flags of V.21 of the one that
// answers (ITU-T T.30 (09/2005) §4.1, §4.2).
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace hotline::fax {

class ToneDetector {
 public:
  ToneDetector();
  ~ToneDetector();
  /// What was heard in this A-law, "cng" or "ced"; null for nothing new. Costs about 0.2 ms of CPU a second of audio.
  const char* hear(std::span<const uint8_t> alaw);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hotline::fax
