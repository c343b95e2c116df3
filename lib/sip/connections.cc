// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/connections.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "base/log.h"
#include "base/text.h"

namespace hotline::sip {
namespace {

std::string peer_text(const sockaddr_in& peer) {
  char text[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text);
  return text;
}

std::vector<int> open_descriptors() {
  std::vector<int> list;
  std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir("/proc/self/fd"), ::closedir);
  while (dirent* entry = dir ? ::readdir(dir.get()) : nullptr)
    if (auto fd = parse_int(entry->d_name)) list.push_back(static_cast<int>(*fd));
  return list;
}

}  // namespace

std::vector<int> Connections::too_many(std::vector<One> all, int all_max, int address_max) {
  std::set<int> gone;
  for (const auto& one : all)
    if (one.mute && one.age_ms > std::chrono::duration_cast<milliseconds>(kMute).count()) gone.insert(one.fd);
  std::sort(all.begin(), all.end(), [](const One& a, const One& b) { return a.age_ms > b.age_ms; });
  std::map<std::string, int> of_address;
  for (const auto& one : all)
    if (!gone.count(one.fd) && ++of_address[one.address] > address_max) gone.insert(one.fd);
  std::stable_sort(all.begin(), all.end(), [](const One& a, const One& b) {
    return std::pair(a.mute, a.idle_ms) > std::pair(b.mute, b.idle_ms);
  });
  auto left = static_cast<int64_t>(all.size() - gone.size());
  for (const auto& one : all)
    if (left > all_max && gone.insert(one.fd).second) --left;
  return {gone.begin(), gone.end()};
}

std::vector<Connections::One> Connections::look(Instant now) {
  std::vector<One> list;
  std::map<int, Seen> seen;
  for (int fd : open_descriptors()) {
    sockaddr_in own{}, peer{};
    socklen_t length = sizeof own;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length) != 0 || own.sin_family != AF_INET) continue;
    int port = ntohs(own.sin_port);
    if (port != config_.port && port != config_.tls.port) continue;
    tcp_info info{};
    length = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) != 0) continue;
    length = sizeof info;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) continue;  // UDP
    std::string name = peer_text(peer) + ":" + std::to_string(ntohs(peer.sin_port));
    auto old = seen_.find(fd);
    Instant first = old == seen_.end() || old->second.peer != name ? now : old->second.first;
    seen[fd] = {name, first};
    One one;
    one.fd = fd;
    one.address = peer_text(peer);
    one.idle_ms = info.tcpi_last_data_recv;
    one.mute = info.tcpi_bytes_received == 0;
    one.age_ms = std::chrono::duration_cast<milliseconds>(now - first).count();
    list.push_back(one);
  }
  seen_ = std::move(seen);
  return list;
}

void Connections::sweep(Instant now) {
  for (int fd : too_many(look(now), config_.connections_max, config_.connections_address_max)) {
    (void)::shutdown(fd, SHUT_RDWR);  // Sofia sees its end and closes it
    ++closed_;
  }
  if (closed_ == 0 || now - logged_ < std::chrono::minutes(1)) return;
  log_warning("sip: connections closed because there were too many, or they said nothing: " + std::to_string(closed_));
  logged_ = now;
  closed_ = 0;
}

}  // namespace hotline::sip
