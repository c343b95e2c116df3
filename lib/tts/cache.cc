// SPDX-License-Identifier: GPL-2.0-or-later
#include "tts/cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <filesystem>

#include "audio/audio.h"
#include "base/fd.h"
#include "base/text.h"

namespace hotline::tts {

namespace fs = std::filesystem;

namespace {

constexpr time_t kForgottenSeconds = 3600;
constexpr size_t kFilesMax = 1'000'000;  // of a look around

struct Kept {
  std::string path;
  int64_t bytes = 0;
  timespec used{};
};

bool older(const Kept& a, const Kept& b) {
  return a.used.tv_sec != b.used.tv_sec ? a.used.tv_sec < b.used.tv_sec : a.used.tv_nsec < b.used.tv_nsec;
}

/// What a language's folder holds; what was being made and is forgotten goes.
void look_around(const fs::path& folder, std::vector<Kept>& kept) {
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end && kept.size() < kFilesMax;
       it.increment(failed)) {
    std::string path = it->path().string();
    struct stat status;
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (it->path().filename().string().starts_with('.')) {
      if (std::time(nullptr) - status.st_mtim.tv_sec > kForgottenSeconds) ::unlink(path.c_str());
    } else {
      kept.push_back({path, status.st_size, status.st_mtim});
    }
  }
}

}  // namespace

std::string Cache::path(const std::string& language, const std::string& hash) const {
  return folder_ + "/" + language + "/" + hash + ".wav";
}

bool Cache::find(const std::string& path) const {
  auto speech = audio::inspect_speech(path);
  if (!speech) {
    if (speech.error().code == Errc::bad_data) ::unlink(path.c_str());
    return false;
  }
  return ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0;
}

Result<void> Cache::keep(const std::string& path, std::string_view wav) const {
  static std::atomic<unsigned> number{0};
  fs::path whole(path);
  if (auto made = make_directories(whole.parent_path().string()); !made) return made.error();
  std::string making = whole.parent_path().string() + "/." + whole.stem().string() + "." + std::to_string(::getpid()) +
                       "." + std::to_string(++number);
  auto facts = audio::keep_speech(wav, making);
  if (!facts) {
    ::unlink(making.c_str());
    if (facts.error().code != Errc::bad_data) return facts.error();
    return Error{Errc::unavailable, "what the engine wrote is of no use: " + facts.error().text};
  }
  if (::rename(making.c_str(), path.c_str()) != 0) {
    auto error = errno_error("cannot name '" + path + "'", errno);
    ::unlink(making.c_str());
    return error;
  }
  shrink(path);
  return {};
}

void Cache::shrink(const std::string& spared) const {
  std::vector<Kept> kept;
  std::error_code failed;
  for (fs::directory_iterator it(folder_, failed), end; !failed && it != end; it.increment(failed)) {
    std::error_code ignored;
    if (it->is_directory(ignored) && !it->is_symlink(ignored)) look_around(it->path(), kept);
  }
  int64_t bytes = 0;
  for (const auto& one : kept) bytes += one.bytes;
  if (bytes <= bytes_max_) return;
  std::sort(kept.begin(), kept.end(), older);
  for (const auto& one : kept) {
    if (bytes <= bytes_max_) return;
    if (one.path == spared) continue;
    ::unlink(one.path.c_str());
    bytes -= one.bytes;
  }
}

std::string stamp_of(const std::string& program) {
  struct stat status;
  if (program.find('/') == program.npos || ::stat(program.c_str(), &status) != 0) return "";
  return std::to_string(status.st_size) + "." + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec);
}

std::string hash_of(const std::vector<std::string>& command, const std::string& stamp, const std::string& language,
                    const std::string& text) {
  std::string all = "1";  // of how the audio is made
  for (const auto& word : command) all.append(1, '\0').append(word);
  all.append(2, '\0').append(stamp).append(1, '\0').append(language).append(1, '\0').append(text);
  return audio::sha256(all);
}

}  // namespace hotline::tts
