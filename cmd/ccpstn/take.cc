// SPDX-License-Identifier: GPL-2.0-or-later
// `ccpstn take`: be the subscriber whom the switch calls.
#include <cstdio>
#include <memory>
#include <set>

#include "base/text.h"
#include "verbs.h"
#include "watch.h"

namespace hotline::pstn {

namespace {

struct Options {
  std::string number, answer_after = "1s";
  int64_t refuse = 0, calls = 1;
  bool ring = false, tones = false, json = false;
  ActSpec act;
};

class Subscriber {
 public:
  explicit Subscriber(const Options& options) : options_(options), watch_([this](const auto& e) { saw(e); }) {}

  int run(const wire::Json& rule) {
    watch_.on_stop([this] { leave(any_ ? 0 : 1); });
    watch_.ask("take", rule, [this](Result<wire::Json> reply) {
      if (!reply) return watch_.fail(reply.error());
      rule_ = wire::integer(*reply, "rule");
      watch_.keep_alive(rule_);
      if (!options_.json) std::fprintf(stderr, "ccpstn: waiting for calls to '%s'\n", options_.number.c_str());
    });
    return watch_.run();
  }

 private:
  void saw(const wire::Json& event) {
    const int64_t line = wire::integer(event, "line");
    const std::string what = wire::text(event, "event");
    if (what == "pstn.offered" && rule_ != 0 && wire::integer(event, "rule") == rule_) {
      lines_.insert(line);
      say(event, "is called by " + caller_text(wire::text(event, "from")) + " on " + wire::text(event, "endpoint"));
    }
    if (!lines_.count(line)) return;
    if (what == "pstn.answered") say(event, "answers");
    if (what == "pstn.keys") say(event, "presses " + wire::text(event, "keys"));
    if (what == "pstn.fax") say(event, "page " + std::to_string(wire::integer(event, "pages")) + " of the fax is there");
    if (what != "pstn.ended") return;
    if (event.contains("fax")) say(event, fax_text(event["fax"]));
    any_ = any_ || wire::boolean(event, "answered");
    say(event, "ended: cause " + std::to_string(wire::integer(event, "cause")) + " " + wire::text(event, "cause_text"));
    if (options_.json) {
      wire::Json row = {{"format", 1}};
      row.update(event);
      std::printf("%s\n", wire::dump(row).c_str());
      std::fflush(stdout);
    }
    lines_.erase(line);
    if (++ended_ == options_.calls) leave(any_ ? 0 : 1);
  }

  void leave(int status) {
    if (rule_ == 0) return watch_.finish(status);
    watch_.ask("untake", {{"rule", rule_}}, [this, status](const auto&) { watch_.finish(status); });
  }

  void say(const wire::Json& event, const std::string& what) const {
    if (options_.json) return;
    std::printf("line %lld  %s\n", static_cast<long long>(wire::integer(event, "line")), what.c_str());
    std::fflush(stdout);
  }

  const Options& options_;
  int64_t rule_ = 0, ended_ = 0;
  bool any_ = false;
  std::set<int64_t> lines_;
  Watch watch_;
};

int take(const Options& options) {
  auto after = parse_duration(options.answer_after);
  if (!after) return cli::fail(after.error().code, "--answer-after: " + after.error().text);
  if (options.refuse != 0 && options.ring) return cli::fail(Errc::usage, "--refuse or --ring, not both");
  if (options.refuse < 0 || options.refuse > 127) return cli::fail(Errc::usage, "--refuse: a cause is 1 to 127");
  auto act = check_act(options.act);
  if (!act) return cli::fail(act.error());
  wire::Json rule = to_json(*act);
  rule["number"] = options.number;
  rule["does"] = options.refuse != 0 ? "refuse" : options.ring ? "ring" : "answer";
  rule["after_ms"] = std::chrono::duration_cast<milliseconds>(*after).count();
  if (options.refuse != 0) rule["cause"] = options.refuse;
  rule["tones"] = options.tones;
  if (options.calls > 0) rule["calls"] = options.calls;
  return Subscriber(options).run(rule);
}

}  // namespace

void add_take(cli::App& app) {
  auto options = std::make_shared<Options>();
  auto& verb =
      app.verb("take", "be called by the switch: answer, refuse or let it ring", [options] { return take(*options); });
  verb.option("--number", options->number, "calls to numbers that begin so (all)")
      .option("--answer-after", options->answer_after, "let it ring so long (1s)")
      .option("--refuse", options->refuse, "refuse with this Q.850 cause")
      .flag("--tones", options->tones, "a refusal is heard, too: busy or congestion tone")
      .flag("--ring", options->ring, "never answer")
      .option("--connected", options->act.connected, "the number that the caller is told to have reached")
      .option("--charge", options->act.charge, "advice of charge: units (3), money (0.35CNY) or free")
      .option("--calls", options->calls, "end after so many (1); 0: go on until interrupted")
      .flag("--json", options->json, "one JSON object for each call when it has ended");
  add_act_options(verb, options->act);
}

}  // namespace hotline::pstn
