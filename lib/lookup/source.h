// SPDX-License-Identifier: GPL-2.0-or-later
// The seam between the look-ups (lookups.cc: names, bounds, time-outs, circuits) and what they ask (a file each).
// Inside the room only.
#pragma once

#include <functional>
#include <memory>

#include "base/loop.h"
#include "conf/instance.h"
#include "lookup/definition.h"
#include "lookup/outcome.h"

namespace hotline::lookup {

/// A question that is on its way. Ends when it goes: nothing is called afterwards, nothing is waited for.
class Run {
 public:
  virtual ~Run() = default;
};

class Source {
 public:
  using Done = std::function<void(const Outcome&)>;
  virtual ~Source() = default;

  /// Asks, for at most `left`; the engine has a timer of its own and ends the run when it is due. `parameters` are
  /// those declared, with good values. `done` is called once, now or later, on the loop's thread; then, or at any time,
  /// the run is destroyed, though not from within `done`.
  virtual std::unique_ptr<Run> ask(const Fields& parameters, microseconds left, Done done) = 0;
  /// Whether it could be asked, without asking it: found or failed, and what was seen in `text`.
  virtual std::unique_ptr<Run> reach(microseconds left, Done done) = 0;
};

/// `show_stderr`: what programs say there goes to ours, instead of nowhere.
std::unique_ptr<Source> make_sql_source(Loop& loop, const Definition& definition);
std::unique_ptr<Source> make_pin_source(Loop& loop, const Definition& definition);
std::unique_ptr<Source> make_program_source(Loop& loop, const Definition& definition, bool show_stderr);
std::unique_ptr<Source> make_http_source(Loop& loop, const Definition& definition);
std::unique_ptr<Source> make_tcp_source(Loop& loop, const Definition& definition);
std::unique_ptr<Source> make_udp_source(Loop& loop, const Definition& definition);

}  // namespace hotline::lookup
