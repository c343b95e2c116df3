// SPDX-License-Identifier: GPL-2.0-or-later
// Inside room bus: one ZeroMQ socket as the rest of the room wants it. zmq.h is included by socket.cc alone.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hotline::bus {

/// Frames of one message; those above kFramesMax are read and forgotten (`count` still counts them).
struct Message {
  std::vector<std::string> frames;
  size_t count = 0;
  int peer_uid = -1;  ///< the sender's Unix user on ipc, -1 when unknown
};
inline constexpr size_t kFramesMax = 8;

/// Not thread-safe. Never blocks but for `linger` when it goes.
class Socket {
 public:
  enum class Kind { router, dealer, pub, sub };
  explicit Socket(Kind kind);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// Takes the flock on "<path>.lock" first, because a second bind on a live ipc path succeeds and steals it. The
  /// socket's mode is 0660. A dead process's socket file is replaced.
  Result<void> bind(const std::string& endpoint);
  /// The peer need not be there yet; reconnects for ever.
  void connect(const std::string& endpoint);
  void subscribe(const std::string& prefix);

  /// For the loop. Edge-triggered (zmq_getsockopt(3), ZMQ_FD): when it fires, receive until false; and look at
  /// readable() after every send, for the send may have eaten the edge.
  int fd() const;
  bool readable() const;
  bool writable() const;

  /// False when it cannot be sent now (nobody connected, or the bound is reached).
  bool send(std::initializer_list<std::string_view> frames);
  /// False when there is no message now.
  bool receive(Message& message);

 private:
  std::shared_ptr<void> context_;
  void* socket_ = nullptr;
  Fd lock_;
};

/// The Unix socket's path of "ipc://path"; "" for another transport.
std::string ipc_path(const std::string& endpoint);

}  // namespace hotline::bus
