// SPDX-License-Identifier: GPL-2.0-or-later
#include "fax/process.h"

extern "C" {  // which glibc 2.36 leaves out
#include <sys/pidfd.h>
}

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace hotline::fax {

using wire::Json;

namespace {

constexpr size_t kLineBytesMax = 4096;
constexpr int kAudioFd = 3, kUdptlFd = 4;  // the child's

std::string death_text(int status) {
  if (WIFSIGNALED(status)) return "the process of the fax was killed by signal " + std::to_string(WTERMSIG(status));
  return "the process of the fax ended with status " + std::to_string(WEXITSTATUS(status)) + " and no word";
}

/// A duplicate above what the child's descriptors are called, so that none is overwritten before it is used.
Fd lifted(const Fd& fd) {
  static constexpr int kAbove = 16;
  return Fd(fd ? ::fcntl(fd.get(), F_DUPFD_CLOEXEC, kAbove) : -1);
}

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

}  // namespace

Result<std::unique_ptr<Process>> Process::start(Loop& loop, const std::string& program, const Job& job, Ends ends,
                                                Told told) {
  std::unique_ptr<Process> process(new Process(loop, std::move(told)));
  if (auto spawned = process->spawn(program, job, std::move(ends)); !spawned) return spawned.error();
  return process;
}

Process::~Process() {
  if (pid_ <= 0) return;
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, WNOHANG);  // else init reaps it: who destroys us while it runs is ending
}

Result<void> Process::spawn(const std::string& program, const Job& job, Ends ends) {
  int to[2], from[2];
  if (::pipe2(to, O_CLOEXEC) != 0) return errno_error("cannot make a pipe", errno);
  Fd its_in(to[0]);
  in_ = Fd(to[1]);
  if (::pipe2(from, O_CLOEXEC) != 0) return errno_error("cannot make a pipe", errno);
  out_ = Fd(from[0]);
  Fd its_out(from[1]);
  for (int fd : {in_.get(), out_.get()}) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  Fd stdin_fd = lifted(its_in), stdout_fd = lifted(its_out), audio = lifted(ends.audio), udptl = lifted(ends.udptl);
  if (!stdin_fd || !stdout_fd || !audio) return errno_error("cannot hand a descriptor on", errno);

  auto words = arguments_of(job);
  std::vector<std::string> options = {program, words[0], "--hold", "--audio-fd", std::to_string(kAudioFd)};
  if (udptl) options.insert(options.end(), {"--udptl-fd", std::to_string(kUdptlFd)});
  options.insert(options.end(), words.begin() + 1, words.end());
  std::vector<char*> argv;
  for (auto& option : options) argv.push_back(option.data());
  argv.push_back(nullptr);

  Actions actions;
  posix_spawn_file_actions_adddup2(&actions.files, stdin_fd.get(), 0);
  posix_spawn_file_actions_adddup2(&actions.files, stdout_fd.get(), 1);
  posix_spawn_file_actions_adddup2(&actions.files, audio.get(), kAudioFd);
  if (udptl) posix_spawn_file_actions_adddup2(&actions.files, udptl.get(), kUdptlFd);
  posix_spawn_file_actions_addclosefrom_np(&actions.files, udptl ? kUdptlFd + 1 : kAudioFd + 1);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&actions.attributes, &none);
  posix_spawnattr_setsigdefault(&actions.attributes, &all);
  posix_spawnattr_setpgroup(&actions.attributes, 0);
  posix_spawnattr_setflags(&actions.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  if (int error = ::posix_spawn(&pid_, program.c_str(), &actions.files, &actions.attributes, argv.data(), environ)) {
    pid_ = -1;
    return errno_error("cannot start '" + program + "'", error);
  }
  pidfd_ = Fd(::pidfd_open(pid_, 0));
  if (!pidfd_) return errno_error("cannot watch the process of a fax", errno);  // and it is killed
  watch_ = loop_.watch(out_.get(), EPOLLIN, [this](uint32_t) { readable(); });
  exit_watch_ = loop_.watch(pidfd_.get(), EPOLLIN, [this](uint32_t) { exited(); });
  patience(kCheckMax, "it did not check its file within 5 s");
  return {};
}

void Process::patience(milliseconds longest, const char* why) {
  timer_ = loop_.after(longest, [this, why] { kill(why); });
}

