// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "audio/audio.h"
#include "base/fd.h"
#include "verbs.h"

namespace hotline::ccrec {

static Result<void> copy_to_stdout(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return errno_error("cannot open '" + path + "'", errno);
  char block[65536];
  while (ssize_t got = ::read(fd.get(), block, sizeof block)) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read '" + path + "'", errno);
    if (auto put = write_all(STDOUT_FILENO, {block, static_cast<size_t>(got)}); !put) return put;
  }
  return {};
}

/// One WAV file on standard output, however many recordings there are.
static Result<void> write_to_stdout(const std::vector<std::string>& files) {
  if (files.size() == 1) return copy_to_stdout(files.front());
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string(folder && *folder ? folder : "/tmp") + "/ccrec-XXXXXX.wav";
  Fd fd(::mkostemps(path.data(), 4, O_CLOEXEC));
  if (!fd) return errno_error("cannot create '" + path + "'", errno);
  auto joined = audio::export_files(files, path, audio::Channels::both);
  auto copied = joined ? copy_to_stdout(path) : joined;
  ::unlink(path.c_str());
  return copied;
}

int play(const PlayOptions& options) {
  auto files = files_of(conf::Instance::from_environment(), options.what);
  if (!files) return cli::fail(files.error());
  if (options.to_stdout) {
    auto written = write_to_stdout(*files);
    return written ? 0 : cli::fail(written.error());
  }
  std::vector<char*> arguments;
  std::string program = "play", quiet = "-q";
  for (auto* text : {&program, &quiet}) arguments.push_back(text->data());
  for (auto& file : *files) arguments.push_back(file.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  return cli::fail(Errc::unavailable, "cannot run 'play' of the package sox: " + errno_text(errno));
}

}  // namespace hotline::ccrec
