// SPDX-License-Identifier: GPL-2.0-or-later
// The thread between two ccswitchd during an upgrade: JSON messages over one Unix stream, whole and in order, both ways.
// Order is what it is for: an answer never overtakes an event that was told before it.
#pragma once

#include <functional>
#include <string>

#include "base/fd.h"
#include "base/loop.h"
#include "base/result.h"
#include "wire/wire.h"

namespace hotline::ccswitchd {

/// A message is its length in four octets, the most significant first, and that many octets of JSON, 4 MiB at most.
inline constexpr size_t kLinkBytesMax = 4u << 20;

/// Binds and listens on a socket of mode 0660; a dead one's file is replaced.
Result<Fd> listen_link(const std::string& path);
/// `unavailable` when nobody listens there.
Result<Fd> connect_link(const std::string& path);

/// Before there is a loop: one message out or in, waiting at most `patience`.
Result<void> write_message(int fd, const wire::Json& message, milliseconds patience);
Result<wire::Json> read_message(int fd, milliseconds patience);

class Link {
 public:
  /// `on_message` and `on_closed` on the loop's thread; on_closed once, and nothing after it. Either may destroy the
  /// Link's owner's other things, but not the Link: post that.
  Link(Loop& loop, Fd fd, std::function<void(wire::Json)> on_message, std::function<void()> on_closed);

  void send(const wire::Json& message);
  /// Octets that wait for the other end to read; who sends much stops above kWaitingHigh and goes on from on_room.
  size_t waiting() const { return out_.size(); }
  static constexpr size_t kWaitingHigh = 1u << 20;
  void on_room(std::function<void()> room) { room_ = std::move(room); }

 private:
  void read();
  void write();
  void close();

  Loop& loop_;
  Fd fd_, write_fd_;
  std::function<void(wire::Json)> on_message_;
  std::function<void()> on_closed_, room_;
  std::string in_, out_;
  Loop::Handle reading_, writing_, closing_;
};

}  // namespace hotline::ccswitchd
