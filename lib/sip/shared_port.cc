// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/shared_port.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "base/text.h"

/// Sofia asks this function of its own for every socket, and the program's stands before the library's. Ours differs in
/// one thing: a UDP socket may share its address with another that says so too (SO_REUSEADDR, socket(7)); Linux gives
/// each datagram to the one that was bound last, and to the other again when that is gone. An ordinary start is as
/// strict as ever: it probes the port without the option.
extern "C" int su_socket(int family, int type, int protocol) {
  int fd = ::socket(family, type | SOCK_CLOEXEC, protocol);
  int one = 1;
  if (fd >= 0 && type == SOCK_DGRAM) (void)::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  return fd;
}

namespace hotline::sip {

namespace {

int option(int fd, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
}

/// Every socket of this process that is bound to an IP address.
void each_ip_socket(const std::function<void(int fd, const sockaddr_storage& name)>& tell) {
  std::error_code ignored;
  std::vector<int> open;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored))
    open.push_back(static_cast<int>(parse_int(entry.path().filename().string()).value_or(-1)));
  for (int fd : open) {
    sockaddr_storage name{};
    socklen_t length = sizeof name;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) != 0) continue;
    if (name.ss_family == AF_INET || name.ss_family == AF_INET6) tell(fd, name);
  }
}

}  // namespace

int udp_socket_at(const std::string& address, uint16_t port) {
  in_addr wanted{};
  if (::inet_pton(AF_INET, address.c_str(), &wanted) != 1) return -1;
  int found = -1;
  each_ip_socket([&](int fd, const sockaddr_storage& name) {
    const auto& at = reinterpret_cast<const sockaddr_in&>(name);
    bool here = name.ss_family == AF_INET && at.sin_addr.s_addr == wanted.s_addr && ntohs(at.sin_port) == port;
    if (here && option(fd, SO_TYPE) == SOCK_DGRAM) found = fd;
  });
  return found;
}

void stop_listening() {
  each_ip_socket([](int fd, const sockaddr_storage&) {
    if (option(fd, SO_ACCEPTCONN) != 1) return;
    // The last reference to the listening socket goes: it leaves its port and every epoll set.
    Fd silent(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (silent) (void)::dup3(silent.get(), fd, O_CLOEXEC);
  });
}

}  // namespace hotline::sip
