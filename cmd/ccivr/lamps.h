// SPDX-License-Identifier: GPL-2.0-or-later
// The lamps of telephones that tell of messages, by the switch's `mwi`. The switch is told what changed, one command at
// a time for a phone, again every few seconds while it does not answer, and nothing more once it said no (it has no
// such phone).
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "message_book.h"
#include "works.h"

namespace hotline::ccivr {

inline constexpr seconds kLampRetryAfter(5);

class Lamps {
 public:
  using Ask = std::function<void(const std::string& verb, const wire::Json& body, Doors::Answered answered)>;
  using After = std::function<Loop::Handle(microseconds span, std::function<void()> due)>;
  /// Neither calls back from within. No answer comes after the Lamps are gone.
  Lamps(Ask ask, After after) : ask_(std::move(ask)), after_(std::move(after)) {}

  /// How it should be now. A phone that was there the last time and is not any more has no messages.
  void show(std::map<std::string, MessageBook::Count> counts);

 private:
  void tell(const std::string& phone);
  void told(const std::string& phone, MessageBook::Count count, const Result<wire::Reply>& reply);

  Ask ask_;
  After after_;
  std::map<std::string, MessageBook::Count> wanted_, known_;  // known: what the switch has said yes, or no, to
  std::set<std::string> asking_;
  Loop::Handle again_;
};

}  // namespace hotline::ccivr
