// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include "bus_folder.h"

using namespace hotline;
using wire::Json;
using wire::Reply;

namespace {

Reply echo(const std::string& verb, const Json& body, int) { return Reply::yes({{"verb", verb}, {"body", body}}); }

}  // namespace

TEST_CASE("a command is answered with what the handler says") {
  BusFolder folder;
  Loop loop;
  auto server = bus::Server::bind(loop, folder.commands(), echo);
  REQUIRE(server);
  auto asker = bus::Asker::connect(loop, folder.commands());
  std::vector<Reply> replies;
  for (int i = 0; i < 3000; ++i)
    asker->ask("play", {{"leg", i}}, [&](Result<Reply> reply) {
      REQUIRE(reply);
      replies.push_back(*reply);
    });
  CHECK(run_until(loop, [&] { return replies.size() == 3000; }));
  CHECK(replies.back().ok);
  CHECK(replies.back().body["verb"] == "play");
}

TEST_CASE("the handler is told the sender's Unix user") {
  BusFolder folder;
  Loop loop;
  int uid = -2;
  auto server = bus::Server::bind(loop, folder.commands(), [&](const std::string&, const Json&, int peer) {
    uid = peer;
    return Reply::yes();
  });
  auto asker = bus::Asker::connect(loop, folder.commands());
  bool answered = false;
  asker->ask("ping", Json::object(), [&](Result<Reply>) { answered = true; });
  CHECK(run_until(loop, [&] { return answered; }));
  CHECK(uid == static_cast<int>(::getuid()));
}

TEST_CASE("a command asked before the daemon is there is obeyed when it comes") {
  BusFolder folder;
  Loop loop;
  auto asker = bus::Asker::connect(loop, folder.commands());
  bool answered = false;
  asker->ask("ping", Json::object(), [&](Result<Reply> reply) { answered = static_cast<bool>(reply); });
  loop.step(milliseconds(100));
  auto server = bus::Server::bind(loop, folder.commands(), echo);
  CHECK(run_until(loop, [&] { return answered; }));
}

TEST_CASE("a command to nobody ends as unavailable, once, and is not obeyed later") {
  BusFolder folder;
  Loop loop;
  auto asker = bus::Asker::connect(loop, folder.commands());
  std::vector<Error> errors;
  asker->ask("dial", Json::object(), [&](Result<Reply> reply) { errors.push_back(reply.error()); });
  CHECK(run_until(loop, [&] { return !errors.empty(); }));
  CHECK(errors.front().code == Errc::unavailable);
  CHECK(errors.front().text == "no answer from daemon; is daemon running?");
  int obeyed = 0, pinged = 0;
  auto server = bus::Server::bind(loop, folder.commands(), [&](const std::string& verb, const Json&, int) {
    ++(verb == "dial" ? obeyed : pinged);
    return Reply::yes();
  });
  asker->ask("ping", Json::object(), [](Result<Reply>) {});
  CHECK(run_until(loop, [&] { return pinged == 1; }));
  CHECK(obeyed == 0);
  CHECK(errors.size() == 1);
}

TEST_CASE("commands arrive in the order in which they were asked, before and after the daemon came") {
  BusFolder folder;
  Loop loop;
  auto asker = bus::Asker::connect(loop, folder.commands());
  int64_t answered = 0, next = 0;
  bool in_order = true;
  auto ask = [&](int number) { asker->ask("play", {{"number", number}}, [&](Result<Reply>) { ++answered; }); };
  for (int i = 0; i < 500; ++i) ask(i);
  auto server = bus::Server::bind(loop, folder.commands(), [&](const std::string&, const Json& body, int) {
    in_order = in_order && body["number"] == next++;
    return Reply::yes();
  });
  for (int i = 500; i < 1500; ++i) {
    ask(i);
    if (i % 100 == 0) loop.step(milliseconds(1));
  }
  CHECK(run_until(loop, [&] { return answered == 1500; }));
  CHECK(in_order);
  CHECK(next == 1500);
}

TEST_CASE("a command is answered though the daemon was killed and came back in between") {
  BusFolder folder;
  Loop loop;
  auto server = bus::Server::bind(loop, folder.commands(), echo);
  auto asker = bus::Asker::connect(loop, folder.commands());
  int answered = 0;
  auto ask = [&] {
    asker->ask("ping", Json::object(), [&](Result<Reply> reply) { answered += static_cast<bool>(reply); });
  };
  ask();
  CHECK(run_until(loop, [&] { return answered == 1; }));
  *server = nullptr;
  ask();
  loop.step(milliseconds(50));
  server = bus::Server::bind(loop, folder.commands(), echo);
  CHECK(run_until(loop, [&] { return answered == 2; }));
}

TEST_CASE("10,000 questions may be open; one more is refused, later and once") {
  BusFolder folder;
  Loop loop;
  auto asker = bus::Asker::connect(loop, folder.commands());
  int refused = 0;
  for (int i = 0; i < 10001; ++i)
    asker->ask("ping", Json::object(), [&](Result<Reply> reply) { refused += reply.error().code == Errc::again; });
  CHECK(refused == 0);
  loop.step(milliseconds(100));
  loop.step(milliseconds(0));
  CHECK(refused == 1);
}

TEST_CASE("what is no command or too long for one is refused before it is sent") {
  BusFolder folder;
  Loop loop;
  auto asker = bus::Asker::connect(loop, folder.commands());
  std::vector<Errc> codes;
  auto note = [&](Result<Reply> reply) { codes.push_back(reply.error().code); };
  asker->ask("Play!", Json::object(), note);
  asker->ask("play", {{"text", std::string(2 << 20, 'x')}}, note);
  CHECK(run_until(loop, [&] { return codes.size() == 2; }));
  CHECK(codes == std::vector<Errc>{Errc::bad_data, Errc::bad_data});
}

TEST_CASE("an asker may end in its own callback, and no other callback comes") {
  BusFolder folder;
  Loop loop;
  auto server = bus::Server::bind(loop, folder.commands(), echo);
  auto asker = bus::Asker::connect(loop, folder.commands());
  int answered = 0;
  for (int i = 0; i < 10; ++i)
    asker->ask("ping", Json::object(), [&](Result<Reply>) {
      ++answered;
      asker = nullptr;
    });
  CHECK(run_until(loop, [&] { return answered > 0; }));
  for (int i = 0; i < 10; ++i) loop.step(milliseconds(10));
  CHECK(answered == 1);
}

TEST_CASE("a tool's question to nobody says who is missing, in the time it has") {
  BusFolder folder;
  auto reply = bus::ask(folder.commands(), "ping", Json::object(), milliseconds(100));
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == Errc::unavailable);
  CHECK(reply.error().text == "no answer from daemon; is daemon running?");
}
