// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "bus/bus.h"

using namespace hotline;
using wire::Json;
using wire::Reply;

namespace {

struct Folder {
  std::string path;
  Folder() {
    char name[] = "/tmp/bus-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string endpoint() const { return "ipc://" + path + "/daemon.cmd"; }
};

/// Runs the loop until `done` or five seconds are over; false when they are.
bool run_until(Loop& loop, const std::function<bool()>& done) {
  Instant end = monotonic_now() + seconds(5);
  while (!done() && monotonic_now() < end) loop.step(milliseconds(20));
  return done();
}

Reply echo(const std::string& verb, const Json& body, int) { return Reply::yes({{"verb", verb}, {"body", body}}); }

}  // namespace

TEST_CASE("a command is answered with what the handler says") {
  Folder folder;
  Loop loop;
  auto server = bus::Server::bind(loop, folder.endpoint(), echo);
  REQUIRE(server);
  auto asker = bus::Asker::connect(loop, folder.endpoint());
  std::vector<Reply> replies;
  for (int i = 0; i < 3000; ++i)
    asker->ask("play", {{"leg", i}}, [&](Result<Reply> reply) {
      REQUIRE(reply);
      replies.push_back(*reply);
    });
  CHECK(run_until(loop, [&] { return replies.size() == 3000; }));
  CHECK(replies.back().ok);
  CHECK(replies.back().body["verb"] == "play");
  CHECK(replies.back().body["body"]["leg"] == 2999);
}

TEST_CASE("the handler is told the sender's Unix user") {
  Folder folder;
  Loop loop;
  int uid = -2;
  auto server = bus::Server::bind(loop, folder.endpoint(), [&](const std::string&, const Json&, int peer) {
    uid = peer;
    return Reply::yes();
  });
  auto asker = bus::Asker::connect(loop, folder.endpoint());
  bool answered = false;
  asker->ask("ping", Json::object(), [&](Result<Reply>) { answered = true; });
  CHECK(run_until(loop, [&] { return answered; }));
  CHECK(uid == static_cast<int>(::getuid()));
}

TEST_CASE("a command asked before the daemon is there is obeyed when it comes") {
  Folder folder;
  Loop loop;
  auto asker = bus::Asker::connect(loop, folder.endpoint());
  bool answered = false;
  asker->ask("ping", Json::object(), [&](Result<Reply> reply) { answered = static_cast<bool>(reply); });
  loop.step(milliseconds(100));
  auto server = bus::Server::bind(loop, folder.endpoint(), echo);
  CHECK(run_until(loop, [&] { return answered; }));
}

TEST_CASE("a command to nobody ends as unavailable, once, and is not obeyed later") {
  Folder folder;
  Loop loop;
  auto asker = bus::Asker::connect(loop, folder.endpoint());
  std::vector<Error> errors;
  asker->ask("dial", Json::object(), [&](Result<Reply> reply) { errors.push_back(reply.error()); });
  CHECK(run_until(loop, [&] { return !errors.empty(); }));
  CHECK(errors.front().code == Errc::unavailable);
  CHECK(errors.front().text == "no answer from daemon; is daemon running?");
  int obeyed = 0, pinged = 0;
  auto server = bus::Server::bind(loop, folder.endpoint(), [&](const std::string& verb, const Json&, int) {
    ++(verb == "dial" ? obeyed : pinged);
    return Reply::yes();
  });
  asker->ask("ping", Json::object(), [](Result<Reply>) {});
  CHECK(run_until(loop, [&] { return pinged == 1; }));
  CHECK(obeyed == 0);
  CHECK(errors.size() == 1);
}
