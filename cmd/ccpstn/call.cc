// SPDX-License-Identifier: GPL-2.0-or-later
// `ccpstn call`: one subscriber rings in, or a batch of them.
#include <cstdio>
#include <map>
#include <memory>

#include "base/fd.h"
#include "base/text.h"
#include "batch.h"
#include "cli/output.h"
#include "verbs.h"
#include "watch.h"

namespace hotline::pstn {

namespace {

struct Options {
  CallSpec call;
  std::string batch;
  cli::Listing listing{{{"line", "LINE", true},
                        {"from", "FROM"},
                        {"to", "TO"},
                        {"endpoint", "CHANNEL"},
                        {"answered", "ANSWERED"},
                        {"setup_ms", "SET-UP", true},
                        {"up_ms", "TALKED", true},
                        {"cause", "CAUSE", true},
                        {"cause_text", ""},
                        {"by", "BY"},
                        {"heard", ""},
                        {"fax_result", ""},
                        {"fax_pages", "", true},
                        {"fax_text", ""}}};
};

std::string seconds_text(double ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", ms / 1000);
  return text;
}

// The calls of one run of the tool, from the first to the last ending.
class Callers {
 public:
  Callers(Options& options, std::vector<CallSpec> calls)
      : options_(options), calls_(std::move(calls)), left_(calls_.size()), watch_([this](const auto& e) { saw(e); }) {}

  int run() {
    for (size_t i = 0; i < calls_.size(); i++) {
      timers_.push_back(watch_.loop().after(*parse_duration(calls_[i].after), [this, i] { place(i); }));
    }
    watch_.on_stop([this] { stop(); });
    return watch_.run();
  }

 private:
  void place(size_t index) {
    const CallSpec& call = calls_[index];
    wire::Json body = to_json(call.act);
    body["span"] = call.span;
    body["from"] = call.from;
    body["to"] = call.to;
    body["name"] = call.name;
    body["redirecting"] = call.redirecting;
    body["overlap"] = call.overlap;
    body["first"] = call.first;
    asked_++;
    watch_.ask("place", body, [this, index](Result<wire::Json> reply) { placed(index, reply); });
  }

  void placed(size_t index, const Result<wire::Json>& reply) {
    asked_--;
    if (!reply) {
      // Alone, it is the tool's failure; in a batch, this call's.
      if (calls_.size() == 1) return watch_.fail(reply.error());
      say("", "could not call: " + reply.error().text);
      return one_less();
    }
    const int64_t line = wire::integer(*reply, "line");
    calls_of_[line] = index;
    auto early = std::move(unclaimed_);
    unclaimed_.clear();
    for (const auto& event : early) saw(event);
    if (stopping_) watch_.ask("hangup", {{"line", line}}, [](const auto&) {});
  }

  // Events of other tools' calls pass by here too; those that overtook the reply to our "place" wait for it.
  void saw(const wire::Json& event) {
    const int64_t line = wire::integer(event, "line");
    if (!calls_of_.count(line)) {
      if (asked_ > 0) unclaimed_.push_back(event);
      return;
    }
    const std::string what = wire::text(event, "event");
    if (what == "pstn.dialed") say(tag(line), "rings in on " + wire::text(event, "endpoint"));
    if (what == "pstn.ringing") say(tag(line), "it rings");
    if (what == "pstn.early") say(tag(line), "there is something to hear");
    if (what == "pstn.moved") say(tag(line), "goes over " + wire::text(event, "endpoint") + " instead");
    if (what == "pstn.answered") {
      say(tag(line), "answered after " + seconds_text(static_cast<double>(wire::integer(event, "setup_us")) / 1000));
    }
    if (what == "pstn.keys") say(tag(line), "presses " + wire::text(event, "keys"));
    if (what == "pstn.fax") say(tag(line), "page " + std::to_string(wire::integer(event, "pages")) + " of the fax is there");
    if (what == "pstn.ended") ended(event);
  }

