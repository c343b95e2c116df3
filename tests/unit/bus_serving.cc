// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "bus/socket.h"
#include "bus_folder.h"

using namespace hotline;
using bus::Message;
using bus::Socket;
using wire::Json;
using wire::Reply;

namespace {

/// A server, and a stranger who sends whatever frames he likes.
struct Stranger {
  BusFolder folder;
  Loop loop;
  int calls = 0;
  std::unique_ptr<bus::Server> server;
  Socket socket{Socket::Kind::dealer};
  Loop::Handle wake = loop.watch(socket.fd(), EPOLLIN, [](uint32_t) {});

  explicit Stranger(bus::Server::Handler handler = {}) {
    auto bound =
        bus::Server::bind(loop, folder.commands(), [this, handler](const std::string& verb, const Json& body, int uid) {
          ++calls;
          return handler ? handler(verb, body, uid) : Reply::yes({{"calls", calls}});
        });
    REQUIRE(bound);
    server = std::move(*bound);
    socket.connect(folder.commands());
    REQUIRE(run_until(loop, [&] { return socket.writable(); }));
  }
  void send(std::initializer_list<std::string_view> frames) { REQUIRE(socket.send(frames)); }
  /// The frames of the next reply, joined by blanks.
  std::string reply() {
    Message message;
    REQUIRE(run_until(loop, [&] { return socket.receive(message); }));
    std::string text;
    for (const auto& frame : message.frames) text += (text.empty() ? "" : " ") + frame;
    return text;
  }
  std::string ask(std::initializer_list<std::string_view> frames) {
    send(frames);
    return reply();
  }
};

}  // namespace

TEST_CASE("a repeated command has one effect and the same reply") {
  Stranger stranger;
  CHECK(stranger.ask({"cc-wire/1", "7", "dial", "{}"}) == "cc-wire/1 7 ok {\"calls\":1}");
  CHECK(stranger.ask({"cc-wire/1", "7", "dial", "{}"}) == "cc-wire/1 7 ok {\"calls\":1}");
  CHECK(stranger.ask({"cc-wire/1", "8", "dial", "{}"}) == "cc-wire/1 8 ok {\"calls\":2}");
  CHECK(stranger.calls == 2);
}

TEST_CASE("another sender's command with the same id is another command") {
  Stranger stranger;
  CHECK(stranger.ask({"cc-wire/1", "7", "dial", "{}"}) == "cc-wire/1 7 ok {\"calls\":1}");
  auto asker = bus::Asker::connect(stranger.loop, stranger.folder.commands());
  int answered = 0;
  for (int i = 0; i < 7; ++i) asker->ask("dial", Json::object(), [&](Result<Reply>) { ++answered; });
  CHECK(run_until(stranger.loop, [&] { return answered == 7; }));
  CHECK(stranger.calls == 8);
}

TEST_CASE("the last 1024 replies are kept, and older ones forgotten") {
  Stranger stranger;
  for (int i = 1; i <= 1025; ++i) (void)stranger.ask({"cc-wire/1", std::to_string(i), "dial", "{}"});
  CHECK(stranger.ask({"cc-wire/1", "2", "dial", "{}"}) == "cc-wire/1 2 ok {\"calls\":2}");
  CHECK(stranger.ask({"cc-wire/1", "1", "dial", "{}"}) == "cc-wire/1 1 ok {\"calls\":1026}");
}

TEST_CASE("a malformed body or verb is answered and never reaches the handler") {
  Stranger stranger;
  std::string deep = std::string(200, '[') + std::string(200, ']'), latin = "{\"a\":\"\xC3\x28\"}";
  int id = 0;
  for (std::string_view body : {"", "{", "[]", "7", "null", "{\"a\":}", "{\"a\":1e999}", deep.c_str(), latin.c_str()}) {
    auto reply = stranger.ask({"cc-wire/1", std::to_string(++id), "play", body});
    CHECK_MESSAGE(reply.find(" error {\"code\":\"bad-request\"") != std::string::npos, reply);
  }
  std::string_view long_verb = "abcdefghijklmnopqrstuvwxyzabcdefg";
  for (std::string_view verb : {std::string_view(""), std::string_view("Play"), std::string_view("pl ay"), long_verb}) {
    auto reply = stranger.ask({"cc-wire/1", std::to_string(++id), verb, "{}"});
    CHECK_MESSAGE(reply.find(" error {\"code\":\"bad-request\"") != std::string::npos, reply);
  }
  std::string huge = "{\"a\":\"" + std::string((1 << 20) + 1, 'x') + "\"}";
  CHECK(stranger.ask({"cc-wire/1", "huge", "play", huge}).find("bad-request") != std::string::npos);
  CHECK(stranger.calls == 0);
}

