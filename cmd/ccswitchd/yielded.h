// SPDX-License-Identifier: GPL-2.0-or-later
// A ccswitchd that has yielded to the next: it keeps its calls to their end behind a socket of its own. The next one,
// the face, journals and publishes our events, hands us the commands that name our calls, and has all the rest. See
// relay.h for its side, ccswitchd(8) for the whole.
//
//     face -> us   {"take":true,"seen":N}        I am the face; I have journalled our events up to N
//     us -> face   {"estate":{…}}                what we still hold, and then our events from N + 1 on
//     us -> face   {"event":LINE,"n":N}          an event, numbered by us from our last journal number on
//     face -> us   {"seen":N}                    it is in the journal
//     face -> us   {"ask":K,"verb":…,"body":…}   a command;  us -> face {"answer":K,"ok":…,"body":…}
//     face -> us   {"hello":NAME}                a controller lives
//     face -> us   {"phone":ID,"at":[…]}         where a phone is now
//     face -> us   {"calls":N}                   it has so many calls of its own, for calls_max
//     face -> us   {"drain":true}                end as on SIGTERM
//     us -> face   {"span":NAME}                 it is empty and closed: yours
//     us -> face   {"done":true}                 the last call is over, all is told
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "base/loop.h"
#include "link.h"
#include "wire/wire.h"

namespace hotline::ccswitchd {

class Yielded {
 public:
  struct Hooks {
    std::function<wire::Json()> estate;
    using Later = std::function<void(wire::Reply)>;
    std::function<std::optional<wire::Reply>(const std::string& verb, const wire::Json& body, Later later)> command;
    std::function<void(const std::string& controller)> hello;
    std::function<void(const wire::Json& message)> phone;
    std::function<void(size_t calls)> calls;
    std::function<void()> drain;
  };
  /// Events that the face has not journalled yet are kept, this many octets of them; what comes beyond is lost, counted
  /// and said in the log.
  static constexpr size_t kEventBytesMax = 64u << 20;

  static Result<std::unique_ptr<Yielded>> open(Loop& loop, const std::string& path, Hooks hooks);
  ~Yielded();

  /// All is let go of: a face may come. `last` is our last number in the journal.
  void ready(int64_t last);
  /// Numbers the event and tells the face, now or when there is one.
  int64_t take(wire::Event event);
  void span_free(const std::string& span);
  void done();
  bool all_told() const { return events_.empty(); }
  bool has_face() const { return face_ != nullptr && taken_; }

 private:
  Yielded(Loop& loop, std::string path, Hooks hooks) : loop_(loop), path_(std::move(path)), hooks_(std::move(hooks)) {}
  void accept();
  void hear(const wire::Json& message);
  void take_over(int64_t seen);
  void seen(int64_t number);
  void tell_events();

  struct Told {
    int64_t number;
    std::string line;
  };
  Loop& loop_;
  std::string path_;
  Hooks hooks_;
  Fd listener_;
  Loop::Handle watch_;
  std::unique_ptr<Link> face_;
  bool ready_ = false, taken_ = false, done_ = false;
  std::optional<int64_t> waiting_face_;  ///< it asked before we were ready
  int64_t last_ = 0, lost_ = 0;
  std::deque<Told> events_;
  size_t bytes_ = 0, sent_ = 0;  ///< octets in events_; how many of them have been sent to this face
};

}  // namespace hotline::ccswitchd
