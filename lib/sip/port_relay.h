// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/fd.h"
#include "base/loop.h"
#include "base/result.h"

namespace hotline::sip {

/// The first Via of a response with another address in `received` and `rport` (RFC 3581 §4), as a phone must see it that
/// is answered by a stack to which its request was handed on. `rport` is touched only where it stands. Empty when
/// `message` is no response with a Via.
std::string with_source(std::string_view message, const std::string& address, uint16_t port);

/// What tells one request from another in an answer to it: sent-by and branch of the first Via (RFC 3261 §17.2.3), and
/// the same of a response. Empty when there is no Via.
std::string via_key(std::string_view message);

/// Hands datagrams on to another stack on this machine and its answers back to where the requests came from. The other
/// one sees our loopback socket as the source, so its answers come here; the phone sees them come from `public_fd`.
/// Nothing of a message is changed on its way there, so that a CANCEL meets its INVITE. Remembers where requests came
/// from for 64·T1, 4096 at most; beyond them the oldest is forgotten, and its phone repeats.
class PortRelay {
 public:
  /// `public_fd` stays its owner's and must outlive this.
  static Result<std::unique_ptr<PortRelay>> open(Loop& loop, uint16_t to_port, int public_fd);

  void forward(std::string_view message, const sockaddr_in& source);
  uint64_t forwarded() const { return forwarded_; }

 private:
  struct Asked {
    sockaddr_in source;
    Instant at;
  };
  PortRelay() = default;
  void take_answers();
  void forget_old(Instant now);

  Fd socket_;
  int public_fd_ = -1;
  uint64_t forwarded_ = 0;
  std::unordered_map<std::string, Asked> asked_;
  std::deque<std::string> order_;
  Loop::Handle watch_;
};

}  // namespace hotline::sip
