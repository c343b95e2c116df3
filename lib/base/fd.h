// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace hotline {

/// Owns one file descriptor; closes it when it goes. Move only.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

/// The whole of a regular file, at most `bytes_max`; a longer one is `bad_data`.
Result<std::string> read_file(const std::string& path, size_t bytes_max = 64u << 20);

/// Writes all of `data`, going on after short writes and EINTR.
Result<void> write_all(int fd, std::string_view data);

/// Replaces `path` as one step: temporary file beside it, fsync, rename, fsync of the directory.
Result<void> replace_file(const std::string& path, std::string_view data);

/// Makes `path` and its missing parents, mode 0750.
Result<void> make_directories(const std::string& path);

/// Takes an exclusive flock(2) on `path` (made if missing), held as long as the Fd lives. `again` if another holds it:
/// the way every daemon makes sure that it is the only one of its name in an instance.
Result<Fd> lock_file(const std::string& path);

}  // namespace hotline
