// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/port_relay.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace hotline::sip {

namespace {

constexpr seconds kTransaction{32};  // 64·T1, RFC 3261 §17
constexpr size_t kAskedMax = 4096;
constexpr int kAnswersAtOnce = 256;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

/// Where the value of the first Via begins and ends, without a second value of the same line.
struct Span {
  size_t begin = 0, end = 0;
};
Span first_via(std::string_view message) {
  for (size_t at = message.find("\r\n"); at != message.npos;) {
    size_t line = at + 2, end = message.find("\r\n", line);
    if (end == message.npos || end == line) return {};
    size_t colon = message.find(':', line);
    std::string name = colon < end ? lower(trim(message.substr(line, colon - line))) : "";
    if (name == "via" || name == "v") return {colon + 1, std::min(end, message.find(',', colon))};
    at = end;
  }
  return {};
}

}  // namespace

std::string via_key(std::string_view message) {
  Span via = first_via(message);
  if (via.end == 0) return "";
  auto parts = split(message.substr(via.begin, via.end - via.begin), ';');
  std::string key(trim(parts[0]));
  for (size_t i = 1; i < parts.size(); ++i)
    if (std::string part(trim(parts[i])); lower(part).starts_with("branch=")) key += ";" + part.substr(7);
  return key;
}

std::string with_source(std::string_view message, const std::string& address, uint16_t port) {
  Span via = first_via(message);
  if (via.end == 0 || !message.starts_with("SIP/2.0 ")) return "";
  std::string value;
  for (const auto& part : split(message.substr(via.begin, via.end - via.begin), ';')) {
    std::string name = lower(trim(part));
    if (name.starts_with("received=")) continue;
    if (!value.empty()) value += ";";
    value += name.starts_with("rport") ? "rport=" + std::to_string(port) : part;
  }
  value += ";received=" + address;
  return std::string(message.substr(0, via.begin)) + value + std::string(message.substr(via.end));
}

Result<std::unique_ptr<PortRelay>> PortRelay::open(Loop& loop, uint16_t to_port, int public_fd) {
  std::unique_ptr<PortRelay> relay(new PortRelay);
  relay->public_fd_ = public_fd;
  relay->socket_ = Fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(to_port);
  if (!relay->socket_ || ::connect(relay->socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    return errno_error("cannot reach the stack before on port " + std::to_string(to_port), errno);
  relay->watch_ = loop.watch(relay->socket_.get(), EPOLLIN, [raw = relay.get()](uint32_t) { raw->take_answers(); });
  return relay;
}

void PortRelay::forward(std::string_view message, const sockaddr_in& source) {
  if (!message.starts_with("SIP/2.0 ")) {
    Instant now = monotonic_now();
    forget_old(now);
    std::string key = via_key(message);
    auto [found, is_new] = asked_.insert_or_assign(key, Asked{source, now});
    if (is_new) order_.push_back(key);
  }
  if (::send(socket_.get(), message.data(), message.size(), 0) >= 0) ++forwarded_;  // else it is repeated, or lost as on a wire
}

void PortRelay::forget_old(Instant now) {
  while (!order_.empty()) {
    auto oldest = asked_.find(order_.front());
    bool fresh = oldest != asked_.end() && now - oldest->second.at < kTransaction;
    if (fresh && order_.size() < kAskedMax) return;
    if (oldest != asked_.end()) asked_.erase(oldest);
    order_.pop_front();
  }
}

void PortRelay::take_answers() {
  char buffer[65536];
  for (int i = 0; i < kAnswersAtOnce; ++i) {
    ssize_t got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (got < 0) return;
    std::string_view message(buffer, static_cast<size_t>(got));
    auto asked = asked_.find(via_key(message));
    if (asked == asked_.end()) continue;
    const sockaddr_in& to = asked->second.source;
    char text[INET_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET, &to.sin_addr, text, sizeof text);
    std::string answer = with_source(message, text, ntohs(to.sin_port));
    (void)::sendto(public_fd_, answer.data(), answer.size(), MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to),
                   sizeof to);
  }
}

}  // namespace hotline::sip
