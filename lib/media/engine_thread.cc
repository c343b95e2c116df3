// SPDX-License-Identifier: GPL-2.0-or-later
// The engine's thread, and how its notes become reports.
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/require.h"
#include "media/engine.h"

namespace hotline::media {

static constexpr int kCommandsATick = 1024;  // so that a flood of commands cannot hold up the tick
static constexpr int kNotesAWake = 2048;     // nor one of notes the loop
static constexpr int kBehindMax = 2 * 8000;  // frames: after a stall of more than 2 s the rest is given up
static constexpr int kNice = -11;

static const ToneSet& needed_tones(const std::string& country) {
  const ToneSet* tones = find_tones(country);
  require(tones);
  return *tones;
}

EngineImpl::EngineImpl(Loop& loop, EngineConfig config, OnReport on_report, size_t queue_commands)
    : loop_(loop),
      config_(std::move(config)),
      on_report_(std::move(on_report)),
      tones_(needed_tones(config_.tones)),
      commands_(queue_commands),
      core_(config_.tick_frames, config_.music, tones_, outbox_),
      writer_(outbox_.notes, [this] { wake(); }),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      next_rtp_port_(config_.rtp_port_first) {
  require(wake_);
  woken_watch_ = loop_.watch(wake_.get(), EPOLLIN, [this](uint32_t) { deliver(); });
}

EngineImpl::~EngineImpl() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  while (run_commands() || !backlog_.empty()) flush_backlog();
  core_.end_all();
  writer_.stop();
  writer_.write_all(monotonic_now());
  on_report_ = nullptr;
  while (Note* note = outbox_.notes.pop()) tell(note);
}

Result<std::unique_ptr<Engine>> Engine::start(Loop& loop, EngineConfig config, OnReport on_report) {
  if (config.tick_frames < 8 || config.tick_frames % 8 != 0 || kPacketSamples % config.tick_frames != 0) {
    return Error{Errc::config, "a tick of " + std::to_string(config.tick_frames) + " frames does not divide 20 ms"};
  }
  if (!knows_tones(config.tones)) {
    return Error{Errc::config, "no tones of '" + config.tones + "': there are those of " + tone_countries()};
  }
  auto engine = std::make_unique<EngineImpl>(loop, std::move(config), std::move(on_report));
  if (auto started = engine->start_threads(); !started) return started.error();
  return std::unique_ptr<Engine>(std::move(engine));
}

Result<void> EngineImpl::start_threads() {
  timer_ = Fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  if (!timer_) return errno_error("cannot make a timer", errno);
  itimerspec spec{};
  spec.it_interval.tv_nsec = config_.tick_frames * 125000;
  spec.it_value = spec.it_interval;
  next_tick_ = monotonic_now() + std::chrono::nanoseconds(spec.it_interval.tv_nsec);
  if (::timerfd_settime(timer_.get(), 0, &spec, nullptr) != 0) return errno_error("cannot set a timer", errno);
  // Signals are the loop's: both threads start with all of them blocked.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  writer_.start();
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread_.native_handle(), "media");
  pthread_setname_np(writer_.thread(), "media-writer");
  return {};
}

bool EngineImpl::run_commands() {
  Command* command;
  int done = 0;
  for (; done < kCommandsATick && commands_.pop(command); ++done) {
    command->apply(core_);
    outbox_.notes.push(command);
  }
  return done > 0;
}

void EngineImpl::run_ticks(uint64_t ticks) {
  for (uint64_t i = 0; i < ticks; ++i) {
    run_commands();
    core_.tick(i + 1 < ticks);
  }
}

