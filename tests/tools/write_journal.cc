// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base wire journal
// write_journal DIR [COPIES]: appends the events on stdin, one JSON object a line with "time", "from", "event" and the
// rest, to the journals below DIR, through the same writer as the daemons. Numbers and chain are the writer's. With
// COPIES, each call comes that many times, its id's first characters counted up, so that a small fixture becomes a busy
// day.
#include <cstdio>
#include <iostream>
#include <map>
#include <vector>

#include "base/text.h"
#include "journal/journal.h"

using namespace hotline;

static int fail(const std::string& text) {
  std::fprintf(stderr, "write_journal: %s\n", text.c_str());
  return 65;
}

int main(int argc, char** argv) {
  if (argc < 2) return fail("usage: write_journal DIR [COPIES] <events");
  int64_t copies = argc > 2 ? parse_int(argv[2]).value_or(1) : 1;
  std::map<std::string, std::unique_ptr<journal::Writer>> writers;
  std::vector<wire::Event> events;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.empty()) continue;
    auto event = wire::decode_event("{\"n\":0," + line.substr(1));
    if (!event) return fail(event.error().text + ": " + line);
    events.push_back(std::move(*event));
  }
  for (int64_t copy = 0; copy < copies; ++copy) {
    std::string prefix = std::to_string(10000 + copy % 10000).substr(1);
    for (wire::Event event : events) {
      auto& writer = writers[event.from];
      if (!writer) {
        auto opened = journal::Writer::open(argv[1], event.from);
        if (!opened) return fail(opened.error().text);
        writer = std::move(*opened);
      }
      if (copy > 0 && !event.call.empty()) {
        std::string old = event.call, text = wire::dump(event.fields);
        event.call.replace(0, 4, prefix);
        if (!event.leg.empty()) event.leg.replace(0, 4, prefix);
        for (size_t at = 0; (at = text.find(old, at)) != std::string::npos; at += old.size())
          text.replace(at, 4, prefix);
        event.fields = *wire::parse(text);
      }
      writer->append(event);
    }
  }
  return 0;
}
