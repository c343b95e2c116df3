// SPDX-License-Identifier: GPL-2.0-or-later
#include "overload.h"

#include <algorithm>

#include "base/fd.h"
#include "base/text.h"

namespace hotline::ccswitchd {

void Overload::sample(const Sample& sample) {
  static constexpr double kCorrectionMin = 0.5, kCorrectionMax = 1.25;  // a sample is noisy: step by step
  double correction = kOccupancy / std::max(sample.signalling, 0.01);
  fraction_ = std::clamp(fraction_ * std::clamp(correction, kCorrectionMin, kCorrectionMax), kFractionMin, 1.0);

  late_samples_ = sample.late >= kLateShut ? late_samples_ + 1 : sample.late < kLateOpen ? 0 : late_samples_;
  bool late = late_samples_ >= kLateSamples;
  media_shut_ = sample.media >= kMediaShut || late || (media_shut_ && (sample.media > kMediaOpen || late_samples_ > 0));
  journal_shut_ = sample.journal_bytes >= kJournalShut || (journal_shut_ && sample.journal_bytes > kJournalOpen);
}

std::string Overload::refusing(Instant now) {
  if (journal_shut_) return "journal";
  if (media_shut_) return "media";
  double passed = std::chrono::duration<double>(now - sure_at_).count();
  sure_ = std::min(kSureCallsPerSecond, sure_ + passed * kSureCallsPerSecond);
  sure_at_ = now;
  if (sure_ >= 1) {
    sure_ -= 1;
    return "";
  }
  credit_ = std::min(credit_ + fraction_, 1.0);
  if (credit_ < 1) return "signalling";
  credit_ -= 1;
  return "";
}

bool Overload::admit(Instant now) {
  std::string reason = refusing(now);
  if (reason.empty()) return true;
  reason_ = reason;
  last_refused_ = now;
  ++refused_;
  return false;
}

std::optional<Overload::Change> Overload::change(Instant now) {
  bool is_on = refused_ > 0 && now - last_refused_ < kOver;
  if (is_on == told_) return std::nullopt;
  told_ = is_on;
  Change change{is_on, reason_, refused_ - refused_before_};
  if (!is_on) refused_before_ = refused_;
  return change;
}

double ThreadMeter::busy(Instant now) {
  auto text = read_file("/proc/thread-self/schedstat", 256);
  auto words = split(text ? *text : "", ' ');
  auto ran = words.size() >= 2 ? parse_int(words[0]) : std::nullopt;
  auto waited = words.size() >= 2 ? parse_int(words[1]) : std::nullopt;
  if (!ran || !waited) return 0;
  microseconds spent((*ran + *waited) / 1000);
  auto before = std::exchange(last_, spent);
  Instant since = std::exchange(last_at_, now);
  if (!before || now <= since) return 0;
  return std::chrono::duration<double>(spent - *before) / std::chrono::duration<double>(now - since);
}

}  // namespace hotline::ccswitchd
