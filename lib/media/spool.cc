// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "base/text.h"
#include "media/g711.h"
#include "media/wav.h"

namespace hotline::media {

static constexpr int kAlawFormat = 6, kChannels = 2;

// Lays out a head from front to back.
struct HeadWriter {
  std::array<char, kSpoolHeadBytes>& out;
  size_t at = 0;

  void text(std::string_view octets) {
    std::memcpy(out.data() + at, octets.data(), octets.size());
    at += octets.size();
  }
  void little(uint32_t value, int octets) {
    for (; octets > 0; --octets, value >>= 8) out[at++] = static_cast<char>(value & 0xFF);
  }
};

std::array<char, kSpoolHeadBytes> spool_head(std::string_view about, int64_t frames) {
  std::array<char, kSpoolHeadBytes> head;
  head.fill(' ');
  HeadWriter writer{head};
  // 32-bit sizes end at 4 GiB, which is three days of a call.
  auto bytes = static_cast<uint32_t>(std::min<int64_t>(frames * kChannels, INT64_C(0xFFFF0000)));
  writer.text("RIFF");
  writer.little(kSpoolHeadBytes - 8 + bytes, 4);
  writer.text("WAVEfmt ");
  writer.little(18, 4);
  writer.little(kAlawFormat, 2);
  writer.little(kChannels, 2);
  writer.little(kSampleRate, 4);
  writer.little(kSampleRate * kChannels, 4);
  writer.little(kChannels, 2);
  writer.little(8, 2);
  writer.little(0, 2);
  writer.text("fact");
  writer.little(4, 4);
  writer.little(bytes / kChannels, 4);
  writer.text("note");
  writer.little(static_cast<uint32_t>(kSpoolHeadBytes - 8 - (writer.at + 4)), 4);
  writer.text(about.substr(0, kAboutBytesMax));
  writer.at = kSpoolHeadBytes - 8;
  writer.text("data");
  writer.little(bytes, 4);
  return head;
}

Result<SpoolHead> read_spool_head(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0) {
    auto error = errno_error("cannot open '" + path + "'", errno);
    return errno == ENOENT ? Error{Errc::no_input, error.text} : error;
  }
  char head[kSpoolHeadBytes];
  ssize_t got = ::pread(fd.get(), head, sizeof head, 0);
  if (got < 0) return errno_error("cannot read '" + path + "'", errno);
  Error stranger{Errc::bad_data, "'" + path + "' is no spool file"};
  if (got != kSpoolHeadBytes || std::memcmp(head + kSpoolHeadBytes - 8, "data", 4) != 0) return stranger;
  auto wav = parse_wav({head, sizeof head});
  if (!wav || wav->format != kAlawFormat || wav->channels != kChannels || wav->rate != kSampleRate ||
      wav->note.empty()) {
    return stranger;
  }
  return SpoolHead{std::string(trim(wav->note)), (info.st_size - kSpoolHeadBytes) / kChannels};
}

}  // namespace hotline::media
