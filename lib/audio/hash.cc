// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <cerrno>

#include "audio/audio.h"
#include "base/fd.h"
#include "base/text.h"

namespace hotline::audio {

Result<std::string> sha256_file(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return errno_error("cannot open '" + path + "'", errno);
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  uint8_t block[65536];
  while (ssize_t got = ::read(fd.get(), block, sizeof block)) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read '" + path + "'", errno);
    crypto_hash_sha256_update(&state, block, static_cast<size_t>(got));
  }
  uint8_t digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256_final(&state, digest);
  return hex(digest);
}

std::string sha256(std::string_view octets) {
  uint8_t digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const uint8_t*>(octets.data()), octets.size());
  return hex(digest);
}

}  // namespace hotline::audio
