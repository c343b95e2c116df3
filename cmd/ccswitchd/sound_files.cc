// SPDX-License-Identifier: GPL-2.0-or-later
#include "sound_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "base/fd.h"
#include "base/text.h"
#include "media/wav.h"

namespace hotline::ccswitchd {

namespace {

constexpr std::array<std::string_view, 4> kFolders = {"tts", "spool", "recordings", "messages"};
constexpr size_t kNameMax = 512, kPartsMax = 8;

/// The file below its folder, no part of the way being a link: what somebody may put into these folders leads nowhere
/// else. It is not opened yet, only found: a fifo would wait for who writes into it.
Result<Fd> find_below(const std::string& var_dir, const std::string& name, struct stat& status) {
  auto parts = split(name, '/');
  Fd at(::open((var_dir + "/" + parts[0]).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (size_t i = 1; at && i < parts.size(); ++i) {
    int how = O_PATH | O_NOFOLLOW | O_CLOEXEC | (i + 1 == parts.size() ? 0 : O_DIRECTORY);
    at = Fd(::openat(at.get(), parts[i].c_str(), how));
  }
  const bool missing = !at && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP);
  if (missing) return Error{Errc::no_input, "no file '" + name + "'"};
  if (!at || ::fstat(at.get(), &status) != 0) return errno_error("cannot look at '" + name + "'", errno);
  if (S_ISLNK(status.st_mode)) return Error{Errc::no_input, "no file '" + name + "': it is a link"};
  if (!S_ISREG(status.st_mode)) return Error{Errc::bad_data, "'" + name + "' is no file"};
  return at;
}

Result<Fd> open_found(const Fd& found, const std::string& name) {
  Fd fd(::open(("/proc/self/fd/" + std::to_string(found.get())).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return errno_error("cannot open '" + name + "'", errno);
  return fd;
}

Result<std::string> read_all(const Fd& fd, const std::string& name, int64_t bytes) {
  std::string octets(static_cast<size_t>(bytes), '\0');
  size_t have = 0;
  while (have < octets.size()) {
    ssize_t got = ::read(fd.get(), octets.data() + have, octets.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read '" + name + "'", errno);
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  octets.resize(have);
  return octets;
}

Result<media::SoundPtr> sound_of(const std::string& octets, const std::string& name) {
  static constexpr int kAlaw = 6;
  auto wav = media::parse_wav(octets);
  if (!wav) return wav.error().within("'" + name + "'");
  if (wav->format != kAlaw || wav->bits != 8 || wav->rate != 8000 || wav->channels > 2)
    return Error{Errc::bad_data, "'" + name + "' is not A-law, 8 kHz, of one or two channels"};
  auto data = wav->data;
  // The sizes in a spool file's head are behind its end while it grows (media.h).
  if (!wav->note.empty()) data = std::string_view(octets).substr(static_cast<size_t>(data.data() - octets.data()));
  const auto step = static_cast<size_t>(wav->channels);
  media::Sound sound;
  sound.alaw.reserve(data.size() / step);
  for (size_t i = 0; i + step <= data.size(); i += step) sound.alaw.push_back(static_cast<uint8_t>(data[i]));
  if (sound.alaw.empty()) return Error{Errc::bad_data, "'" + name + "' has no audio"};
  return media::SoundPtr(std::make_shared<const media::Sound>(std::move(sound)));
}

bool same(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_size == b.st_size &&
         a.st_ctim.tv_sec == b.st_ctim.tv_sec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

}  // namespace

std::string wrong_file_name(const std::string& name) {
  if (name.empty() || name.size() > kNameMax) return "is no path of 1 to " + std::to_string(kNameMax) + " octets";
  if (name.find('\0') != name.npos) return "is no path";
  auto parts = split(name, '/');
  if (std::find(kFolders.begin(), kFolders.end(), parts[0]) == kFolders.end() || parts.size() < 2)
    return "is not below tts/, spool/, recordings/ or messages/";
  if (parts.size() > kPartsMax) return "is too deep";
  for (const auto& part : parts)
    if (part.empty() || part[0] == '.') return "has a part that is empty or begins with '.'";
  return "";
}

Result<media::SoundPtr> SoundFiles::load(const std::string& name) {
  if (auto wrong = wrong_file_name(name); !wrong.empty()) return Error{Errc::bad_data, "'" + name + "' " + wrong};
  struct stat status;
  auto found = find_below(var_dir_, name, status);
  if (!found) return found.error();
  if (status.st_size > kFileBytesMax)
    return Error{Errc::bad_data, "'" + name + "' is larger than " + std::to_string(kFileBytesMax) + " octets"};
  if (auto known = by_name_.find(name); known != by_name_.end()) {
    if (same(known->second->status, status)) {
      order_.splice(order_.begin(), order_, known->second);
      return known->second->sound;
    }
    forget(known->second);
  }
  auto fd = open_found(*found, name);
  if (!fd) return fd.error();
  auto octets = read_all(*fd, name, status.st_size);
  if (!octets) return octets.error();
  auto sound = sound_of(*octets, name);
  if (sound) remember({name, status, *sound});
  return sound;
}

void SoundFiles::remember(Kept kept) {
  if (kept.sound->alaw.size() > bytes_max_) return;
  bytes_ += kept.sound->alaw.size();
  order_.push_front(std::move(kept));
  by_name_[order_.front().name] = order_.begin();
  while (bytes_ > bytes_max_) forget(std::prev(order_.end()));
}

void SoundFiles::forget(Order::iterator kept) {
  bytes_ -= kept->sound->alaw.size();
  by_name_.erase(kept->name);
  order_.erase(kept);
}

}  // namespace hotline::ccswitchd
