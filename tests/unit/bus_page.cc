// SPDX-License-Identifier: GPL-2.0-or-later
// What ccwire(7) shows as examples is what the code speaks.
#include <algorithm>

#include "base/fd.h"
#include "base/text.h"
#include "bus/socket.h"
#include "bus_folder.h"

using namespace hotline;
using wire::Json;
using wire::Reply;

namespace {

/// The literal displays of the page's section EXAMPLES, each as its lines.
std::vector<std::vector<std::string>> examples() {
  auto root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  auto page = read_file((root / "man/man7/ccwire.7").string());
  REQUIRE(page);
  std::vector<std::vector<std::string>> list;
  bool in_section = false, in_display = false;
  for (const auto& line : split(*page, '\n')) {
    if (line.rfind(".Sh ", 0) == 0) in_section = line == ".Sh EXAMPLES";
    if (line.rfind(".Bd ", 0) == 0 && in_section) {
      in_display = true;
      list.emplace_back();
    } else if (line == ".Ed") {
      in_display = false;
    } else if (in_display) {
      list.back().push_back(line);
    }
  }
  return list;
}

}  // namespace

TEST_CASE("the events of the page's examples are events, and are written again with the same members") {
  int events = 0;
  for (const auto& frames : examples()) {
    if (frames.size() != 3) continue;
    ++events;
    auto event = wire::decode_event(frames[2]);
    REQUIRE_MESSAGE(event, frames[2]);
    CHECK(event->name == frames[0]);
    CHECK(std::to_string(event->number) == frames[1]);
    CHECK(*wire::parse(wire::encode(*event)) == *wire::parse(frames[2]));
  }
  CHECK(events >= 1);
}

TEST_CASE("the commands of the page's examples are taken from the wire as they stand there") {
  BusFolder folder;
  Loop loop;
  std::string verb;
  Json body;
  auto server = bus::Server::bind(loop, folder.commands(), [&](const std::string& said, const Json& with, int) {
    verb = said;
    body = with;
    return Reply::yes();
  });
  bus::Socket socket(bus::Socket::Kind::dealer);
  socket.connect(folder.commands());
  int commands = 0, replies = 0;
  for (const auto& frames : examples()) {
    if (frames.size() == 3) continue;
    REQUIRE(frames.size() == 4);
    CHECK(frames[0] == wire::kSignature);
    CHECK(wire::parse(frames[3]));
    if (frames[2] == "ok" || frames[2] == "error") {
      ++replies;
      continue;
    }
    ++commands;
    REQUIRE(run_until(loop, [&] { return socket.send({frames[0], frames[1], frames[2], frames[3]}); }));
    bus::Message reply;
    REQUIRE(run_until(loop, [&] { return socket.receive(reply); }));
    CHECK(reply.frames[1] == frames[1]);
    CHECK(verb == frames[2]);
    CHECK(body == *wire::parse(frames[3]));
  }
  CHECK(commands >= 2);
  CHECK(replies >= 2);
}
