// SPDX-License-Identifier: GPL-2.0-or-later
// `ccpstn load`: many calls at a steady rate, and what became of them.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/causes.h"
#include "verbs.h"
#include "watch.h"

namespace hotline::pstn {

namespace {

struct Options {
  std::string from = "13800138000", to, span, hold = "5s";
  int64_t calls = 100;
  double rate = 5;
  bool json = false;
};

constexpr const char* kPatience = "60s";  // how long a caller waits for an answer

double percentile(std::vector<int64_t>& sorted, int percent) {
  if (sorted.empty()) return 0;
  const size_t at = std::min(sorted.size() - 1, sorted.size() * static_cast<size_t>(percent) / 100);
  return static_cast<double>(sorted[at]) / 1000;
}

class Load {
 public:
  explicit Load(const Options& options) : options_(options), watch_([this](const auto& e) { saw(e); }) {}

  int run() {
    const microseconds period(static_cast<int64_t>(1e6 / options_.rate));
    timer_ = watch_.loop().every(std::max(period, microseconds(1000)), [this] { tick(); });
    watch_.on_stop([this] { stop(); });
    const int status = watch_.run();
    if (status > 1) return status;
    summary();
    return status;
  }

 private:
  // The loop does not make up for missed periods; the rate is kept by counting what is due.
  void tick() {
    const auto elapsed = std::chrono::duration<double>(monotonic_now() - began_).count();
    const auto due = std::min<int64_t>(options_.calls, 1 + static_cast<int64_t>(elapsed * options_.rate));
    while (!stopping_ && placed_ < due) place();
    if (placed_ >= options_.calls) timer_.cancel();
  }

  void place() {
    placed_++;
    asked_++;
    const wire::Json body = {{"span", options_.span},
                             {"from", options_.from},
                             {"to", options_.to},
                             {"for", options_.hold},
                             {"patience", kPatience}};
    watch_.ask("place", body, [this](Result<wire::Json> reply) {
      asked_--;
      if (!reply) {
        if (reply.error().code != Errc::unavailable || asked_before_answer(reply.error()))
          return watch_.fail(reply.error());
        not_placed_++;
      } else {
        lines_.insert(wire::integer(*reply, "line"));
        auto early = std::move(unclaimed_);
        unclaimed_.clear();
        for (const auto& event : early) saw(event);
      }
      check_end();
    });
  }

  // No channel free is a result of the load; no exchange to ask is not.
  static bool asked_before_answer(const Error& error) { return error.text.find("running") != std::string::npos; }

  void saw(const wire::Json& event) {
    const int64_t line = wire::integer(event, "line");
    if (!lines_.count(line)) {
      if (asked_ > 0) unclaimed_.push_back(event);
      return;
    }
    const std::string what = wire::text(event, "event");
    if (what == "pstn.answered") setup_us_.push_back(wire::integer(event, "setup_us"));
    if (what != "pstn.ended") return;
    lines_.erase(line);
    if (wire::boolean(event, "answered")) {
      answered_++;
    } else {
      refused_[wire::integer(event, "cause")]++;
    }
    ended_++;
    check_end();
  }

  void check_end() {
    const bool all_placed = stopping_ || placed_ >= options_.calls;
    if (all_placed && asked_ == 0 && lines_.empty()) watch_.finish(answered_ == options_.calls ? 0 : 1);
  }

  void stop() {
    stopping_ = true;
    for (int64_t line : lines_) watch_.ask("hangup", {{"line", line}}, [](const auto&) {});
    check_end();
  }

  void summary() {
    std::sort(setup_us_.begin(), setup_us_.end());
    const double p50 = percentile(setup_us_, 50), p99 = percentile(setup_us_, 99);
    const double took = std::chrono::duration<double>(monotonic_now() - began_).count();
    if (options_.json) {
      wire::Json refused = wire::Json::object();
      for (auto [cause, count] : refused_) refused[std::to_string(cause)] = count;
      const wire::Json row = {{"format", 1},           {"calls", placed_},    {"ended", ended_},
                              {"answered", answered_}, {"refused", refused},  {"no_channel", not_placed_},
                              {"setup_p50_ms", p50},   {"setup_p99_ms", p99}, {"took_s", took}};
      std::printf("%s\n", wire::dump(row).c_str());
      return;
    }
    std::printf("%lld calls in %.1f s: %lld set up, %lld answered, %lld found no channel\n",
                static_cast<long long>(placed_), took, static_cast<long long>(ended_),
                static_cast<long long>(answered_), static_cast<long long>(not_placed_));
    for (auto [cause, count] : refused_) {
      std::printf("  %lld refused: cause %lld %s\n", static_cast<long long>(count), static_cast<long long>(cause),
                  cause_name(static_cast<int>(cause)).c_str());
    }
    if (!setup_us_.empty()) std::printf("set-up time: p50 %.1f ms, p99 %.1f ms\n", p50, p99);
  }

  const Options& options_;
  const Instant began_ = monotonic_now();
  int64_t placed_ = 0, asked_ = 0, not_placed_ = 0, answered_ = 0, ended_ = 0;
  bool stopping_ = false;
  std::map<int64_t, int64_t> refused_;
  std::vector<int64_t> setup_us_;
  std::set<int64_t> lines_;
  std::vector<wire::Json> unclaimed_;
  Watch watch_;
  Loop::Handle timer_;
};

int load(const Options& options) {
  if (options.to.empty()) return cli::fail(Errc::usage, "whom? give --to");
  if (options.calls < 1 || options.calls > 1'000'000) return cli::fail(Errc::usage, "--calls: 1 to 1000000");
  if (options.rate <= 0 || options.rate > 500) return cli::fail(Errc::usage, "--rate: over 0, at most 500 a second");
  ActSpec act;
  act.stay = options.hold;
  if (auto made = make_act(act); !made) return cli::fail(Errc::usage, "--hold: " + made.error().text);
  return Load(options).run();
}

}  // namespace

void add_load(cli::App& app) {
  auto options = std::make_shared<Options>();
  auto& verb = app.verb("load", "place many calls at a steady rate, and count", [options] { return load(*options); });
  verb.option("--to", options->to, "the number that is called")
      .option("--from", options->from, "the callers' number (13800138000)")
      .option("--span", options->span, "over this span (any)")
      .option("--calls", options->calls, "how many (100)")
      .option("--rate", options->rate, "calls a second (5)")
      .option("--hold", options->hold, "how long each stays (5s)")
      .flag("--json", options->json, "the summary as one JSON object");
}

}  // namespace hotline::pstn
