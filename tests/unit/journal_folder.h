// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "base/fd.h"
#include "journal/journal.h"

namespace hotline {

/// A journal directory of the test's own, with what tests do to it.
struct JournalFolder {
  std::string dir;
  JournalFolder() {
    char name[] = "/tmp/journal-XXXXXX";
    dir = ::mkdtemp(name);
  }
  ~JournalFolder() { std::filesystem::remove_all(dir); }

  std::unique_ptr<journal::Writer> open() {
    auto writer = journal::Writer::open(dir, "ccx");
    REQUIRE(writer);
    return std::move(*writer);
  }
  static std::string append(journal::Writer& writer, const std::string& name = "leg.ringing",
                            const std::string& time = "") {
    wire::Event event;
    event.name = name;
    if (!time.empty()) event.time = *parse_utc(time);
    return writer.append(event);
  }
  std::string file(const std::string& date) const { return dir + "/ccx/" + date + ".jsonl"; }
  std::string today() const { return file(utc_date(utc_now())); }
  std::vector<std::string> faults(int64_t* events = nullptr) const { return journal::verify(dir, "ccx", events); }
  std::vector<int64_t> numbers(int64_t first = 1) const {
    std::vector<int64_t> list;
    auto read = journal::read(
        dir, "ccx", first, [&](const journal::Entry& entry) { return list.push_back(entry.event.number), true; },
        [](const std::string&) {});
    CHECK(read);
    return list;
  }
};

inline std::string whole(const std::string& path) {
  auto text = read_file(path);
  REQUIRE(text);
  return *text;
}
inline void write_whole(const std::string& path, const std::string& text) { REQUIRE(replace_file(path, text)); }

}  // namespace hotline
