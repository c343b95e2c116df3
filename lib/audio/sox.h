// SPDX-License-Identifier: GPL-2.0-or-later
// Inside room audio: libsox behind types that own their files. sox.h of libsox is included by sox.cc alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::audio {

/// Held while libsox works; the first one initialises it.
std::unique_lock<std::mutex> sox_turn();

/// Samples are 32-bit linear, full scale, channels by turns.
class SoxReader {
 public:
  /// `ignore_length`: read to the file's end, whatever its header says.
  static Result<SoxReader> open(const std::string& path, bool ignore_length);
  SoxReader(SoxReader&& other) noexcept : format_(other.format_) { other.format_ = nullptr; }
  explicit SoxReader(void* format) : format_(format) {}
  ~SoxReader();
  int channels() const;
  double rate() const;
  /// At most buffer.size() samples (a whole number of frames); 0 at the end.
  size_t read(std::vector<int32_t>& buffer);

 private:
  void* format_;  // sox_format_t*
};

class SoxWriter {
 public:
  /// `type`: libsox's name of the format ("wav"). WAV is written as A-law.
  static Result<SoxWriter> open(const std::string& path, const std::string& type, double rate, int channels);
  SoxWriter(SoxWriter&& other) noexcept : path_(std::move(other.path_)), format_(other.format_) {
    other.format_ = nullptr;
  }
  ~SoxWriter();
  Result<void> write(const std::vector<int32_t>& samples, size_t count);
  /// Writes the header's final form.
  Result<void> close();

 private:
  SoxWriter(std::string path, void* format) : path_(std::move(path)), format_(format) {}
  std::string path_;
  void* format_;  // sox_format_t*
};

/// A file that was written and closed, synced: its size. libsox writes through stdio and says nothing of the last block
/// that did not fit; `io` when there are fewer than `bytes_min`.
Result<int64_t> sync_and_size(const std::string& path, int64_t bytes_min);

/// A WAV in memory, its channels mixed into one, at `rate`: samples as SoxReader has them. Its head's length is not believed.
/// `bad_data` for what is no WAV, or is longer than `samples_max`.
Result<std::vector<int32_t>> sox_resample(std::string_view file, double rate, size_t samples_max);

/// Whether libsox as installed can write that format.
bool sox_can_write(const std::string& type);

}  // namespace hotline::audio
