// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base bus wire
// bus_flood ENDPOINT COUNT VERB [JSON]: asks that COUNT times without waiting for an answer, each time with its number for
// [n]; then prints how many answers there were of which kind, most first: "10000 ok", "30000 again" (never sent: too many
// wait already), "3 busy".
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "base/loop.h"
#include "base/text.h"
#include "bus/bus.h"

using namespace hotline;

int main(int argc, char** argv) {
  auto count = argc > 3 ? parse_int(argv[2]) : std::nullopt;
  if (!count) return std::fprintf(stderr, "usage: bus_flood ENDPOINT COUNT VERB [JSON]\n"), 64;
  std::string text = argc > 4 ? argv[4] : "{}";
  Loop loop;
  auto asker = bus::Asker::connect(loop, argv[1]);
  std::map<std::string, int64_t> answers;
  int64_t answered = 0;
  for (int64_t i = 0; i < *count; ++i) {
    std::string one = text;
    if (size_t at = one.find("[n]"); at != one.npos) one.replace(at, 3, std::to_string(i));
    auto body = wire::parse(one);
    if (!body) return std::fprintf(stderr, "bus_flood: %s\n", body.error().text.c_str()), 65;
    asker->ask(argv[3], *body, [&](const Result<wire::Reply>& reply) {
      ++answered;
      ++answers[!reply ? (reply.error().code == Errc::again ? "again" : "none") : reply->ok ? "ok" : wire::text(reply->body, "code")];
    });
  }
  while (answered < *count) loop.step(milliseconds(100));
  std::vector<std::pair<int64_t, std::string>> sorted;
  for (const auto& [what, times] : answers) sorted.emplace_back(times, what);
  std::sort(sorted.rbegin(), sorted.rend());
  for (const auto& [times, what] : sorted) std::printf("%lld %s\n", static_cast<long long>(times), what.c_str());
  return 0;
}