void EngineImpl::run() {
  // Voice before everything else of ours; without the right to it we go on as we are.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
  const auto most = static_cast<uint64_t>(kBehindMax / config_.tick_frames);
  while (!stopping_.load(std::memory_order_relaxed)) {
    uint64_t due = 0;
    ssize_t got = ::read(timer_.get(), &due, sizeof due);
    require(got == sizeof due || errno == EINTR);
    const Instant now = monotonic_now();
    for (uint64_t i = 0; i < due; ++i, next_tick_ += std::chrono::nanoseconds(config_.tick_frames * 125000)) {
      tick_book_.add(now - next_tick_);
    }
    if (due > 1) late_ticks_.fetch_add(due - 1, std::memory_order_relaxed);
    run_ticks(std::min(due, most));
    if (!outbox_.notes.empty()) wake();
  }
}

void EngineImpl::wake() {
  if (woken_.exchange(true)) return;
  uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
}

void EngineImpl::deliver() {
  uint64_t count;
  (void)!::read(wake_.get(), &count, sizeof count);
  woken_.store(false);
  for (int i = 0; i < kNotesAWake; ++i) {
    Note* note = outbox_.notes.pop();
    if (!note) return;
    tell(note);
  }
  wake();
}

void EngineImpl::tell(Note* note) {
  auto report = [this](Report what) {
    if (on_report_) on_report_(what);
  };
  std::unique_ptr<Note> owned;
  bool pooled = note->kind == Note::Kind::digit || note->kind == Note::Kind::frame ||
                note->kind == Note::Kind::span_state || note->kind == Note::Kind::far_end;
  if (!pooled) owned.reset(note);
  switch (note->kind) {
    case Note::Kind::play: {
      auto& play = static_cast<Play&>(*note);
      return report(PlayDone{play.port, play.id, play.reason, play.list.rendered()});
    }
    case Note::Kind::announcement: {
      auto& announcement = static_cast<Announcement&>(*note);
      return report(AnnounceDone{announcement.a, announcement.b, announcement.reason});
    }
    case Note::Kind::recording: {
      auto& recording = static_cast<Recording&>(*note);
      auto known = recordings_.find(recording.spec.path);
      if (known != recordings_.end() && known->second == recording.id) recordings_.erase(known);
      return report(recording.done());
    }
    case Note::Kind::tap:
      --taps_;
      return report(static_cast<Tap&>(*note).done());
    case Note::Kind::digit: {
      auto& one = static_cast<DigitNote&>(*note);
      Digit digit = one.digit;
      outbox_.digits.give_back(&one);
      if (find(digit.port)) report(digit);
      return;
    }
    case Note::Kind::span_state: {
      auto& one = static_cast<SpanStateNote&>(*note);
      SpanState state = one.state;
      outbox_.span_states.give_back(&one);
      if (lines_.count(state.span)) report(state);
      return;
    }
    case Note::Kind::far_end: {
      auto& one = static_cast<FarEndNote&>(*note);
      FarEndGone gone = one.gone;
      outbox_.far_ends.give_back(&one);
      if (find(gone.port)) report(gone);
      return;
    }
    case Note::Kind::frame: {
      auto& one = static_cast<FrameNote&>(*note);
      DFrame frame{one.span, {one.frame.begin(), one.frame.begin() + static_cast<long>(one.octets)}};
      outbox_.frames.give_back(&one);
      if (lines_.count(frame.span)) report(std::move(frame));
      return;
    }
    case Note::Kind::trash:
    case Note::Kind::port:
    case Note::Kind::span:
      return;
  }
}

static microseconds thread_time(pthread_t thread) {
  clockid_t clock;
  timespec time{};
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &time) != 0) return microseconds(0);
  return microseconds(time.tv_sec * 1000000 + time.tv_nsec / 1000);
}

microseconds EngineImpl::cpu_time() const {
  microseconds total(0);
  if (thread_.joinable()) total += thread_time(const_cast<std::thread&>(thread_).native_handle());
  if (writer_.running()) total += thread_time(const_cast<Writer&>(writer_).thread());
  return total;
}

void EngineImpl::step(int ticks, bool catching_up) {
  run_commands();
  for (int i = 0; i < ticks; ++i) core_.tick(catching_up);
  writer_.write_all(monotonic_now());
  deliver();
}

}  // namespace hotline::media
