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

/// "fmt " of A-law, 8 kHz (Multimedia Programming Interface and Data Specifications 1.0, WAVE); 0 channels: another.
static int channels_of(std::string_view chunk) {
  static constexpr uint32_t kAlaw = 6;
  bool good = chunk.size() >= kFormatBytes && little(chunk, 0, 2) == kAlaw && little(chunk, 4, 4) == kRate;
  return good ? static_cast<int>(little(chunk, 2, 2)) : 0;
}

struct Head {
  std::string about;
  int channels = 0;
  size_t audio_at = 0, audio_bytes = 0;  ///< as it says
};

/// Walks the chunks of `head` up to "data", whose sizes alone cannot be trusted: the writer refreshes them now and
/// then.
static bool parse_head(std::string_view head, Head& into) {
  if (head.size() < kRiffBytes || head.substr(0, 4) != "RIFF" || head.substr(8, 4) != "WAVE") return false;
  for (size_t at = kRiffBytes; at + kChunkBytes <= head.size();) {
    auto name = head.substr(at, 4);
    size_t size = little(head, at + 4, 4);
    at += kChunkBytes;
    if (name == "data") {
      into.audio_at = at;
      into.audio_bytes = size;
      return into.channels > 0;
    }
    if (size > head.size() - at) return false;
    auto chunk = head.substr(at, size);
    if (name == "fmt ") into.channels = channels_of(chunk);
    if (name == "note") into.about = std::string(trim(chunk));
    at += size + size % 2;
  }
  return false;
}

/// The head of a file, and its size.
static Result<int64_t> read_head(const std::string& path, std::string& head) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    auto error = errno_error("cannot open '" + path + "'", errno);
    return errno == ENOENT ? Error{Errc::no_input, error.text} : error;
  }
  head.assign(kHeadBytesMax, '\0');
  ssize_t got = ::pread(fd.get(), head.data(), head.size(), 0);
  if (got < 0) return errno_error("cannot read '" + path + "'", errno);
  head.resize(static_cast<size_t>(got));
  return status.st_size;
}

Result<Spool> inspect_spool(const std::string& path) {
  std::string octets;
  auto bytes = read_head(path, octets);
  if (!bytes) return bytes.error();
  Head head;
  if (!parse_head(octets, head) || head.channels != 2) return Error{Errc::bad_data, "'" + path + "' is no spool file"};
  Spool spool;
  spool.about = head.about;
  int64_t audio = *bytes - static_cast<int64_t>(head.audio_at);
  spool.frames = audio / 2;
  spool.torn = audio % 2 != 0;
  return spool;
}

Result<int64_t> inspect_speech(const std::string& path) {
  std::string octets;
  auto bytes = read_head(path, octets);
  if (!bytes) return bytes.error();
  Head head;
  bool good = parse_head(octets, head) && head.channels == 1 && head.audio_bytes > 0;
  // A chunk of odd length is followed by an octet that fills it up.
  if (!good || *bytes != static_cast<int64_t>(head.audio_at + head.audio_bytes + head.audio_bytes % 2))
    return Error{Errc::bad_data, "'" + path + "' is no whole WAV of A-law, 8 kHz, mono"};
  return static_cast<int64_t>(head.audio_bytes) * 1000 / kRate;
}

}  // namespace hotline::audio
