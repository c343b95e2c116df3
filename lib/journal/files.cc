// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "journal/journal.h"

namespace hotline::journal {

static constexpr std::string_view kSuffix = ".jsonl";
static constexpr size_t kBlockBytes = 65536;

/// Whether a file's name is "YYYY-MM-DD.jsonl".
static bool is_day_file(const std::string& name) {
  static constexpr std::string_view kShape = "0000-00-00.jsonl";
  if (name.size() != kShape.size()) return false;
  for (size_t i = 0; i < name.size(); ++i)
    if (kShape[i] == '0' ? name[i] < '0' || name[i] > '9' : name[i] != kShape[i]) return false;
  return true;
}

std::vector<std::string> day_files(const std::string& dir, const std::string& publisher) {
  std::vector<std::string> files;
  std::error_code cause;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(dir) / publisher, cause))
    if (is_day_file(entry.path().filename().string())) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

std::string date_of(const std::string& path) { return path.substr(path.size() - kSuffix.size() - 10, 10); }

std::vector<std::string> publishers(const std::string& dir) {
  std::vector<std::string> names;
  std::error_code cause;
  for (const auto& entry : std::filesystem::directory_iterator(dir, cause)) {
    std::string name = entry.path().filename().string();
    if (!day_files(dir, name).empty()) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<LineReader> LineReader::open(const std::string& path, int64_t offset) {
  LineReader reader;
  reader.fd_ = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!reader.fd_) return errno_error("cannot open '" + path + "'", errno);
  if (::lseek(reader.fd_.get(), offset, SEEK_SET) < 0) return errno_error("cannot seek in '" + path + "'", errno);
  reader.offset_ = offset;
  return reader;
}

int64_t LineReader::size() const {
  struct stat status;
  return ::fstat(fd_.get(), &status) == 0 ? status.st_size : 0;
}

/// Takes in one more block; false at the end of what is there.
bool LineReader::fill() {
  buffer_.erase(0, start_);
  start_ = 0;
  size_t before = buffer_.size();
  buffer_.resize(before + kBlockBytes);
  ssize_t got;
  do got = ::read(fd_.get(), buffer_.data() + before, kBlockBytes);
  while (got < 0 && errno == EINTR);
  buffer_.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
  return got > 0;
}

LineReader::Got LineReader::next(std::string_view& line) {
  bool too_long = false;
  for (size_t searched = 0;;) {
    size_t end = buffer_.find('\n', start_ + searched);
    if (end != std::string::npos) {
      line = std::string_view(buffer_).substr(start_, end - start_);
      offset_ += static_cast<int64_t>(line.size() + 1);
      start_ = end + 1;
      return too_long || line.size() > kLineBytesMax ? Got::too_long : Got::line;
    }
    searched = buffer_.size() - start_;
    if (searched > kLineBytesMax) {  // forget what cannot be a line, so that memory stays bounded
      offset_ += static_cast<int64_t>(searched);
      start_ = buffer_.size();
      searched = 0;
      too_long = true;
    }
    if (!fill()) return buffer_.size() > start_ || too_long ? Got::torn : Got::end;
  }
}

}  // namespace hotline::journal
