// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/fd.h"

namespace hotline::lookup {

/// A host on loopback, in a thread of its own: real sockets, whose answers a test writes. TCP, or UDP.
class Server {
 public:
  /// What is said to all that has come on a connection so far; nullopt: nothing yet. What it says ends the connection.
  using Answer = std::function<std::optional<std::string>(const std::string& heard)>;

  explicit Server(Answer answer, int type = SOCK_STREAM) : answer_(std::move(answer)), type_(type) {
    listener_ = Fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    require(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    require(type != SOCK_STREAM || ::listen(listener_.get(), 256) == 0);
    require(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    stop_ = Fd(::eventfd(0, EFD_CLOEXEC));
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    uint64_t one = 1;
    require(::write(stop_.get(), &one, sizeof one) == sizeof one);
    thread_.join();
  }

  std::string port() const { return std::to_string(port_); }
  std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + port() + path; }
  /// Connections, or datagrams, that came.
  int count() const { return count_; }
  std::string last_heard() const {
    std::lock_guard guard(lock_);
    return last_;
  }

 private:
  void heard(int fd, std::string& all, const char* octets, size_t size, const sockaddr_in* from) {
    all.append(octets, size);
    {
      std::lock_guard guard(lock_);
      last_ = all;
    }
    auto said = answer_(all);
    if (!said) return;
    if (from)
      (void)!::sendto(fd, said->data(), said->size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(from),
                      sizeof *from);
    else
      (void)!::send(fd, said->data(), said->size(), MSG_NOSIGNAL);
    if (!from) ::shutdown(fd, SHUT_WR);
  }

  void serve() {
    std::map<int, std::pair<Fd, std::string>> peers;
    char chunk[65536];
    for (;;) {
      std::vector<pollfd> all{{stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
      for (auto& [fd, peer] : peers) all.push_back({fd, POLLIN, 0});
      if (::poll(all.data(), all.size(), -1) < 0) continue;
      if (all[0].revents) return;
      if (all[1].revents && type_ == SOCK_DGRAM) {
        sockaddr_in from{};
        socklen_t size = sizeof from;
        ssize_t got = ::recvfrom(listener_.get(), chunk, sizeof chunk, 0, reinterpret_cast<sockaddr*>(&from), &size);
        std::string all_of_it;
        ++count_;
        if (got >= 0) heard(listener_.get(), all_of_it, chunk, static_cast<size_t>(got), &from);
      } else if (all[1].revents) {
        Fd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        int raw = peer.get();
        ++count_;
        if (peer) peers.emplace(raw, std::pair(std::move(peer), ""));
      }
      for (size_t i = 2; i < all.size(); ++i) {
        if (!all[i].revents) continue;
        ssize_t got = ::recv(all[i].fd, chunk, sizeof chunk, 0);
        if (got <= 0)
          peers.erase(all[i].fd);
        else
          heard(all[i].fd, peers.at(all[i].fd).second, chunk, static_cast<size_t>(got), nullptr);
      }
    }
  }

  Answer answer_;
  const int type_;
  Fd listener_, stop_;
  int port_ = 0;
  std::atomic<int> count_{0};
  mutable std::mutex lock_;
  std::string last_;
  std::thread thread_;
};

/// A response of HTTP once the request's header, and a body in braces if it has one, has come.
inline Server::Answer http(const std::string& status, const std::string& body, const std::string& headers = "") {
  return [=](const std::string& heard) -> std::optional<std::string> {
    size_t end = heard.find("\r\n\r\n");
    if (end == std::string::npos || (heard.find("Content-Length") != std::string::npos && !heard.ends_with("}")))
      return std::nullopt;
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers +
           "Connection: close\r\n\r\n" + body;
  };
}

}  // namespace hotline::lookup
