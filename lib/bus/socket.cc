// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/socket.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <cerrno>
#include <mutex>

#include "base/require.h"
#include "base/text.h"
#include "wire/wire.h"

namespace hotline::bus {

// At the default bound of 1000 a burst of events lost 95 % on its way to eight followers; these hold half a minute of a
// city's traffic and still bound the memory.
static constexpr int kEventsMax = 100000, kCommandsMax = 20000;
// A peer that was stopped is noticed within 1.2 s; one that was killed at once.
static constexpr int kHeartbeatMs = 300, kHeartbeatTimeoutMs = 900;
// The last events and replies of a daemon that ends are given this long to leave.
static constexpr int kLingerMs = 200;
// Above the wire's own bound, so that a message that is too long is answered instead of cutting the connection.
static constexpr int64_t kFrameBytesMax = 4 * static_cast<int64_t>(wire::kMessageBytesMax);

/// One context (one I/O thread) for all sockets of the process, as long as there are any.
static std::shared_ptr<void> shared_context() {
  static std::mutex lock;
  static std::weak_ptr<void> living;
  std::lock_guard guard(lock);
  auto context = living.lock();
  if (!context) {
    context = std::shared_ptr<void>(zmq_ctx_new(), [](void* dead) { zmq_ctx_term(dead); });
    require(context);
    living = context;
  }
  return context;
}

static void set(void* socket, int option, int value) {
  require(zmq_setsockopt(socket, option, &value, sizeof value) == 0);
}

static int type_of(Socket::Kind kind) {
  switch (kind) {
    case Socket::Kind::router:
      return ZMQ_ROUTER;
    case Socket::Kind::dealer:
      return ZMQ_DEALER;
    case Socket::Kind::pub:
      return ZMQ_PUB;
    case Socket::Kind::sub:
      return ZMQ_SUB;
  }
  return -1;
}

/// Nobody else can guess or take it: a command is told apart by its sender's identity and its own id.
static std::string random_identity() {
  uint8_t octets[16];
  require(::getentropy(octets, sizeof octets) == 0);
  return "d" + hex(octets);
}

Socket::Socket(Kind kind) : context_(shared_context()), socket_(zmq_socket(context_.get(), type_of(kind))) {
  require(socket_);
  bool events = kind == Kind::pub || kind == Kind::sub;
  set(socket_, ZMQ_SNDHWM, events ? kEventsMax : kCommandsMax);
  set(socket_, ZMQ_RCVHWM, events ? kEventsMax : kCommandsMax);
  set(socket_, ZMQ_LINGER, kind == Kind::sub ? 0 : kLingerMs);
  set(socket_, ZMQ_HEARTBEAT_IVL, kHeartbeatMs);
  set(socket_, ZMQ_HEARTBEAT_TIMEOUT, kHeartbeatTimeoutMs);
  set(socket_, ZMQ_HEARTBEAT_TTL, kHeartbeatTimeoutMs);
  set(socket_, ZMQ_RECONNECT_IVL, 50);
  set(socket_, ZMQ_RECONNECT_IVL_MAX, 500);
  require(zmq_setsockopt(socket_, ZMQ_MAXMSGSIZE, &kFrameBytesMax, sizeof kFrameBytesMax) == 0);
  if (kind == Kind::router) set(socket_, ZMQ_ROUTER_HANDOVER, 1);  // a peer that reconnects keeps its name
  if (kind == Kind::dealer) {
    // Nothing waits for a peer that is not there: a command given up must not be obeyed a minute later.
    set(socket_, ZMQ_IMMEDIATE, 1);
    std::string identity = random_identity();
    require(zmq_setsockopt(socket_, ZMQ_ROUTING_ID, identity.data(), identity.size()) == 0);
  }
}

Socket::~Socket() { zmq_close(socket_); }

std::string ipc_path(const std::string& endpoint) {
  static constexpr std::string_view kScheme = "ipc://";
  return endpoint.rfind(kScheme, 0) == 0 ? endpoint.substr(kScheme.size()) : "";
}

Result<void> Socket::bind(const std::string& endpoint) {
  std::string path = ipc_path(endpoint);
  if (path.empty()) return Error{Errc::config, "cannot bind '" + endpoint + "': only ipc:// is spoken in version 1"};
  auto lock = lock_file(path + ".lock");
  if (!lock) return lock.error();
  lock_ = std::move(*lock);
  mode_t before = ::umask(0117);
  int result = zmq_bind(socket_, endpoint.c_str());
  int cause = errno;
  ::umask(before);
  if (result != 0)
    return Error{cause == EACCES ? Errc::denied : Errc::io, "cannot bind '" + path + "': " + zmq_strerror(cause)};
  if (::chmod(path.c_str(), 0660) != 0) return errno_error("cannot set the mode of '" + path + "'", errno);
  return {};
}

void Socket::connect(const std::string& endpoint) { require(zmq_connect(socket_, endpoint.c_str()) == 0); }

void Socket::subscribe(const std::string& prefix) {
  require(zmq_setsockopt(socket_, ZMQ_SUBSCRIBE, prefix.data(), prefix.size()) == 0);
}

static int get(void* socket, int option) {
  int value = 0;
  size_t size = sizeof value;
  require(zmq_getsockopt(socket, option, &value, &size) == 0);
  return value;
}

int Socket::fd() const { return get(socket_, ZMQ_FD); }
bool Socket::readable() const { return get(socket_, ZMQ_EVENTS) & ZMQ_POLLIN; }
bool Socket::writable() const { return get(socket_, ZMQ_EVENTS) & ZMQ_POLLOUT; }

bool Socket::send(std::initializer_list<std::string_view> frames) {
  size_t left = frames.size();
  for (auto frame : frames) {
    int flags = ZMQ_DONTWAIT | (--left > 0 ? ZMQ_SNDMORE : 0);
    int sent;
    do sent = zmq_send(socket_, frame.data(), frame.size(), flags);
    while (sent < 0 && errno == EINTR);
    if (sent < 0) return false;  // only the first frame can be refused: a message is taken whole or not at all
  }
  return true;
}

/// "localhost:uid:gid:pid" is what libzmq says of an ipc peer.
static int uid_of(zmq_msg_t* part) {
  const char* address = zmq_msg_gets(part, "Peer-Address");
  auto fields = split(address ? address : "", ':');
  auto uid = fields.size() == 4 ? parse_int(fields[1]) : std::nullopt;
  return uid ? static_cast<int>(*uid) : -1;
}

bool Socket::receive(Message& message) {
  message.frames.clear();
  message.count = 0;
  message.peer_uid = -1;
  for (bool more = true; more;) {
    zmq_msg_t part;
    zmq_msg_init(&part);
    int got;
    do got = zmq_msg_recv(&part, socket_, ZMQ_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
      zmq_msg_close(&part);
      return false;
    }
    if (message.count++ < kFramesMax)
      message.frames.emplace_back(static_cast<const char*>(zmq_msg_data(&part)), zmq_msg_size(&part));
    if (message.count == 2) message.peer_uid = uid_of(&part);
    more = zmq_msg_more(&part);
    zmq_msg_close(&part);
  }
  return true;
}

}  // namespace hotline::bus
