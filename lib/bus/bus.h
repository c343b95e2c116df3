// SPDX-License-Identifier: GPL-2.0-or-later
// Room bus: cc-wire over ZeroMQ (ccwire(7)): ask and answer, publish and follow. The only includer of zmq.h (in
// socket.cc). Refuses to know what verbs and events mean.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/loop.h"
#include "base/result.h"
#include "wire/wire.h"

namespace hotline::bus {

/// Takes commands on a ROUTER socket. A repetition of (sender, id) is answered from the last 1024 replies without
/// calling the handler again. A handler that throws is answered for: `bad-request` for a JSON type error, else
/// `internal`. `bind` needs the endpoint's lock file (a second bind would steal the path): `again` when
/// another process holds it.
class Server {
 public:
  /// `peer_uid` is the sender's Unix user, or -1 when unknown.
  using Handler = std::function<wire::Reply(const std::string& verb, const wire::Json& body, int peer_uid)>;
  static Result<std::unique_ptr<Server>> bind(Loop& loop, const std::string& endpoint, Handler handler);

  /// For answers that take time: the handler returns nullopt and calls `later` once, on the loop's thread; after the
  /// server is gone it does nothing. A repetition that comes before the answer is passed over. At most 1024 may be on
  /// their way; what comes beyond them gets `busy`.
  using Later = std::function<void(wire::Reply)>;
  using SlowHandler = std::function<std::optional<wire::Reply>(const std::string& verb, const wire::Json& body,
                                                               int peer_uid, Later later)>;
  static Result<std::unique_ptr<Server>> bind_slow(Loop& loop, const std::string& endpoint, SlowHandler handler);
  virtual ~Server() = default;
  /// Messages that were no command of this version.
  virtual int64_t dropped() const = 0;
};

/// Publishes events; never blocks. HWM is bounded; a slow reader loses events and sees the gap in their numbers.
class Publisher {
 public:
  static Result<std::unique_ptr<Publisher>> bind(const std::string& endpoint);
  virtual ~Publisher() = default;
  virtual void publish(const std::string& topic, int64_t number, const std::string& line) = 0;
};

/// Sends commands to one daemon; reconnects for ever. Each is repeated unchanged after 500 ms, six times at most, then
/// the callback gets `unavailable`. At most 10,000 are open at once (`again`). Callbacks come on the loop's thread, in
/// any order, exactly once each; none comes after the Asker is gone.
class Asker {
 public:
  using Answered = std::function<void(Result<wire::Reply>)>;
  static std::unique_ptr<Asker> connect(Loop& loop, const std::string& endpoint);
  virtual ~Asker() = default;
  virtual void ask(const std::string& verb, const wire::Json& body, Answered answered) = 0;
};

/// One question of a tool, with its answer; `unavailable` (with "is ccX running?") after `patience`.
Result<wire::Reply> ask(const std::string& endpoint, const std::string& verb, const wire::Json& body,
                        milliseconds patience = milliseconds(3000));

/// Follows the events of one or more publishers, all topics or those with a prefix. Reconnects for ever.
/// `on_gap(from, expected, got)`: numbers were missed, or the publisher started anew: ask for a snapshot. Called before
/// the event that showed it. With a topic prefix gaps cannot be told and on_gap is not called.
class Follower {
 public:
  using OnEvent = std::function<void(const wire::Event& event, const std::string& line)>;
  using OnGap = std::function<void(const std::string& endpoint, int64_t expected, int64_t got)>;
  static std::unique_ptr<Follower> connect(Loop& loop, const std::vector<std::string>& endpoints,
                                           const std::string& prefix, OnEvent on_event, OnGap on_gap);
  virtual ~Follower() = default;
  /// Messages that were no event.
  virtual int64_t dropped() const = 0;
};

}  // namespace hotline::bus