TEST_CASE("messages that are no commands are dropped and counted, and the next command is answered") {
  Stranger stranger;
  stranger.send({"GET / HTTP/1.1"});
  stranger.send({"cc-wire/1"});
  stranger.send({"cc-wire/1", "7"});
  stranger.send({"cc-wire/1", "7", "play"});
  stranger.send({"cc-wire/1", "7", "play", "{}", "{}"});
  stranger.send({"cc-wire/1", "7", "play", "{}", "{}", "{}", "{}", "{}", "{}", "{}", "{}"});
  stranger.send({"cc-wire/1", "no id", "play", "{}"});
  stranger.send({"cc-wire/1", "1234567890123456789012345678901234567", "play", "{}"});
  stranger.send({"", "7", "play", "{}"});
  CHECK(stranger.ask({"cc-wire/1", "8", "play", "{}"}) == "cc-wire/1 8 ok {\"calls\":1}");
  CHECK(stranger.server->dropped() == 9);
}

TEST_CASE("a command of another version is told so") {
  Stranger stranger;
  CHECK(stranger.ask({"cc-wire/2", "7", "play", "{}", "more"}) ==
        R"(cc-wire/1 7 error {"code":"bad-request","text":"this daemon speaks cc-wire/1"})");
  CHECK(stranger.calls == 0);
}

TEST_CASE("a handler that throws is answered for, and the daemon lives") {
  Stranger stranger([](const std::string& verb, const Json& body, int) -> Reply {
    if (verb == "fault") throw std::runtime_error("a bug");
    return Reply::yes({{"leg", body.at("leg").get<std::string>()}});
  });
  CHECK(stranger.ask({"cc-wire/1", "1", "play", "{}"}).find("\"code\":\"bad-request\"") != std::string::npos);
  CHECK(stranger.ask({"cc-wire/1", "2", "play", "{\"leg\":5}"}).find("\"code\":\"bad-request\"") != std::string::npos);
  CHECK(stranger.ask({"cc-wire/1", "3", "fault", "{}"}) == R"(cc-wire/1 3 error {"code":"internal","text":"a bug"})");
  CHECK(stranger.ask({"cc-wire/1", "4", "play", "{\"leg\":\"x\"}"}) == R"(cc-wire/1 4 ok {"leg":"x"})");
}

TEST_CASE("a reply that would be too long becomes an error that says so") {
  Stranger stranger([](const std::string&, const Json&, int) {
    return Reply::yes({{"text", std::string(2 << 20, 'x')}});
  });
  auto reply = stranger.ask({"cc-wire/1", "1", "snapshot", "{}"});
  CHECK(reply.find("\"code\":\"internal\"") != std::string::npos);
  CHECK(reply.size() < 200);
}

TEST_CASE("broken UTF-8 in a reply is mended, not thrown over") {
  Stranger stranger([](const std::string&, const Json&, int) { return Reply::yes({{"name", "\xC0\xEE\xC4\xC8"}}); });
  CHECK(stranger.ask({"cc-wire/1", "1", "phones", "{}"}).find("\xEF\xBF\xBD") != std::string::npos);
}

TEST_CASE("a second daemon cannot take the endpoint of a living one, and can when it has gone") {
  BusFolder folder;
  Loop loop;
  auto handler = [](const std::string&, const Json&, int) { return Reply::yes(); };
  auto first = bus::Server::bind(loop, folder.commands(), handler);
  REQUIRE(first);
  auto second = bus::Server::bind(loop, folder.commands(), handler);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::again);
  *first = nullptr;
  CHECK(bus::Server::bind(loop, folder.commands(), handler));
}

TEST_CASE("the socket that a killed daemon left is bound again, with mode 0660") {
  BusFolder folder;
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto publisher = bus::Publisher::bind(folder.events());
    if (publisher) ::kill(::getpid(), SIGKILL);
    ::_exit(1);
  }
  int status;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  struct stat left;
  REQUIRE(::stat((folder.path + "/daemon.evt").c_str(), &left) == 0);
  auto publisher = bus::Publisher::bind(folder.events());
  REQUIRE(publisher);
  REQUIRE(::stat((folder.path + "/daemon.evt").c_str(), &left) == 0);
  CHECK((left.st_mode & 07777) == 0660);
}

TEST_CASE("an endpoint that cannot be bound is an error with its path") {
  BusFolder folder;
  auto missing = bus::Publisher::bind("ipc://" + folder.path + "/no/daemon.evt");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().text.find(folder.path + "/no/daemon.evt") != std::string::npos);
  auto remote = bus::Publisher::bind("tcp://127.0.0.1:1");
  REQUIRE_FALSE(remote);
  CHECK(remote.error().code == Errc::config);
}
