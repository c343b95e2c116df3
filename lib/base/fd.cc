// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/fd.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace hotline {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Fd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<std::string> read_file(const std::string& path, size_t bytes_max) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return errno_error("cannot open '" + path + "'", errno);
  std::string data;
  char block[65536];
  for (;;) {
    ssize_t got = ::read(fd.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read '" + path + "'", errno);
    if (got == 0) return data;
    data.append(block, static_cast<size_t>(got));
    if (data.size() > bytes_max)
      return Error{Errc::bad_data, "'" + path + "' is longer than " + std::to_string(bytes_max) + " bytes"};
  }
}

Result<void> write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    ssize_t put = ::write(fd, data.data(), data.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno_error("cannot write", errno);
    data.remove_prefix(static_cast<size_t>(put));
  }
  return {};
}

static void sync_directory_of(const std::string& path) {
  std::string parent = std::filesystem::path(path).parent_path().string();
  Fd dir(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir) (void)::fsync(dir.get());
}

Result<void> replace_file(const std::string& path, std::string_view data) {
  std::string temporary = path + ".new";
  Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
  if (!fd) return errno_error("cannot create '" + temporary + "'", errno);
  if (auto put = write_all(fd.get(), data); !put) return put.error().within("'" + temporary + "'");
  if (::fsync(fd.get()) != 0) return errno_error("cannot sync '" + temporary + "'", errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return errno_error("cannot rename '" + temporary + "'", errno);
  sync_directory_of(path);
  return {};
}

Result<void> make_directories(const std::string& path) {
  std::error_code cause;
  std::filesystem::path whole;
  for (const auto& part : std::filesystem::path(path)) {
    whole /= part;
    if (whole.empty() || std::filesystem::is_directory(whole, cause)) continue;
    if (::mkdir(whole.c_str(), 0750) != 0 && errno != EEXIST)
      return errno_error("cannot make directory '" + whole.string() + "'", errno);
  }
  return {};
}

Result<Fd> lock_file(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!fd) return errno_error("cannot open lock '" + path + "'", errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return Error{Errc::again, "'" + path + "' is held by another process; is the daemon running already?"};
  return fd;
}

}  // namespace hotline
