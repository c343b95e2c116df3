// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon: hears of recordings that ended, looks for those it did not hear of, has them converted, and takes the
// last steps: the event, then the spool file's end.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <set>

#include "base/fd.h"
#include "base/log.h"
#include "verbs.h"
#include "worker.h"

namespace hotline::ccrec {

namespace {

constexpr const char* kSwitch = "ccswitchd";
// A spool file grows ten times a second while it is recorded. One that nobody told us of is left alone until it has not
// grown for so long.
constexpr seconds kOrphanAge(10);
constexpr seconds kScanSoon(2), kRetryAfter(5);
// A switch that lives answers in milliseconds; one that does not records nothing.
constexpr seconds kSnapshotPatience(1);
constexpr milliseconds kRemoveEvery(50);

struct Config {
  microseconds scan = seconds(60);
};

Config read_config(conf::Table& root) {
  Config config;
  auto table = root.table("record");
  config.scan = table.duration("scan", config.scan, seconds(1), std::chrono::hours(1));
  table.close();
  return config;
}

class Recorder {
 public:
  Recorder(service::Service& service, const Config& config)
      : service_(service),
        worker_(service.loop(), service.instance(), [this](Outcome outcome) { finish(std::move(outcome)); }),
        asker_(bus::Asker::connect(service.loop(), service.instance().command_endpoint(kSwitch))),
        follower_(bus::Follower::connect(
            service.loop(), {service.instance().event_endpoint(kSwitch)}, "",
            [this](const wire::Event& event, const std::string&) { hear(event); },
            [this](const std::string&, int64_t, int64_t) { scan(); })) {
    clear_tmp();
    service_.on_command([this](const std::string& verb, const wire::Json&, int) { return obey(verb); });
    service_.on_drain([this] { drain(); });
    set_scan_period(config.scan);
    scan();
  }

  void set_scan_period(microseconds period) {
    scan_timer_ = service_.loop().every(period, [this] { scan(); });
  }

 private:
  /// What waits for its event to be safe on the disk.
  struct Leaving {
    int64_t number;
    bool bad;
  };

  wire::Reply obey(const std::string& verb) {
    if (verb != "status") return wire::Reply::no(wire::code::kUnknownVerb, "ccrec knows no '" + verb + "'");
    return wire::Reply::yes({{"n", service_.last_number()},
                             {"waiting", worker_.waiting()},
                             {"kept", kept_},
                             {"failed", failed_},
                             {"alarm", alarm_}});
  }

  void drain() {
    draining_ = true;
    worker_.clear();
    if (worker_.idle()) service_.done();
  }

  /// What an earlier run left half made.
  void clear_tmp() {
    std::error_code cause;
    std::filesystem::remove_all(tmp_dir(service_.instance()), cause);
  }

  void hear(const wire::Event& event) {
    if (event.name != "record.stopped") return;
    std::string file = wire::text(event.fields, "file");
    if (!is_spool_name(file)) return;
    if (int64_t gap_ms = wire::integer(event.fields, "gap_ms"); gap_ms > 0) gaps_[file] = gap_ms;
    add(file);
  }

  void add(const std::string& file) {
    auto gap = gaps_.find(file);
    if (!draining_ && !leaving_.count(file)) (void)worker_.add(file, gap == gaps_.end() ? 0 : gap->second);
  }

  /// Looks for spool files that nobody told us of, and asks the switch which are being recorded.
  void scan() {
    if (scanning_ || draining_) return;
    auto files = candidates();
    if (files.empty()) return;
    scanning_ = true;
    recording_.clear();
    ask_recording("", ++scans_);
  }

  /// Gathers what the switch is recording; its snapshot may come in parts, this one being after call `after`.
  void ask_recording(const std::string& after, int64_t scan) {
    patience_ = service_.loop().after(kSnapshotPatience, [this] { take_orphans(); });
    auto body = wire::Json::object();
    if (!after.empty()) body["after"] = after;
    asker_->ask("snapshot", body, [this, after, scan](Result<wire::Reply> reply) {
      if (!scanning_ || scan != scans_) return;  // too late
      std::string last;
      if (reply && reply->ok)
        for (const auto& call : wire::member(reply->body, "calls")) {
          last = wire::text(call, "call");
          for (const char* kind : {"bridges", "legs"})
            for (const auto& one : wire::member(call, kind)) recording_.insert(wire::text(one, "recording") + ".wav");
        }
      if (reply && wire::boolean(reply->body, "more") && last > after) return ask_recording(last, scan);
      take_orphans();
    });
  }

  /// Names in the spool that are not on their way yet.
  std::vector<std::string> candidates() const {
    std::vector<std::string> files;
    std::error_code cause;
    for (const auto& entry : std::filesystem::directory_iterator(service_.instance().spool_dir(), cause)) {
      std::string name = entry.path().filename().string();
      if (is_spool_name(name) && !leaving_.count(name)) files.push_back(name);
    }
    return files;
  }

