// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>

#include "audio/audio.h"
#include "audio/sox.h"
#include "base/fd.h"

namespace hotline::audio {

namespace {

constexpr size_t kBlockSamples = 16384;  // a second of two channels
constexpr double kFullScale = 2147483648.0, kSilenceDb = -100;

/// Adds up what a channel's level is made of.
class Meter {
 public:
  void add(int32_t sample) {
    double value = sample / kFullScale;
    peak_ = std::max(peak_, std::abs(value));
    squares_ += value * value;
    ++count_;
  }
  Level level() const {
    return {decibel(peak_), decibel(count_ ? std::sqrt(squares_ / static_cast<double>(count_)) : 0)};
  }

 private:
  static double decibel(double value) { return value > 0 ? std::max(kSilenceDb, 20 * std::log10(value)) : kSilenceDb; }
  double peak_ = 0, squares_ = 0;
  int64_t count_ = 0;
};

Facts facts_of(int64_t frames, int channels, double rate, const Meter (&meters)[2]) {
  Facts facts;
  facts.frames = frames;
  facts.ms = static_cast<int64_t>(std::llround(static_cast<double>(frames) * 1000 / rate));
  facts.channels = channels;
  for (int i = 0; i < 2; ++i) facts.level[i] = meters[i].level();
  return facts;
}

}  // namespace

Result<Facts> measure(const std::string& path) {
  auto turn = sox_turn();
  auto reader = SoxReader::open(path, false);
  if (!reader) return reader.error();
  int channels = reader->channels();
  Meter meters[2];
  std::vector<int32_t> block(kBlockSamples - kBlockSamples % static_cast<size_t>(channels));
  int64_t frames = 0;
  while (size_t got = reader->read(block)) {
    for (size_t i = 0; i < got; ++i)
      if (int channel = static_cast<int>(i) % channels; channel < 2) meters[channel].add(block[i]);
    frames += static_cast<int64_t>(got) / channels;
  }
  auto facts = facts_of(frames, channels, reader->rate(), meters);
  std::error_code cause;
  facts.bytes = static_cast<int64_t>(std::filesystem::file_size(path, cause));
  return facts;
}

Result<Facts> keep(const std::string& spool, const std::string& wav) {
  auto inside = inspect_spool(spool);
  if (!inside) return inside.error();
  auto turn = sox_turn();
  auto reader = SoxReader::open(spool, true);
  if (!reader) return reader.error();
  auto writer = SoxWriter::open(wav, "wav", kRate, 2);
  if (!writer) return writer.error();
  Meter meters[2];
  std::vector<int32_t> block(kBlockSamples);
  int64_t frames = 0;
  while (frames < inside->frames) {  // the file may be growing; what was there when we looked is kept
    size_t got = reader->read(block);
    got = std::min(got, static_cast<size_t>(inside->frames - frames) * 2);
    if (got == 0) return Error{Errc::bad_data, "'" + spool + "' ends before its last frame"};
    for (size_t i = 0; i < got; ++i) meters[i % 2].add(block[i]);
    if (auto written = writer->write(block, got); !written) return written.error();
    frames += static_cast<int64_t>(got) / 2;
  }
  if (auto closed = writer->close(); !closed) return closed.error();
  auto bytes = sync_and_size(wav, frames * 2);
  if (!bytes) return bytes.error();
  auto facts = facts_of(frames, 2, kRate, meters);
  facts.bytes = *bytes;
  return facts;
}

/// Picks or mixes channels, in place; the number of samples that are left.
static size_t remix(std::vector<int32_t>& block, size_t count, int channels, Channels wanted) {
  if (wanted == Channels::both || channels == 1) return count;
  size_t out = 0;
  for (size_t i = 0; i + 1 < count; i += static_cast<size_t>(channels)) {
    int64_t left = block[i], right = block[i + 1];
    int64_t sample = wanted == Channels::left ? left : wanted == Channels::right ? right : (left + right) / 2;
    block[out++] = static_cast<int32_t>(sample);
  }
  return out;
}

Result<void> export_files(const std::vector<std::string>& inputs, const std::string& output, Channels wanted) {
  auto turn = sox_turn();
  std::string type = std::filesystem::path(output).extension().string();
  type = type.empty() ? "wav" : type.substr(1);
  if (!sox_can_write(type))
    return Error{Errc::usage, "'" + output + "': libsox cannot write '." + type + "' here; use .wav"};
  std::vector<int32_t> block(kBlockSamples);
  std::vector<SoxWriter> writer;  // opened with the first input, whose channels it has
  int channels = 0;
  for (const auto& input : inputs) {
    auto reader = SoxReader::open(input, false);
    if (!reader) return reader.error();
    if (writer.empty()) {
      channels = reader->channels();
      auto opened = SoxWriter::open(output, type, reader->rate(), wanted == Channels::both ? channels : 1);
      if (!opened) return opened.error();
      writer.push_back(std::move(*opened));
    } else if (reader->channels() != channels) {
      return Error{Errc::bad_data, "'" + input + "' has " + std::to_string(reader->channels()) + " channels, '" +
                                       inputs.front() + "' has " + std::to_string(channels)};
    }
    while (size_t got = reader->read(block))
      if (auto written = writer.front().write(block, remix(block, got, channels, wanted)); !written) return written;
  }
  if (writer.empty()) return Error{Errc::no, "nothing to export"};
  if (auto closed = writer.front().close(); !closed) return closed;
  auto size = sync_and_size(output, 1);
  return size ? Result<void>() : Result<void>(size.error());
}

}  // namespace hotline::audio
