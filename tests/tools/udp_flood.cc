// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base
// udp_flood PORT COUNT [LINGER_MS]: sends the text on stdin COUNT times to 127.0.0.1:PORT as fast as the answers can be
// read, each time with its number for [n], the socket's port for [port] and CRLF for each newline; then listens for
// LINGER_MS (1000) more. Prints how many answers had which first two words, most first: "498 SIP/2.0 401".
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/text.h"
#include "base/time.h"

using namespace hotline;

static std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (size_t at = 0; (at = text.find(what, at)) != text.npos; at += with.size()) text.replace(at, what.size(), with);
  return text;
}

int main(int argc, char** argv) {
  auto port = argc > 2 ? parse_int(argv[1]) : std::nullopt, count = argc > 2 ? parse_int(argv[2]) : std::nullopt;
  auto linger = argc > 3 ? parse_int(argv[3]) : std::optional<int64_t>(1000);
  if (!port || !count || !linger) return std::fprintf(stderr, "usage: udp_flood PORT COUNT [LINGER_MS] <text\n"), 64;
  Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in to{}, ours{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(*port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return 74;
  socklen_t length = sizeof ours;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&ours), &length);
  std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  text = replaced(replaced(text, "\n", "\r\n"), "[port]", std::to_string(ntohs(ours.sin_port)));

  std::map<std::string, int> answers;
  auto read_all = [&] {
    char datagram[65536];
    for (ssize_t got; (got = ::recv(fd.get(), datagram, sizeof datagram, 0)) >= 0;) {
      auto words = split(std::string(datagram, std::min<size_t>(static_cast<size_t>(got), 64)), ' ');
      words.resize(2);
      ++answers[words[0] + " " + words[1]];
    }
  };
  for (int64_t i = 0; i < *count; ++i) {
    std::string one = replaced(text, "[n]", std::to_string(i));
    (void)::send(fd.get(), one.data(), one.size(), 0);
    read_all();
  }
  for (Instant end = monotonic_now() + milliseconds(*linger); monotonic_now() < end;) {
    pollfd wait{fd.get(), POLLIN, 0};
    ::poll(&wait, 1, 50);
    read_all();
  }
  std::vector<std::pair<int, std::string>> sorted;
  for (const auto& [what, times] : answers) sorted.emplace_back(times, what);
  std::sort(sorted.rbegin(), sorted.rend());
  for (const auto& [times, what] : sorted) std::printf("%d %s\n", times, what.c_str());
  return 0;
}
