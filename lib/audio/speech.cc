// SPDX-License-Identifier: GPL-2.0-or-later
// What a machine says, made to sound as the prompts do (share/prompts/make-prompt does the same with sox).
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "audio/audio.h"
#include "audio/sox.h"

namespace hotline::audio {

namespace {

constexpr double kFullScale = 2147483648.0;
constexpr double kSilent = 0.003;    // of full scale, and less
constexpr double kPeak = 0.5623413;  // -5 dBFS
constexpr size_t kBefore = kRate * 30 / 1000, kAfter = kRate * 60 / 1000;
constexpr size_t kSamplesMin = 160;  // less is no word

/// [begin, end) of what is loud enough to be speech.
std::pair<size_t, size_t> speech_in(const std::vector<int32_t>& samples) {
  auto loud = [](int32_t sample) { return std::abs(sample / kFullScale) > kSilent; };
  auto first = std::find_if(samples.begin(), samples.end(), loud);
  auto last = std::find_if(samples.rbegin(), samples.rend(), loud).base();
  if (first >= last) return {0, 0};
  return {static_cast<size_t>(first - samples.begin()), static_cast<size_t>(last - samples.begin())};
}

}  // namespace

Result<Facts> keep_speech(std::string_view file, const std::string& wav) {
  auto turn = sox_turn();
  auto samples = sox_resample(file, kRate, static_cast<size_t>(kSpeechSecondsMax) * kRate);
  if (!samples) return samples.error();
  auto [begin, end] = speech_in(*samples);
  if (end - begin < kSamplesMin) return Error{Errc::bad_data, "it is silent"};
  double peak = 0;
  for (size_t i = begin; i < end; ++i) peak = std::max(peak, std::abs((*samples)[i] / kFullScale));
  std::vector<int32_t> speech(kBefore + (end - begin) + kAfter, 0);
  for (size_t i = begin; i < end; ++i)
    speech[kBefore + i - begin] = static_cast<int32_t>(std::lround((*samples)[i] * (kPeak / peak)));

  auto writer = SoxWriter::open(wav, "wav", kRate, 1);
  if (!writer) return writer.error();
  if (auto written = writer->write(speech, speech.size()); !written) return written.error();
  if (auto closed = writer->close(); !closed) return closed.error();
  auto bytes = sync_and_size(wav, static_cast<int64_t>(speech.size()));
  if (!bytes) return bytes.error();
  Facts facts;
  facts.frames = static_cast<int64_t>(speech.size());
  facts.ms = facts.frames * 1000 / kRate;
  facts.bytes = *bytes;
  facts.channels = 1;
  return facts;
}

}  // namespace hotline::audio
