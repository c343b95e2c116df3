// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "act.h"
#include "base/loop.h"
#include "bus/bus.h"
#include "cli/app.h"
#include "wire/wire.h"

namespace hotline::pstn {

/// A tool's eye on the running exchange: commands, and the events after them, asked for twenty times a second.
///
/// Ends the loop with an error when the exchange does not answer or was started anew, because then the calls are gone.
/// INT and TERM call `on_stop`; a second one ends at once.
class Watch {
 public:
  using OnEvent = std::function<void(const wire::Json& event)>;
  using Answered = std::function<void(Result<wire::Json>)>;
  explicit Watch(OnEvent on_event);

  Loop& loop() { return loop_; }
  void ask(const std::string& verb, const wire::Json& body, Answered answered);
  /// Tells the exchange at each look that the tool with this rule is alive.
  void keep_alive(int64_t rule) { rule_ = rule; }
  void on_stop(std::function<void()> stop) { stop_ = std::move(stop); }

  /// Runs until finish() or an error: the exit status.
  int run();
  void finish(int status);
  void fail(const Error& error);

 private:
  void look();
  void looked(const Result<wire::Reply>& reply);
  void signalled();

  Loop loop_;
  OnEvent on_event_;
  std::function<void()> stop_;
  std::unique_ptr<bus::Asker> asker_;
  Loop::Handle timer_, signals_[2];
  int64_t after_ = -1, pid_ = 0, rule_ = 0;
  bool looking_ = false, stopping_ = false;
  std::optional<int> status_;
};

/// Adds --say, --keys, --hear, --for and --once to a verb.
void add_act_options(cli::Verb& verb, ActSpec& act);
/// "the fax has failed: 3 pages, The call dropped prematurely".
std::string fax_text(const wire::Json& fax);

/// The parts of every line that a tool prints.
std::string caller_text(const std::string& number);  ///< masked; "withheld" for none

}  // namespace hotline::pstn
