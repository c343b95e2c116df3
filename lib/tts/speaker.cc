// SPDX-License-Identifier: GPL-2.0-or-later
// Who asks, what is looked for, made, kept and told. A job is a text that somebody waits for:
//
//     state     found       missing              engine done   engine failed   kept   not kept   two failures
//     looking   told, end   queued; or refused   -             -               -      -          -
//     queued    -           -                    -             -               -      -          refused, end
//     running   -           -                    keeping       told, end       -      -          -
//     keeping   -           -                    -             -               told, end         -
//
// Askers leave a job when their time is over; the job goes on and is kept for the next.
#include <algorithm>
#include <deque>
#include <map>
#include <optional>

#include "base/log.h"
#include "base/seldom.h"
#include "base/worker.h"
#include "tts/cache.h"
#include "tts/engine.h"

namespace hotline::tts {

namespace {

constexpr size_t kBadTextsMax = 1000;
constexpr int kFailuresMost = 2;   // in a row: then the engine is broken, not a text
constexpr size_t kDyingMost = 16;  // killed, and not gone: the kernel holds them

struct Ask {
  Speaker::Answered answered;
  Loop::Handle timer;
};

struct Job {
  std::string language, text, path;
  std::vector<uint64_t> asks;
};

}  // namespace

struct Speaker::State {
  State(Loop& loop, Settings given)
      : loop(loop), settings(std::move(given)), cache(settings.folder, settings.cache_bytes), worker(loop, kAsksMax) {}

  Loop& loop;
  const Settings settings;
  const Cache cache;
  const std::string stamp = stamp_of(settings.command.front());  // a script that is edited later is seen by the next
  Counts counts;
  uint64_t last_ask = 0;
  std::map<uint64_t, Ask> asks;
  std::map<std::string, Job> jobs;  // by hash
  std::deque<std::string> queue;    // hashes of jobs that want an engine
  std::map<std::string, std::unique_ptr<Engine>> running;
  std::vector<std::unique_ptr<Engine>> dying;
  std::map<std::string, Instant> bad_texts;  // until when
  int failures = 0;                          // in a row
  Instant broken_until{};
  Seldom said;
  Worker worker;  // behind all that its jobs use

  void answer(uint64_t id, const Result<File>& result) {
    auto ask = asks.extract(id);
    if (!ask.empty()) ask.mapped().answered(result);
  }
  /// Not from within say().
  void answer_later(uint64_t id, const Error& error) {
    asks[id].timer = loop.after(microseconds(0), [this, id, error] { answer(id, error); });
  }

  void finish(const std::string& hash, const Result<File>& result) {
    auto job = jobs.extract(hash);
    if (job.empty()) return;
    for (uint64_t id : job.mapped().asks) answer(id, result);
  }

  File file_of(const std::string& hash, bool cached) const {
    const Job& job = jobs.at(hash);
    return {job.path, "tts/" + job.language + "/" + hash + ".wav", cached};
  }

  void look(const std::string& hash) {
    auto there = std::make_shared<bool>(false);
    bool taken = worker.run([this, path = jobs.at(hash).path, there] { *there = cache.find(path); },
                            [this, hash, there] { looked(hash, *there); });
    if (!taken) finish_later(hash, {Errc::again, "too much waits for the disk"});
  }
  void finish_later(const std::string& hash, const Error& error) {
    auto job = jobs.extract(hash);
    for (uint64_t id : job.mapped().asks) answer_later(id, error);
  }

  void looked(const std::string& hash, bool there) {
    if (there) {
      ++counts.cached;
      return finish(hash, file_of(hash, true));
    }
    if (auto why = refusal(hash)) return finish(hash, *why);
    queue.push_back(hash);
    start_engines();
  }

  /// Why no engine is run for it now.
  std::optional<Error> refusal(const std::string& hash) {
    auto now = monotonic_now();
    std::erase_if(bad_texts, [&](const auto& one) { return one.second <= now; });
    if (bad_texts.count(hash)) return Error{Errc::unavailable, "the engine failed with this text a moment ago"};
    const bool tried = !running.empty() || !queue.empty();
    if (failures >= kFailuresMost && (now < broken_until || tried))
      return Error{Errc::unavailable, "the engine failed " + std::to_string(failures) + " times in a row"};
    if (dying.size() >= kDyingMost) return Error{Errc::unavailable, "engines that were killed do not end"};
    return std::nullopt;
  }

  bool is_waited_for(const Job& job) const {
    return std::any_of(job.asks.begin(), job.asks.end(), [this](uint64_t id) { return asks.count(id) > 0; });
  }