bool Process::readable() {
  char chunk[4096];
  ssize_t got = ::read(out_.get(), chunk, sizeof chunk);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got <= 0) {
    watch_.cancel();  // exited() comes, or the timer
    return false;
  }
  buffer_.append(chunk, static_cast<size_t>(got));
  for (size_t end; watch_ && (end = buffer_.find('\n')) != std::string::npos;) {
    std::string text = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    line(text);
  }
  if (buffer_.size() > kLineBytesMax) kill("it said a line of more than 4096 octets");
  return static_cast<bool>(watch_);
}

/// What is told may stop us, but destroys us only in exited().
void Process::line(const std::string& text) {
  auto json = wire::parse(text);
  std::string event = json ? wire::text(*json, "event") : "";
  if (state_ == State::over || !last_.is_null()) return;
  if (event.empty()) return kill("it said something that is no line of a fax");
  if (event == "finished" || event == "refused") {
    last_ = std::move(*json);
    return patience(kStopMax, "it said that it was over, and was not");
  }
  if (state_ == State::running && !stopped_) patience(kSilenceMax, "it said nothing for 10 s");
  if (event == "alive") return;
  if (event == "ready") {
    if (state_ != State::checking) return;
    state_ = State::held;
    timer_.cancel();
  }
  told_(*json);
}

void Process::say(const Json& json) {
  std::string text = wire::dump(json) + "\n";
  // Shorter than PIPE_BUF, so whole or not at all; who does not read its orders is not well.
  if (::write(in_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) && errno != EPIPE)
    kill("it does not read");
}

void Process::begin() {
  if (state_ != State::held) return;
  state_ = State::running;
  patience(kSilenceMax, "it said nothing for 10 s");
  say({{"do", "begin"}});
}

void Process::change_to_t38(const std::string& address, uint16_t port, const T38Terms& terms) {
  Json order = to_json(terms);
  order.update({{"do", "t38"}, {"address", address}, {"port", port}});
  say(order);
}

void Process::hang_up() {
  if (stopped_ || state_ == State::over) return;
  stopped_ = true;
  patience(kStopMax, "its line was gone, and it did not end");
}

void Process::stop() {
  if (stopped_ || state_ == State::over) return;
  stopped_ = true;
  patience(kStopMax, "it was told to stop, and did not");
  say({{"do", "stop"}});
}

void Process::kill(const std::string& why) {
  if (killed_.empty()) killed_ = why;
  timer_.cancel();
  watch_.cancel();
  if (pid_ > 0) ::kill(-pid_, SIGKILL);  // exited() comes
}

void Process::exited() {
  static constexpr int kReadsMax = 16;  // its last words may still be in the pipe
  for (int i = 0; i < kReadsMax && watch_ && readable(); ++i) continue;
  int status = 0;
  if (pid_ <= 0 || ::waitpid(pid_, &status, WNOHANG) == 0) return;
  pid_ = -1;
  state_ = State::over;
  watch_.cancel();
  exit_watch_.cancel();
  timer_.cancel();
  Json last = std::move(last_);
  if (last.is_null())
    last = ended_without_words("crashed", killed_.empty() ? death_text(status) : "the process of the fax was killed: " + killed_);
  auto told = std::move(told_);
  told(last);  // may destroy us
}

std::string program_beside_us(const std::string& name) {
  std::error_code ignored;
  auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return (self.parent_path() / name).string();
}

Result<std::pair<Fd, Fd>> audio_sockets() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    return errno_error("cannot make a socket", errno);
  return std::pair(Fd(ends[0]), Fd(ends[1]));
}

Result<Fd> open_udptl(const std::string& address, int first, int last, uint16_t& port) {
  sockaddr_in local{};
  local.sin_family = AF_INET;
  if (inet_pton(AF_INET, address.c_str(), &local.sin_addr) != 1)
    return Error{Errc::bad_data, "'" + address + "' is no IPv4 address"};
  for (int one = first; one <= last; ++one) {
    Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return errno_error("cannot open a socket", errno);
    local.sin_port = htons(static_cast<uint16_t>(one));
    port = static_cast<uint16_t>(one);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0) return fd;
  }
  return Error{Errc::again, "no port from " + std::to_string(first) + " to " + std::to_string(last) + " is free for T.38"};
}

}  // namespace hotline::fax