  void take_orphans() {
    scanning_ = false;
    patience_.cancel();
    bool young = false;
    auto now = std::chrono::system_clock::now().time_since_epoch();
    for (const auto& file : candidates()) {
      if (recording_.count(file)) continue;
      struct stat status;
      if (::stat((service_.instance().spool_dir() + "/" + file).c_str(), &status) != 0) continue;
      auto age = now - seconds(status.st_mtim.tv_sec);
      if (age >= kOrphanAge)
        add(file);
      else
        young = true;
    }
    if (young) scan_soon(kScanSoon);
  }

  void scan_soon(microseconds delay) {
    scan_again_ = service_.loop().after(delay, [this] { scan(); });
  }

  /// The worker is through with a file: the last steps.
  void finish(Outcome outcome) {
    switch (outcome.kind) {
      case Outcome::Kind::gone:
        gaps_.erase(outcome.file);
        break;
      case Outcome::Kind::not_now:
        retry_later(outcome);
        break;
      case Outcome::Kind::failed:
        leave(outcome, true);
        break;
      case Outcome::Kind::kept:
        leave(outcome, false);
        break;
    }
    if (draining_ && worker_.idle()) service_.done();
  }

  void leave(Outcome& outcome, bool bad) {
    Leaving leaving{0, bad};
    if (!outcome.event_written) {
      ++(bad ? failed_ : kept_);
      say(outcome, bad);
      leaving.number = service_.emit(std::move(outcome.event));
    }
    leaving_[outcome.file] = leaving;
    gaps_.erase(outcome.file);
    if (!remove_timer_) remove_timer_ = service_.loop().every(kRemoveEvery, [this] { end_spool_files(); });
    if (!bad) clear_alarm();
  }

  void say(const Outcome& outcome, bool bad) const {
    const auto& fields = outcome.event.fields;
    if (bad)
      log_error("failed file=" + outcome.file + " reason=\"" + outcome.text + "\" moved=spool/bad");
    else
      log_info("kept segment=" + wire::text(fields, "segment") + " ms=" + std::to_string(wire::integer(fields, "ms")) +
               " gap_ms=" + std::to_string(wire::integer(fields, "gap_ms")) + " file=" + wire::text(fields, "file"));
  }

  /// Ends the spool files whose event is safe.
  void end_spool_files() {
    int64_t safe = service_.synced_number();
    for (auto it = leaving_.begin(); it != leaving_.end();) {
      if (it->second.number > safe) {
        ++it;
        continue;
      }
      end_spool_file(it->first, it->second.bad);
      it = leaving_.erase(it);
    }
    if (leaving_.empty()) remove_timer_.cancel();
  }

  void end_spool_file(const std::string& file, bool bad) {
    std::string path = service_.instance().spool_dir() + "/" + file;
    int result;
    if (bad) {
      (void)make_directories(bad_dir(service_.instance()));
      result = ::rename(path.c_str(), (bad_dir(service_.instance()) + "/" + file).c_str());
    } else {
      result = ::unlink(path.c_str());
    }
    if (result != 0 && errno != ENOENT) log_error("spool file=" + file + " cannot be removed: " + errno_text(errno));
  }

  /// Disk full or the like: the spool keeps everything until there is room.
  void retry_later(const Outcome& outcome) {
    worker_.clear();
    scan_soon(kRetryAfter);
    if (alarm_ == outcome.text) return;
    if (alarm_.empty()) {
      log_error("alarm=recordings-disk text=\"" + outcome.text +
                "\" remedy=\"make room; the spool keeps all until then\"");
      emit_alarm("alarm.set", outcome.text);
    }
    alarm_ = outcome.text;
  }

  void clear_alarm() {
    if (alarm_.empty()) return;
    alarm_.clear();
    log_info("alarm=recordings-disk cleared");
    emit_alarm("alarm.cleared", "recordings are made again");
  }

  void emit_alarm(const char* name, const std::string& text) {
    wire::Event event;
    event.name = name;
    event.fields = {{"alarm", "recordings-disk"}, {"text", text}};
    service_.emit(std::move(event));
  }

  service::Service& service_;
  Worker worker_;
  std::unique_ptr<bus::Asker> asker_;
  std::unique_ptr<bus::Follower> follower_;
  std::map<std::string, Leaving> leaving_;
  std::map<std::string, int64_t> gaps_;  // what ccswitchd said of files that are not yet kept
  std::set<std::string> recording_;      // spool files that the switch is writing, of the latest scan
  std::string alarm_;
  int64_t kept_ = 0, failed_ = 0, scans_ = 0;
  bool scanning_ = false, draining_ = false;
  Loop::Handle scan_timer_, scan_again_, patience_, remove_timer_;
};

}  // namespace

int run(const service::Options& options) {
  Config config;
  auto verdict = service::load_config(options.config, [&](conf::Table& root) { config = read_config(root); });
  if (auto status = service::config_status(options, verdict)) return *status;
  auto service = service::Service::start("ccrec", options, conf::Instance::from_environment());
  if (!service) return cli::fail(service.error());
  Recorder recorder(**service, config);
  (*service)->on_reload([&]() -> Result<std::string> {
    Config fresh;
    auto loaded = service::load_config(options.config, [&](conf::Table& root) { fresh = read_config(root); });
    if (!loaded) return loaded.error();
    recorder.set_scan_period(fresh.scan);
    return "scan=" + format_duration(fresh.scan);
  });
  return (*service)->run();
}

}  // namespace hotline::ccrec
