// SPDX-License-Identifier: GPL-2.0-or-later
// What a node has others do: record, transfer, fax, call back, look up. Each is begun, follows the switch's events of
// its call, and comes to one result; dropped before that, it ends what it began.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/loop.h"
#include "flow/step.h"
#include "wire/wire.h"

namespace hotline::ccivr {

/// What the daemon needs of the world. Callbacks come later, never from within.
struct Doors {
  using Answered = std::function<void(Result<wire::Reply>)>;
  using Found = std::function<void(const std::string& result, flow::Tags tags)>;
  /// Commands ccswitchd.
  std::function<void(const std::string& verb, const wire::Json& body, Answered answered)> ask;
  std::function<void(wire::Event event)> emit;
  std::function<Loop::Handle(microseconds span, std::function<void()> due)> after;
  /// Asks the controller of queues.
  std::function<void(const std::string& verb, const wire::Json& body, Answered answered)> ask_queues = {};
  /// Results of a look-up node. What is returned keeps it alive: dropped, nobody waits for it any more.
  std::function<std::shared_ptr<void>(const std::string& name, const flow::Tags& parameters, microseconds timeout,
                                      Found found)>
      look_up = {};
  /// Has a text spoken: the name of a file that the switch can play.
  std::function<std::shared_ptr<void>(const std::string& language, const std::string& text,
                                      std::function<void(Result<std::string>)> spoken)>
      speak = {};
  /// Keeps what is recorded, also when the recorder has done with it: the name of a file that the switch can play.
  std::function<Result<std::string>(const std::string& spool_file)> keep = {};
  /// Puts what keep() kept into a mailbox: its name from then on.
  std::function<Result<std::string>(const std::string& file, const std::string& mailbox)> deposit = {};
  /// Lets go of what keep() kept.
  std::function<void(const std::string& file)> drop = {};
  /// The moment, the site's zone and its calendars.
  std::function<flow::World()> world = [] { return flow::plain_world(); };
};

class Work : public std::enable_shared_from_this<Work> {
 public:
  using Done = std::function<void(const std::string& result, const flow::Tags& tags)>;
  virtual ~Work() = default;
  virtual void begin() = 0;
  /// An event of ccswitchd about the call.
  virtual void follow(const wire::Event&) {}
};

struct Order {
  std::string call, leg;
  const flow::Node* node;
  std::string subject;  ///< Action::text
  flow::Tags with;      ///< Action::tags
  std::string caller;
};

/// `done` is called once at most, later than begin(), and not after the work was dropped. Null for a node that has
/// none.
std::shared_ptr<Work> make_work(Order order, const Doors& doors, Work::Done done);

/// The transfer of a call whose other leg was there before us: after our own death.
std::shared_ptr<Work> resumed_transfer(Order order, const Doors& doors, Work::Done done, const std::string& party,
                                       bool talks);

}  // namespace hotline::ccivr
