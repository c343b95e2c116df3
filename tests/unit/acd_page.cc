// SPDX-License-Identifier: GPL-2.0-or-later
// The state machines that ccqueue(7) prints are those of acd/states.h, step by step.
#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "acd/states.h"
#include "base/fd.h"
#include "base/text.h"

using namespace hotline;
using namespace hotline::acd;

namespace {

using Row = std::vector<std::string>;

/// The rows of the table in that subsection of the page: ".It Li a Ta Li b Ta Li c".
std::multiset<Row> table_of(const std::string& section) {
  auto root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  auto page = read_file((root / "man/man7/ccqueue.7").string());
  REQUIRE(page);
  std::multiset<Row> rows;
  bool within = false;
  for (const auto& line : split(*page, '\n')) {
    if (line.starts_with(".S")) within = line == ".Ss " + section;
    if (!within || !line.starts_with(".It Li ") || line.find(" Ta ") == std::string::npos) continue;
    Row row;
    for (const auto& word : split(line, ' '))
      if (word != ".It" && word != "Li" && word != "Ta") row.push_back(word);
    rows.insert(row);
  }
  return rows;
}

// No `default`: an event that is added must get its name here, and its place on the page.
std::string event_name(AgentEvent event) {
  switch (event) {
    case AgentEvent::login:
      return "login";
    case AgentEvent::logout:
      return "logout";
    case AgentEvent::ready:
      return "ready";
    case AgentEvent::pause:
      return "pause";
    case AgentEvent::offer:
      return "offer";
    case AgentEvent::answer:
      return "answer";
    case AgentEvent::wrap_up:
      return "wrap-up";
    case AgentEvent::adopt:
      return "adopt";
  }
  return "?";
}

std::string event_name(EntryEvent event) {
  switch (event) {
    case EntryEvent::offer:
      return "offer";
    case EntryEvent::miss:
      return "miss";
    case EntryEvent::answer:
      return "answer";
    case EntryEvent::connect:
      return "connect";
    case EntryEvent::leave:
      return "leave";
  }
  return "?";
}

}  // namespace

TEST_CASE("the page's table of agents is the machine's, without one more or less") {
  std::multiset<Row> machine;
  for (const auto& step : kAgentSteps)
    machine.insert({std::string(name(step.from)), event_name(step.event), std::string(name(step.to))});
  CHECK(table_of("The states of an agent") == machine);
}

TEST_CASE("the page's table of entries is the machine's, without one more or less") {
  std::multiset<Row> machine;
  for (const auto& step : kEntrySteps)
    machine.insert(
        {std::string(name(step.from)), event_name(step.event), step.to ? std::string(name(*step.to)) : "over"});
  CHECK(table_of("The states of an entry") == machine);
}

TEST_CASE("the page names every way in which an entry can end, and an offer") {
  auto root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  auto page = *read_file((root / "man/man7/ccqueue.7").string());
  for (int i = 0; i <= static_cast<int>(ExitReason::failed); ++i) {
    std::string item = ".It Li " + std::string(name(static_cast<ExitReason>(i))) + "\n";
    CHECK_MESSAGE(page.find(item) != std::string::npos, item);
  }
  for (int i = 0; i <= static_cast<int>(MissReason::elsewhere); ++i)
    CHECK(page.find(std::string(name(static_cast<MissReason>(i)))) != std::string::npos);
}
