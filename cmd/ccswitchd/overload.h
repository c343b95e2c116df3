// SPDX-License-Identifier: GPL-2.0-or-later
// How much the switch may take on (ccswitchd(8), "When there is too much"). Pure: told what was measured, asked whether
// one more call may come in.
//
// Two rules. **Occupancy**: the share of time in which the signalling thread is not idle is held at kOccupancy by
// letting in only a fraction of the new calls; the fraction is corrected at every sample by what was aimed at over what
// was measured (the occupancy algorithm, RFC 6357 §5.2.2 cites the family). Refusing costs little, so this keeps
// throughput near its best at any offered rate. **Gates**: what does not get better by refusing for a moment, because
// calls that are up cause it, shuts the door until it is well below its limit.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"

namespace hotline::ccswitchd {

class Overload {
 public:
  static constexpr double kOccupancy = 0.90;
  static constexpr double kFractionMin = 0.02;
  /// So many calls a second come in whatever the occupancy says: a machine that cannot do that is ill, not overloaded,
  /// and a moment of many processes must not refuse the one caller there is.
  static constexpr double kSureCallsPerSecond = 20;
  /// Of one core that the media thread may use; and the share of ticks that came late by more than one.
  static constexpr double kMediaShut = 0.85, kMediaOpen = 0.70, kLateShut = 0.50, kLateOpen = 0.10;
  static constexpr int kLateSamples = 15;  ///< so many samples in a row must be late
  /// Octets of events that wait for the disk.
  static constexpr size_t kJournalShut = 32u << 20, kJournalOpen = 8u << 20;
  /// Overload is over when so long nothing was refused for it.
  static constexpr seconds kOver{5};

  struct Sample {
    double signalling = 0;  ///< 0…1: the share of time in which the signalling thread ran or waited for a processor
    double media = 0;       ///< 0…1: the share of a core that the media thread used
    double late = 0;        ///< 0…1: late ticks of all
    size_t journal_bytes = 0;
  };
  void sample(const Sample& sample);

  /// Takes one call in, or refuses it.
  bool admit(Instant now);

  /// What has changed since the last question: "began" with the reason, "ended".
  struct Change {
    bool began = false;
    std::string reason;  ///< signalling, media, journal
    int64_t refused = 0;
  };
  std::optional<Change> change(Instant now);

  double fraction() const { return fraction_; }
  int64_t refused() const { return refused_; }

 private:
  std::string refusing(Instant now);

  double fraction_ = 1, credit_ = 0;  ///< credit_: of the fraction, carried from call to call
  double sure_ = kSureCallsPerSecond;
  Instant sure_at_{};
  bool media_shut_ = false, journal_shut_ = false;
  int late_samples_ = 0;
  std::string reason_;
  bool told_ = false;
  Instant last_refused_{};
  int64_t refused_ = 0, refused_before_ = 0;
};

/// Measures the thread that asks: the share of time since the last question in which it was not idle, from the kernel's
/// books (/proc/thread-self/schedstat: time on a processor and time waiting for one); where there are none, 0.
class ThreadMeter {
 public:
  double busy(Instant now);

 private:
  std::optional<microseconds> last_;
  Instant last_at_{};
};

}  // namespace hotline::ccswitchd
