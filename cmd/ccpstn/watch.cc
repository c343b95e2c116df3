// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch.h"

#include <csignal>

#include "base/text.h"
#include "conf/instance.h"

namespace hotline::pstn {

namespace {

constexpr milliseconds kLookEvery{50};

}  // namespace

Watch::Watch(OnEvent on_event) : on_event_(std::move(on_event)) {
  signals_[0] = loop_.on_signal(SIGINT, [this] { signalled(); });
  signals_[1] = loop_.on_signal(SIGTERM, [this] { signalled(); });
  asker_ = bus::Asker::connect(loop_, conf::Instance::from_environment().command_endpoint("ccpstn"));
}

void Watch::signalled() {
  if (stopping_ || !stop_) return finish(128 + SIGINT);
  stopping_ = true;
  stop_();
}

void Watch::ask(const std::string& verb, const wire::Json& body, Answered answered) {
  asker_->ask(verb, body, [answered = std::move(answered)](Result<wire::Reply> reply) {
    if (!reply) return answered(reply.error());
    if (!reply->ok) return answered(error_of(*reply));
    answered(std::move(reply->body));
  });
}

// The first look learns where the events stand; what is asked for before its answer happens after that.
int Watch::run() {
  look();
  timer_ = loop_.every(kLookEvery, [this] { look(); });
  loop_.run();
  return status_.value_or(0);
}

void Watch::look() {
  if (looking_) return;
  looking_ = true;
  wire::Json body = wire::Json::object();
  if (after_ >= 0) body["after"] = after_;
  if (rule_ != 0) body["rule"] = rule_;
  asker_->ask("progress", body, [this](Result<wire::Reply> reply) { looked(reply); });
}

void Watch::looked(const Result<wire::Reply>& reply) {
  looking_ = false;
  if (status_) return;
  if (!reply) return fail(reply.error());
  if (!reply->ok) return fail(error_of(*reply));
  const int64_t pid = wire::integer(reply->body, "pid");
  if (pid_ != 0 && pid != pid_) return fail({Errc::unavailable, "ccpstn was started anew; the calls are gone"});
  pid_ = pid;
  after_ = wire::integer(reply->body, "n");
  for (const auto& event : wire::member(reply->body, "events")) {
    if (!status_) on_event_(event);
  }
}

void Watch::finish(int status) {
  if (!status_) status_ = status;
  loop_.stop();
}

void Watch::fail(const Error& error) {
  if (!status_) finish(cli::fail(error));
}

void add_act_options(cli::Verb& verb, ActSpec& act) {
  verb.option("--say", act.say, "WAV that the far end hears, again and again: from the answer, or after the first keys")
      .flag("--once", act.once, "say it once only")
      .flag("--early", act.early, "say and hear before the answer, too")
      .option("--keys", act.keys, "keys and waits from the answer on: w2s,1,w500ms,23#")
      .option("--hear", act.hear, "WAV to be made of what came from the far end")
      .option("--fax-send", act.fax_send, "instead of all that, send this TIFF file as a fax, then hang up")
      .option("--fax-receive", act.fax_receive, "or receive one, into this folder")
      .option("--fax-station", act.fax_station, "our number, as the fax machine at the other end shows it")
      .option("--for", act.stay, "hang up so long after the answer, or without one (30s)");
}

std::string fax_text(const wire::Json& fax) {
  std::string result = wire::text(fax, "result");
  return "the fax " + (result == "ok" ? std::string("is over") : "has " + result) + ": " + std::to_string(wire::integer(fax, "pages")) +
         " pages, " + wire::text(fax, "text");
}

std::string caller_text(const std::string& number) { return number.empty() ? "withheld" : mask_number(number); }

}  // namespace hotline::pstn
