// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal/files.h"
#include "journal/reader.h"

namespace hotline::journal {

namespace {

/// What the next line has to continue.
struct Walk {
  std::string publisher;
  std::vector<std::string> faults;
  std::string hash;    // of the line before; "" when it is not known
  int64_t number = 0;  // of the line before
  bool begun = false;
  int64_t events = 0;
};

void check_line(Walk& walk, std::string_view line, const std::string& where) {
  auto event = wire::decode_event(line);
  auto fault = [&](const std::string& what) { walk.faults.push_back(where + what); };
  if (!event) {
    fault(event.error().text);
    walk.number += walk.begun;  // it most likely was the next one
  } else {
    ++walk.events;
    if (event->from != walk.publisher) fault("event of '" + event->from + "', not of '" + walk.publisher + "'");
    if (walk.begun && event->number != walk.number + 1)
      fault("number " + std::to_string(event->number) + " where " + std::to_string(walk.number + 1) + " was due");
    if (!walk.begun && event->number != 1)
      fault("begins at number " + std::to_string(event->number) + "; the files before are missing");
    walk.number = event->number;
    auto prev = prev_of(line);
    if (prev.empty())
      fault("has no 'prev'");
    else if (walk.begun ? !walk.hash.empty() && prev != walk.hash : event->number == 1 && prev != kNoHash)
      fault("'prev' is not the hash of the line before: one of the two was changed");
    walk.begun = true;
  }
  walk.hash = line_hash(line);
}

}  // namespace

std::vector<std::string> verify(const std::string& dir, const std::string& publisher, int64_t* events) {
  Walk walk;
  walk.publisher = publisher;
  for (const auto& file : day_files(dir, publisher)) {
    auto reader = LineReader::open(file);
    if (!reader) {
      walk.faults.push_back(reader.error().text);
      continue;
    }
    std::string_view line;
    for (int64_t number = 1;; ++number) {
      auto got = reader->next(line);
      if (got == LineReader::Got::end) break;
      if (got == LineReader::Got::line) {
        check_line(walk, line, at_line(file, number));
        continue;
      }
      walk.faults.push_back(at_line(file, number) + (got == LineReader::Got::torn ? kTornText : kTooLongText));
      if (got == LineReader::Got::torn) break;
      walk.number += walk.begun;
      walk.hash.clear();
    }
  }
  if (events) *events = walk.events;
  return walk.faults;
}

}  // namespace hotline::journal
