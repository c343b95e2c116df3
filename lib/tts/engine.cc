// SPDX-License-Identifier: GPL-2.0-or-later
#include "tts/engine.h"

extern "C" {  // which glibc 2.36 leaves out
#include <sys/pidfd.h>
}

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace hotline::tts {

namespace {

struct Actions {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  Actions() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~Actions() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
};

/// The text as a file that is nowhere: an engine that does not read it blocks nobody.
Result<Fd> text_file(const std::string& text) {
  Fd fd(::memfd_create("text", MFD_CLOEXEC));
  if (!fd) return errno_error("cannot hand on the text", errno);
  if (auto written = write_all(fd.get(), text + "\n"); !written) return written.error();
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) return errno_error("cannot hand on the text", errno);
  return fd;
}

/// A duplicate above what the child's descriptors are called, so that none is overwritten before it is used.
Fd lifted(const Fd& fd) {
  static constexpr int kAbove = 16;
  return Fd(fd ? ::fcntl(fd.get(), F_DUPFD_CLOEXEC, kAbove) : -1);
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::start(Loop& loop, const Settings& settings, const std::string& language,
                                              const std::string& text, Done done, std::function<void()> gone) {
  std::unique_ptr<Engine> engine(new Engine(loop, std::move(done), std::move(gone)));
  if (auto spawned = engine->spawn(settings, language, text); !spawned) return spawned.error();
  return engine;
}

Engine::~Engine() {
  static constexpr int kReapMs = 200;
  if (pid_ <= 0) return;
  ::kill(-pid_, SIGKILL);
  pollfd ended{pidfd_.get(), POLLIN, 0};
  if (pidfd_) ::poll(&ended, 1, kReapMs);  // one that is killed takes no time, unless the kernel holds it
  ::waitpid(pid_, nullptr, WNOHANG);
}

Result<void> Engine::spawn(const Settings& settings, const std::string& language, const std::string& text) {
  auto text_in = text_file(text);
  if (!text_in) return text_in.error();
  int from[2];
  if (::pipe2(from, O_CLOEXEC) != 0) return errno_error("cannot make a pipe", errno);
  out_ = Fd(from[0]);
  Fd its_out(from[1]);
  ::fcntl(out_.get(), F_SETFL, ::fcntl(out_.get(), F_GETFL) | O_NONBLOCK);
  Fd stdin_fd = lifted(*text_in), stdout_fd = lifted(its_out);
  if (!stdin_fd || !stdout_fd) return errno_error("cannot hand a descriptor on", errno);

  auto words = settings.command;
  words.push_back(language);
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  Actions actions;
  posix_spawn_file_actions_adddup2(&actions.files, stdin_fd.get(), 0);
  posix_spawn_file_actions_adddup2(&actions.files, stdout_fd.get(), 1);
  if (!settings.engine_talks) posix_spawn_file_actions_addopen(&actions.files, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions.files, 3);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&actions.attributes, &none);
  posix_spawnattr_setsigdefault(&actions.attributes, &all);
  posix_spawnattr_setpgroup(&actions.attributes, 0);
  posix_spawnattr_setflags(&actions.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  if (int error = ::posix_spawnp(&pid_, argv[0], &actions.files, &actions.attributes, argv.data(), environ)) {
    pid_ = -1;
    return errno_error("cannot start '" + words[0] + "'", error);
  }
  pidfd_ = Fd(::pidfd_open(pid_, 0));
  if (!pidfd_) return errno_error("cannot watch an engine", errno);  // and it is killed
  watch_ = loop_.watch(out_.get(), EPOLLIN, [this](uint32_t) { readable(); });
  exit_watch_ = loop_.watch(pidfd_.get(), EPOLLIN, [this](uint32_t) { exited(); });
  timer_ = loop_.after(settings.timeout, [this, most = settings.timeout] {
    fail("the engine did not end within " + format_duration(most));
  });
  return {};
}

/// One chunk a turn: an engine that writes much must not hold the loop. False when there is nothing now.
bool Engine::readable() {
  char chunk[65536];
  ssize_t got = ::read(out_.get(), chunk, sizeof chunk);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got <= 0) {
    watch_.cancel();  // exited() comes, or the timer
    return false;
  }
  wav_.append(chunk, static_cast<size_t>(got));
  if (wav_.size() > kWavBytesMax) fail("the engine wrote more than " + std::to_string(kWavBytesMax) + " octets");
  return static_cast<bool>(watch_);
}

void Engine::fail(const std::string& why) {
  watch_.cancel();
  timer_.cancel();
  out_.reset();
  if (pid_ > 0) ::kill(-pid_, SIGKILL);  // exited() comes
  if (auto done = std::exchange(done_, nullptr)) done(Error{Errc::unavailable, why});
}

void Engine::exited() {
  // What it wrote last is in the pipe still; what its children would write is not waited for.
  for (size_t i = 0; i <= kWavBytesMax / 65536 && watch_ && readable(); ++i) continue;
  ::kill(-pid_, SIGKILL);  // before it is reaped, while its number is its group's
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return;
  pid_ = -1;
  exit_watch_.cancel();
  watch_.cancel();
  timer_.cancel();
  auto done = std::exchange(done_, nullptr);
  auto gone = std::exchange(gone_, nullptr);
  if (done && WIFSIGNALED(status))
    done(Error{Errc::unavailable, "the engine was killed by signal " + std::to_string(WTERMSIG(status))});
  else if (done && WEXITSTATUS(status) != 0)
    done(Error{Errc::unavailable, "the engine ended with status " + std::to_string(WEXITSTATUS(status))});
  else if (done)
    done(std::move(wav_));
  gone();
}

}  // namespace hotline::tts
