// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "audio/audio.h"
#include "base/fd.h"
#include "base/text.h"

namespace hotline::audio {

static constexpr size_t kHeadBytesMax = 65536, kRiffBytes = 12, kChunkBytes = 8, kFormatBytes = 16;

static uint32_t little(std::string_view octets, size_t at, int count) {
  uint32_t value = 0;
  for (int i = count; i-- > 0;) value = value << 8 | static_cast<uint8_t>(octets[at + static_cast<size_t>(i)]);
  return value;
}

/// "fmt " of A-law, two channels, 8 kHz (Multimedia Programming Interface and Data Specifications 1.0, WAVE).
static bool is_spool_format(std::string_view chunk) {
  static constexpr uint32_t kAlaw = 6;
  return chunk.size() >= kFormatBytes && little(chunk, 0, 2) == kAlaw && little(chunk, 2, 2) == 2 &&
         little(chunk, 4, 4) == kRate;
}

/// Walks the chunks of `head` up to "data", whose sizes alone cannot be trusted: the writer refreshes them now and
/// then.
static bool parse_head(std::string_view head, std::string& about, size_t& audio_at) {
  if (head.size() < kRiffBytes || head.substr(0, 4) != "RIFF" || head.substr(8, 4) != "WAVE") return false;
  bool format_good = false;
  for (size_t at = kRiffBytes; at + kChunkBytes <= head.size();) {
    auto name = head.substr(at, 4);
    size_t size = little(head, at + 4, 4);
    at += kChunkBytes;
    if (name == "data") {
      audio_at = at;
      return format_good;
    }
    if (size > head.size() - at) return false;
    auto chunk = head.substr(at, size);
    if (name == "fmt ") format_good = is_spool_format(chunk);
    if (name == "note") about = std::string(trim(chunk));
    at += size + size % 2;
  }
  return false;
}

Result<Spool> inspect_spool(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    auto error = errno_error("cannot open '" + path + "'", errno);
    return errno == ENOENT ? Error{Errc::no_input, error.text} : error;
  }
  std::string head(kHeadBytesMax, '\0');
  ssize_t got = ::pread(fd.get(), head.data(), head.size(), 0);
  if (got < 0) return errno_error("cannot read '" + path + "'", errno);
  head.resize(static_cast<size_t>(got));
  Spool spool;
  size_t audio_at = 0;
  if (!parse_head(head, spool.about, audio_at)) return Error{Errc::bad_data, "'" + path + "' is no spool file"};
  int64_t octets = status.st_size - static_cast<int64_t>(audio_at);
  spool.frames = octets / 2;
  spool.torn = octets % 2 != 0;
  return spool;
}

}  // namespace hotline::audio