  void start_engines() {
    while (running.size() < static_cast<size_t>(settings.processes) && !queue.empty()) {
      std::string hash = queue.front();
      queue.pop_front();
      auto job = jobs.find(hash);
      if (job == jobs.end()) continue;
      if (!is_waited_for(job->second)) {  // all have left before it was begun
        jobs.erase(job);
        continue;
      }
      auto engine = Engine::start(
          loop, settings, job->second.language, job->second.text,
          [this, hash](Result<std::string> wav) { engine_done(hash, std::move(wav)); }, [this] { bury(); });
      if (engine)
        running[hash] = std::move(*engine);
      else
        failed(hash, engine.error());
    }
  }

  void engine_done(const std::string& hash, Result<std::string> wav) {
    dying.push_back(std::move(running.extract(hash).mapped()));
    if (!wav) {
      failed(hash, wav.error());
    } else {
      keep(hash, std::make_shared<std::string>(std::move(*wav)));
    }
    start_engines();
  }

  void keep(const std::string& hash, std::shared_ptr<std::string> wav) {
    auto kept = std::make_shared<Result<void>>();
    bool taken = worker.run([this, path = jobs.at(hash).path, wav, kept] { *kept = cache.keep(path, *wav); },
                            [this, hash, kept] { was_kept(hash, *kept); });
    if (!taken) finish(hash, Error{Errc::again, "too much waits for the disk"});
  }

  void was_kept(const std::string& hash, const Result<void>& kept) {
    if (!kept && kept.error().code == Errc::unavailable) return failed(hash, kept.error());
    failures = 0;
    if (!kept) {
      log_trouble(hash, kept.error().text);
      return finish(hash, kept.error());
    }
    ++counts.made;
    finish(hash, file_of(hash, false));
    start_engines();
  }

  void log_trouble(const std::string& hash, const std::string& text) {
    const Job& job = jobs.at(hash);
    if (auto times = said.due(monotonic_now()))
      log_warning("tts.failed language=" + job.language + " octets=" + std::to_string(job.text.size()) +
                  " times=" + std::to_string(times) + " text='" + text + "'");
  }

  void failed(const std::string& hash, const Error& error) {
    ++counts.failed;
    log_trouble(hash, error.text);
    auto until = monotonic_now() + settings.remember;
    if (bad_texts.size() < kBadTextsMax) bad_texts[hash] = until;
    Error told{Errc::unavailable, error.text};
    finish(hash, told);
    if (++failures < kFailuresMost) return;
    broken_until = until;
    for (const auto& waiting : std::exchange(queue, {})) finish(waiting, told);
  }

  /// An engine is gone: let go of it, but not from within its own call.
  void bury() {
    loop.post([this, alive = std::weak_ptr(alive)] {
      if (alive.expired()) return;
      std::erase_if(dying, [](const auto& engine) { return engine->is_gone(); });
    });
  }
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
};

Speaker::Speaker(Loop& loop, Settings settings) : state_(std::make_unique<State>(loop, std::move(settings))) {}
Speaker::~Speaker() = default;

uint64_t Speaker::say(const std::string& language, std::string_view text, Answered answered) {
  State& my = *state_;
  ++my.counts.asked;
  uint64_t id = ++my.last_ask;
  const bool full = my.asks.size() >= kAsksMax;
  my.asks[id].answered = std::move(answered);
  auto words = speakable(text);
  std::optional<Error> wrong;
  if (full) wrong = Error{Errc::again, "more than " + std::to_string(kAsksMax) + " wait for speech"};
  if (!words) wrong = words.error();
  if (!is_language(language)) wrong = Error{Errc::bad_data, "the language is no tag such as zh-CN or en"};
  if (wrong) {
    my.answer_later(id, *wrong);
    return id;
  }
  my.asks[id].timer = my.loop.after(my.settings.timeout, [&my, id] {
    ++my.counts.late;
    my.answer(id, Error{Errc::again, "there was no speech within " + format_duration(my.settings.timeout)});
  });
  std::string hash = hash_of(my.settings.command, my.stamp, language, *words);
  auto [job, added] = my.jobs.try_emplace(hash, Job{language, *words, my.cache.path(language, hash), {}});
  job->second.asks.push_back(id);
  if (added)
    my.look(hash);
  else
    ++my.counts.joined;
  return id;
}

void Speaker::cancel(uint64_t ask) { state_->asks.erase(ask); }
const Speaker::Counts& Speaker::counts() const { return state_->counts; }
int Speaker::running() const { return static_cast<int>(state_->running.size()); }

}  // namespace hotline::tts