  void ended(const wire::Json& event) {
    const bool answered = wire::boolean(event, "answered");
    all_answered_ = all_answered_ && answered;
    const std::string cause = std::to_string(wire::integer(event, "cause")) + " " + wire::text(event, "cause_text");
    const std::string who = wire::text(event, "by") == "remote" ? "the far end" : "the caller";
    say(tag(wire::integer(event, "line")),
        (answered ? "ended by " + who + " after " + seconds_text(static_cast<double>(wire::integer(event, "up_ms")))
                  : "not answered") +
            ": cause " + cause);
    const wire::Json& fax = wire::member(event, "fax");
    if (!fax.is_null()) say(tag(wire::integer(event, "line")), fax_text(fax));
    if (options_.listing.for_machines()) {
      using Field = cli::Field;
      options_.listing.row({wire::integer(event, "line"), wire::text(event, "from"), wire::text(event, "to"),
                            wire::text(event, "endpoint"), answered,
                            answered ? Field(static_cast<double>(wire::integer(event, "setup_us")) / 1000) : Field(),
                            answered ? Field(wire::integer(event, "up_ms")) : Field(), wire::integer(event, "cause"),
                            wire::text(event, "cause_text"), wire::text(event, "by"),
                            event.contains("hear") ? Field(wire::text(event, "hear")) : Field(),
                            fax.is_null() ? Field() : Field(wire::text(fax, "result")),
                            fax.is_null() ? Field() : Field(wire::integer(fax, "pages")),
                            fax.is_null() ? Field() : Field(wire::text(fax, "text"))});
    }
    calls_of_.erase(wire::integer(event, "line"));
    one_less(answered);
  }

  void one_less(bool answered = false) {
    all_answered_ = all_answered_ && answered;
    if (--left_ == 0 || (stopping_ && calls_of_.empty() && asked_ == 0)) watch_.finish(all_answered_ ? 0 : 1);
  }

  // Ctrl-C: those who talk hang up, those who have not called yet do not.
  void stop() {
    stopping_ = true;
    timers_.clear();
    if (calls_of_.empty() && asked_ == 0) return watch_.finish(1);
    for (const auto& [line, index] : calls_of_) watch_.ask("hangup", {{"line", line}}, [](const auto&) {});
  }

  std::string tag(int64_t line) const {
    const CallSpec& call = calls_[calls_of_.at(line)];
    return caller_text(call.from) + " to " + mask_number(call.to);
  }

  void say(const std::string& who, const std::string& what) const {
    if (options_.listing.for_machines()) return;
    const auto ms = std::chrono::duration_cast<milliseconds>(monotonic_now() - began_).count();
    std::printf("%7s  %s%s%s\n", seconds_text(static_cast<double>(ms)).c_str(), who.c_str(), who.empty() ? "" : "  ",
                what.c_str());
    std::fflush(stdout);
  }

  Options& options_;
  const std::vector<CallSpec> calls_;
  size_t left_, asked_ = 0;
  const Instant began_ = monotonic_now();
  bool all_answered_ = true, stopping_ = false;
  std::map<int64_t, size_t> calls_of_;
  std::vector<wire::Json> unclaimed_;
  Watch watch_;
  std::vector<Loop::Handle> timers_;
};

Result<std::vector<CallSpec>> read_calls(const Options& options) {
  if (options.batch.empty()) {
    if (options.call.to.empty()) return Error{Errc::usage, "whom? give --to, or --batch"};
    auto act = check_act(options.call.act);
    if (!act) return act.error();
    CallSpec call = options.call;
    call.act = std::move(*act);
    if (auto after = parse_duration(call.after); !after) return after.error().within("--after");
    return std::vector<CallSpec>{call};
  }
  auto text = read_file(options.batch == "-" ? "/dev/stdin" : options.batch);
  if (!text) return text.error();
  return parse_batch(*text, options.batch == "-" ? "stdin" : options.batch, options.call);
}

int call(Options& options) {
  auto calls = read_calls(options);
  if (!calls) return cli::fail(calls.error());
  return Callers(options, std::move(*calls)).run();
}

}  // namespace

void add_call(cli::App& app) {
  auto options = std::make_shared<Options>();
  auto& verb = app.verb("call", "ring in to the switch, as one caller or many", [options] { return call(*options); });
  verb.option("--from", options->call.from, "the caller's number; none: withheld")
      .option("--to", options->call.to, "the number that is called")
      .option("--span", options->call.span, "over this span, or one of this group (any)")
      .option("--name", options->call.name, "the caller's name")
      .option("--redirecting", options->call.redirecting, "who passed the call on, and why: 96110:busy")
      .option("--overlap", options->call.overlap, "dial digit by digit, with such pauses: 200ms")
      .option("--first", options->call.first, "so many digits at once before that (0)")
      .option("--after", options->call.after, "wait so long before (0s)")
      .option("--batch", options->batch, "file with one call a line, each with these options; - is stdin");
  add_act_options(verb, options->call.act);
  options->listing.add_options(verb);
}

}  // namespace hotline::pstn
