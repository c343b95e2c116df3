// SPDX-License-Identifier: GPL-2.0-or-later
#include "route_program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "wire/wire.h"

namespace hotline::ccswitchd {

namespace {

constexpr const char* kHello = "hello\t1";

/// What a shell's read must not lose: an empty field is a dash.
std::string field(const std::string& text) {
  std::string clean = text;
  std::replace_if(clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return clean.empty() ? "-" : clean;
}

bool read_tags(const std::vector<std::string>& fields, route::Tags& tags) {
  static constexpr size_t kTagsMax = 32, kTagBytesMax = 1024;
  for (size_t i = 3; i < fields.size(); ++i) {
    size_t equals = fields[i].find('=');
    if (equals == std::string::npos || tags.size() >= kTagsMax) return false;
    std::string key = fields[i].substr(0, equals), value = fields[i].substr(equals + 1);
    if (!wire::is_verb(key) || key == route::kDirectTo || value.size() > kTagBytesMax || valid_utf8(value) != value)
      return false;
    tags[key] = value;
  }
  return true;
}

}  // namespace

std::string question_line(int64_t id, const route::Question& question, const conf::Zone& zone) {
  std::string text = "route\t" + std::to_string(id);
  for (const auto& part : {question.caller, question.called, question.line, zone.format(question.at)})
    text += "\t" + field(part);
  return text + (question.night ? "\tnight\n" : "\tday\n");
}

std::optional<std::pair<int64_t, ProgramAnswer>> read_answer(const std::string& line) {
  using Kind = ProgramAnswer::Kind;
  static const std::map<std::string, Kind> kKinds = {{"table", Kind::table},
                                                     {"controller", Kind::controller},
                                                     {"to", Kind::to},
                                                     {"called", Kind::called},
                                                     {"refuse", Kind::refuse}};
  auto fields = split(line, '\t');
  auto id = parse_int(fields[0]);
  auto kind = kKinds.find(fields.size() > 1 ? fields[1] : "");
  if (!id || kind == kKinds.end()) return std::nullopt;
  ProgramAnswer answer;
  answer.kind = kind->second;
  answer.text = fields.size() > 2 ? fields[2] : "";
  if (!read_tags(fields, answer.tags)) return std::nullopt;
  bool good = true;
  if (answer.kind == Kind::controller) good = wire::is_verb(answer.text) && answer.text != route::kDirect;
  if (answer.kind == Kind::to) good = !answer.text.empty();
  if (answer.kind == Kind::called) good = route::is_number(answer.text);
  if (answer.kind == Kind::refuse) {
    auto cause = parse_int(answer.text);
    good = cause && *cause >= 1 && *cause <= 127;
    answer.cause = good ? static_cast<int>(*cause) : 0;
  }
  return good ? std::optional(std::pair(*id, answer)) : std::nullopt;
}

RouteProgram::RouteProgram(Loop& loop, std::string command, Told told)
    : loop_(loop), command_(std::move(command)), told_(std::move(told)) {
  start();
}

RouteProgram::~RouteProgram() {
  if (pid_ > 0) ::kill(-pid_, SIGKILL);  // init reaps what is left: we are ending
  if (pid_ > 0) ::waitpid(pid_, nullptr, WNOHANG);
}

const char* RouteProgram::state() const {
  return state_ == State::ready ? "ready" : state_ == State::starting ? "starting" : "down";
}

void RouteProgram::start() {
  int to[2], from[2];
  state_ = State::starting;
  if (::pipe2(to, O_CLOEXEC) != 0) return fail(errno_text(errno));
  Fd its_in(to[0]);
  in_ = Fd(to[1]);
  if (::pipe2(from, O_CLOEXEC) != 0) return fail(errno_text(errno));
  out_ = Fd(from[0]);
  Fd its_out(from[1]);
  for (int fd : {in_.get(), out_.get()}) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, its_in.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, its_out.get(), 1);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::string shell = "sh", option = "-c";
  char* argv[] = {shell.data(), option.data(), command_.data(), nullptr};
  int error = ::posix_spawn(&pid_, "/bin/sh", &actions, &attributes, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error) {
    pid_ = -1;
    return fail(errno_text(error));
  }
  watch_ = loop_.watch(out_.get(), EPOLLIN, [this](uint32_t) { readable(); });
  timer_ = loop_.after(kHelloMax, [this] { fail("it did not say hello within 5 s"); });
  std::string hello = std::string(kHello) + "\tccswitchd\n";
  if (::write(in_.get(), hello.data(), hello.size()) != static_cast<ssize_t>(hello.size())) fail("it does not read");
}

void RouteProgram::readable() {
  char chunk[4096];
  // One chunk a turn: a program that floods us must not hold the loop.
  ssize_t got = ::read(out_.get(), chunk, sizeof chunk);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return fail("it has ended");
  buffer_.append(chunk, static_cast<size_t>(got));
  for (size_t end; state_ != State::down && (end = buffer_.find('\n')) != std::string::npos;) {
    std::string text = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    line(text);
  }
  if (buffer_.size() > kLineBytesMax) fail("it sent a line of more than 4096 octets");
}

void RouteProgram::line(const std::string& text) {
  if (state_ == State::starting) {
    if (text != kHello && !text.starts_with(std::string(kHello) + "\t"))
      return fail("it did not begin with hello and version 1");
    state_ = State::ready;
    timer_.cancel();
    told_(true, "");
    return;
  }
  auto answered = read_answer(text);
  if (!answered) return fault("'" + text.substr(0, 80) + "' is no answer");
  // What comes too late has been decided by the tables.
  if (open_.count(answered->first) == 0) return;
  faults_ = 0;
  back_off_ = kBackOffFirst;
  answer(answered->first, answered->second);
}

bool RouteProgram::ask(const route::Question& question, const conf::Zone& zone, Answered answered) {
  if (state_ != State::ready || open_.size() >= kQuestionsMax) return false;
  std::string text = question_line(last_id_ + 1, question, zone);
  // A line is shorter than PIPE_BUF: it goes whole or not at all, pipe(7).
  if (::write(in_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    fault("it does not read");
    return false;
  }
  int64_t id = ++last_id_;
  Open& open = open_[id];
  open.answered = std::move(answered);
  open.timer = loop_.after(kAnswerMax, [this, id] {
    ++late_;
    answer(id, std::nullopt);
    fault("no answer within 200 ms");
  });
  return true;
}

void RouteProgram::answer(int64_t id, const std::optional<ProgramAnswer>& answer) {
  auto open = open_.extract(id);
  if (!open.empty()) open.mapped().answered(answer);
}

void RouteProgram::fault(const std::string& what) {
  if (auto times = said_.due(monotonic_now()))
    log_warning("route-program.fault times=" + std::to_string(times) + " text='" + what + "'");
  if (++faults_ >= kFaultsMax) fail("too many faults: " + what);
}

void RouteProgram::close() {
  state_ = State::down;
  auto open = std::move(open_);
  open_.clear();
  for (auto& [id, one] : open) one.answered(std::nullopt);
}

void RouteProgram::fail(const std::string& why) {
  if (state_ == State::down) return;
  state_ = State::down;
  faults_ = 0;
  buffer_.clear();
  watch_.cancel();
  in_.reset();
  out_.reset();
  if (pid_ > 0) {
    ::kill(-pid_, SIGKILL);
    reap(std::exchange(pid_, -1));
  }
  auto open = std::move(open_);
  open_.clear();
  for (auto& [id, one] : open) one.answered(std::nullopt);
  told_(false, why + "; it is started again in " + format_duration(back_off_));
  timer_ = loop_.after(back_off_, [this] { start(); });
  back_off_ = std::min(back_off_ * 2, kBackOffMost);
}

/// A killed process may take its time; we look from time to time.
void RouteProgram::reap(pid_t pid) {
  static constexpr milliseconds kLookEvery{50};
  if (::waitpid(pid, nullptr, WNOHANG) != 0) return;
  dying_[pid] = loop_.every(kLookEvery, [this, pid] {
    if (::waitpid(pid, nullptr, WNOHANG) != 0) dying_.erase(pid);
  });
}

}  // namespace hotline::ccswitchd
