// SPDX-License-Identifier: GPL-2.0-or-later
#include "link.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hotline::ccswitchd {

namespace {

constexpr size_t kHeadBytes = 4;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Error{Errc::config, "'" + path + "' is too long for a socket"};
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Result<Fd> stream() {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno_error("cannot make a socket", errno);
  return fd;
}

std::string framed(const wire::Json& message) {
  std::string text = wire::dump(message), head(kHeadBytes, '\0');
  for (size_t i = 0; i < kHeadBytes; ++i) head[i] = static_cast<char>(text.size() >> 8 * (kHeadBytes - 1 - i));
  return head + text;
}

size_t length_of(const char* head) {
  size_t length = 0;
  for (size_t i = 0; i < kHeadBytes; ++i) length = length << 8 | static_cast<uint8_t>(head[i]);
  return length;
}

/// wire::parse is bounded at the wire's own length; a message holds one of the wire's and a little more.
Result<wire::Json> parsed(const std::string& text) {
  auto json = wire::Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return Error{Errc::bad_data, "the other ccswitchd sent no object"};
  return json;
}

/// Waits until `fd` is ready for `events`; false when `end` came first.
bool wait_until(int fd, short events, Instant end) {
  auto left = std::chrono::ceil<milliseconds>(end - monotonic_now()).count();
  pollfd ready{fd, events, 0};
  return left > 0 && ::poll(&ready, 1, static_cast<int>(left)) > 0;
}

Result<void> read_exactly(int fd, char* into, size_t bytes, Instant end) {
  for (size_t done = 0; done < bytes;) {
    ssize_t got = ::read(fd, into + done, bytes - done);
    if (got == 0) return Error{Errc::unavailable, "the other ccswitchd has gone"};
    if (got > 0)
      done += static_cast<size_t>(got);
    else if (errno != EAGAIN && errno != EINTR)
      return errno_error("cannot read from the other ccswitchd", errno);
    else if (!wait_until(fd, POLLIN, end))
      return Error{Errc::unavailable, "the other ccswitchd does not answer"};
  }
  return {};
}

}  // namespace

Result<Fd> listen_link(const std::string& path) {
  auto address = address_of(path);
  if (!address) return address.error();
  auto fd = stream();
  if (!fd) return fd.error();
  (void)::unlink(path.c_str());
  mode_t before = ::umask(0117);
  int result = ::bind(fd->get(), reinterpret_cast<sockaddr*>(&*address), sizeof *address);
  int cause = errno;
  ::umask(before);
  if (result != 0) return errno_error("cannot bind '" + path + "'", cause);
  if (::listen(fd->get(), 1) != 0) return errno_error("cannot listen on '" + path + "'", errno);
  return fd;
}

Result<Fd> connect_link(const std::string& path) {
  auto address = address_of(path);
  if (!address) return address.error();
  auto fd = stream();
  if (!fd) return fd.error();
  if (::connect(fd->get(), reinterpret_cast<sockaddr*>(&*address), sizeof *address) != 0)
    return Error{Errc::unavailable, "nobody listens on '" + path + "': " + errno_text(errno)};
  return fd;
}

Result<void> write_message(int fd, const wire::Json& message, milliseconds patience) {
  Instant end = monotonic_now() + patience;
  std::string text = framed(message);
  for (size_t done = 0; done < text.size();) {
    ssize_t put = ::send(fd, text.data() + done, text.size() - done, MSG_NOSIGNAL);
    if (put >= 0)
      done += static_cast<size_t>(put);
    else if (errno != EAGAIN && errno != EINTR)
      return errno_error("cannot write to the other ccswitchd", errno);
    else if (!wait_until(fd, POLLOUT, end))
      return Error{Errc::unavailable, "the other ccswitchd does not read"};
  }
  return {};
}

Result<wire::Json> read_message(int fd, milliseconds patience) {
  Instant end = monotonic_now() + patience;
  char head[kHeadBytes];
  if (auto read = read_exactly(fd, head, kHeadBytes, end); !read) return read.error();
  if (length_of(head) > kLinkBytesMax) return Error{Errc::bad_data, "a message of the other ccswitchd is too long"};
  std::string text(length_of(head), '\0');
  if (auto read = read_exactly(fd, text.data(), text.size(), end); !read) return read.error();
  return parsed(text);
}

Link::Link(Loop& loop, Fd fd, std::function<void(wire::Json)> on_message, std::function<void()> on_closed)
    : loop_(loop), fd_(std::move(fd)), on_message_(std::move(on_message)), on_closed_(std::move(on_closed)) {
  (void)::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
  reading_ = loop_.watch(fd_.get(), EPOLLIN, [this](uint32_t) { read(); });
}

void Link::send(const wire::Json& message) {
  if (!fd_) return;
  out_ += framed(message);
  if (!writing_) write();
}

void Link::write() {
  while (!out_.empty()) {
    ssize_t put = ::send(fd_.get(), out_.data(), out_.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) {
      // epoll takes a descriptor once: the watch for writing has a copy of its own.
      if (!writing_) {
        write_fd_ = Fd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
        writing_ = loop_.watch(write_fd_.get(), EPOLLOUT, [this](uint32_t) { write(); });
      }
      return;
    }
    if (put < 0) return close();
    out_.erase(0, static_cast<size_t>(put));
  }
  writing_.cancel();
  write_fd_.reset();
  if (room_) room_();
}

void Link::read() {
  char buffer[65536];
  ssize_t got = ::read(fd_.get(), buffer, sizeof buffer);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return close();
  in_.append(buffer, static_cast<size_t>(got));
  size_t at = 0;
  while (fd_ && in_.size() - at >= kHeadBytes) {
    size_t length = length_of(in_.data() + at);
    if (length > kLinkBytesMax) return close();
    if (in_.size() - at - kHeadBytes < length) break;
    auto message = parsed(in_.substr(at + kHeadBytes, length));
    at += kHeadBytes + length;
    if (!message) return close();
    on_message_(std::move(*message));
  }
  in_.erase(0, at);
}

void Link::close() {
  if (!fd_) return;
  reading_.cancel();
  writing_.cancel();
  write_fd_.reset();
  fd_.reset();
  out_.clear();
  // A copy: it may destroy us, and what it is made of with us.
  closing_ = loop_.after(microseconds(0), [closed = on_closed_] { closed(); });
}

}  // namespace hotline::ccswitchd
