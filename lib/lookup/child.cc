// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>  // glibc 2.36 declares pidfd_open() for C alone
#include <sys/wait.h>
#include <unistd.h>

namespace hotline::lookup {

namespace {

/// What posix_spawn is told, freed with it.
struct Instructions {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  Instructions() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~Instructions() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

Result<std::pair<Fd, Fd>> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("cannot make a pipe", errno);
  return std::pair(Fd(ends[0]), Fd(ends[1]));
}

void do_not_block(const Fd& fd) { ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK); }

}  // namespace

void Reaper::take(pid_t pid, Fd pidfd) {
  if (::waitpid(pid, nullptr, WNOHANG) != 0) return;
  int raw = pidfd.get();
  auto& dying = dying_[pid];
  dying.pidfd = std::move(pidfd);
  dying.watch = loop_.watch(raw, EPOLLIN, [this, pid](uint32_t) {
    if (::waitpid(pid, nullptr, WNOHANG) != 0) dying_.erase(pid);
  });
}

Result<std::unique_ptr<Child>> Child::start(Loop& loop, Reaper& reaper, Order order, Ended ended) {
  std::unique_ptr<Child> child(new Child(loop, reaper, std::move(order), std::move(ended)));
  if (auto spawned = child->spawn(); !spawned) return spawned.error();
  return child;
}

Child::~Child() {
  if (pid_ <= 0) return;
  ::kill(-pid_, SIGKILL);
  ended_watch_.cancel();
  reaper_.take(pid_, std::move(pidfd_));
}

Result<void> Child::spawn() {
  auto to = make_pipe();
  if (!to) return to.error();
  auto from = make_pipe();
  if (!from) return from.error();
  in_ = std::move(to->second);
  out_ = std::move(from->first);
  do_not_block(in_);
  do_not_block(out_);
  Instructions tell;
  posix_spawn_file_actions_adddup2(&tell.actions, to->first.get(), 0);
  posix_spawn_file_actions_adddup2(&tell.actions, from->second.get(), 1);
  if (!order_.show_stderr) posix_spawn_file_actions_addopen(&tell.actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&tell.actions, 3);
  if (!order_.directory.empty()) posix_spawn_file_actions_addchdir_np(&tell.actions, order_.directory.c_str());
  std::vector<char*> words;
  for (auto& word : order_.command) words.push_back(word.data());
  words.push_back(nullptr);
  if (int error = ::posix_spawnp(&pid_, words[0], &tell.actions, &tell.attributes, words.data(), environ)) {
    pid_ = -1;
    return errno_error("cannot run '" + order_.command[0] + "'", error);
  }
  pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!pidfd_) {
    int error = errno;
    ::kill(-pid_, SIGKILL);
    ::waitpid(std::exchange(pid_, -1), nullptr, 0);
    return errno_error("cannot watch '" + order_.command[0] + "'", error);
  }
  ended_watch_ = loop_.watch(pidfd_.get(), EPOLLIN, [this](uint32_t) { over(); });
  readable_ = loop_.watch(out_.get(), EPOLLIN, [this](uint32_t) {
    if (!read_output()) readable_.cancel();
  });
  write_input();
  return {};
}

/// Short texts fit into the pipe at once. A program need not read what it is not interested in.
void Child::write_input() {
  while (written_ < order_.input.size()) {
    ssize_t got = ::write(in_.get(), order_.input.data() + written_, order_.input.size() - written_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) {
      if (!writable_) writable_ = loop_.watch(in_.get(), EPOLLOUT, [this](uint32_t) { write_input(); });
      return;
    }
    if (got < 0) break;
    written_ += static_cast<size_t>(got);
  }
  writable_.cancel();
  in_.reset();
}

/// One chunk a turn: a program that floods us must not hold the loop. False when there is no more.
bool Child::read_output() {
  char chunk[4096];
  ssize_t got = ::read(out_.get(), chunk, sizeof chunk);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  end_.output.append(chunk, static_cast<size_t>(got));
  if (end_.output.size() <= order_.output_max) return true;
  end_.too_long = true;
  ::kill(-pid_, SIGKILL);
  return false;
}

void Child::over() {
  // What it said before it ended is in the pipe, at most so much as the pipe holds or we take.
  while (!end_.too_long) {
    size_t before = end_.output.size();
    if (!read_output() || end_.output.size() == before) break;
  }
  ::kill(-pid_, SIGKILL);  // what it left behind; its id is not given away before we have waited for it
  ::waitpid(std::exchange(pid_, -1), &end_.status, WNOHANG);
  ended_watch_.cancel();
  readable_.cancel();
  writable_.cancel();
  ended_(end_);
}

}  // namespace hotline::lookup
