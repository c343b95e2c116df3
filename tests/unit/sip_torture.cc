// SPDX-License-Identifier: GPL-2.0-or-later
// What must not hurt: garbage, messages in the spirit of RFC 4475, and good ones gone bad. A call still works after it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <vector>

#include "sip_harness.h"

using namespace hotline;
using namespace hotline::sip;
using namespace hotline::sip::test;

namespace {

void call_works(Server& server) {
  Telephone phone(server.port, "1001", "red", INADDR_LOOPBACK + 1);
  REQUIRE(status_of(phone.enroll()) == 200);
  DialogId call = server.invite("1001");
  REQUIRE(call != 0);
  std::string invite = phone.socket.receive("INVITE");
  REQUIRE(invite != "");
  phone.socket.send(phone.reply_to(invite, 200, "", phone.sdp()));
  CHECK(server.events.take("answered " + std::to_string(call)) != "");
  CHECK(phone.socket.receive("ACK") != "");
  phone.socket.send(phone.within(invite, "BYE"));
  CHECK(server.events.take("released " + std::to_string(call)) != "");
}

/// One to six octets changed, doubled, cut out, or swapped for what parsers stumble over.
std::string mutated(std::string text, std::mt19937& random) {
  static const std::string kStones[] = {
      "\r\n",  "\r\n\r\n",   "\"", "<",       ">",  ";", ",",  "%",       "\0", ":",
      "@",     "4294967296", "-1", "z9hG4bK", "\\", " ", "\t", "SIP/2.0", "=",  std::string(300, 'A'),
      "[::1]", "*"};
  auto pick = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  for (size_t i = 0, n = 1 + pick(6); i < n && text.size() > 8; ++i) {
    size_t at = pick(text.size()), length = std::min(text.size() - at, 1 + pick(24));
    switch (pick(5)) {
      case 0:
        text[at] = static_cast<char>(pick(256));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      case 3:
        text.insert(at, kStones[pick(std::size(kStones))]);
        break;
      default:
        text.replace(at, std::min<size_t>(length, 4), kStones[pick(std::size(kStones))]);
        break;
    }
  }
  return text;
}

unsigned seed() {
  const char* given = std::getenv("SEED");
  return given ? static_cast<unsigned>(std::atoi(given)) : 20261122u;
}

}  // namespace

TEST_CASE("200 datagrams of garbage change nothing") {
  Server server;
  std::mt19937 random(seed());
  Socket socket(server.port);
  for (int i = 0; i < 200; ++i) {
    std::string text(std::uniform_int_distribution<size_t>(0, 1500)(random), 0);
    for (char& c : text) c = static_cast<char>(random());
    if (i % 4 == 0) text = "INVITE " + text;
    if (i % 4 == 1) text = std::string(i, '\n') + text;
    socket.send(text);
  }
  CHECK(server.events.rest() == "");
  call_works(server);
}

TEST_CASE(
    "every torture message is survived, none is half accepted, nothing but a final answer or silence comes back") {
  Server server;
  int read = 0;
  for (auto& entry : std::filesystem::directory_iterator("tests/corpora/sip")) {
    if (!entry.is_regular_file()) continue;  // what a fuzzer found, for fuzzers
    std::ifstream file(entry.path(), std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    REQUIRE(text.size() > 16);
    Socket socket(server.port, INADDR_LOOPBACK + 256 + static_cast<uint32_t>(++read));
    socket.send(text);
    socket.send(
        "OPTIONS sip:hotline SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKlast\r\nFrom: "
        "<sip:a@b>;tag=1\r\n"
        "To: <sip:a@b>\r\nCall-ID: last\r\nCSeq: 1 OPTIONS\r\n\r\n");
    std::string reply = socket.receive();
    if (header(reply, "Call-ID") != "last") {
      CHECK_MESSAGE(status_of(reply) >= 200, entry.path().string());
      bool accepted = status_of(reply) < 300 && !text.starts_with("OPTIONS");
      CHECK_MESSAGE(!accepted, entry.path().string());
      reply = socket.receive();
    }
    CHECK_MESSAGE(header(reply, "Call-ID") == "last", entry.path().string());
  }
  CHECK(read >= 32);
  CHECK(server.events.rest() == "");
  call_works(server);
}

TEST_CASE("requests of a phone that is let in, gone bad, are survived") {
  const uint32_t phones = std::getenv("LONG") ? 2000u : 40u;
  // Each has a name of its own: a changed Authorization is a wrong password, and 2,000 addresses that spend theirs on
  // one name are, rightly, held back to one every two seconds.
  std::vector<Phone> known = {{"1001", "red", "Li Na"}};
  for (uint32_t i = 0; i < phones; ++i) known.push_back({std::to_string(20000 + i), "green", "Wang"});
  Server server({}, known);
  std::mt19937 random(seed());
  for (uint32_t address = 0; address < phones; ++address) {
    Telephone phone(server.port, known[address + 1].id, "green", INADDR_LOOPBACK + 1000 + address);
    REQUIRE(status_of(phone.enroll()) == 200);
    std::string target = "sip:96116@127.0.0.1";
    for (int i = 0; i < 30; ++i) {
      char count[16];
      std::snprintf(count, sizeof count, "%08x", i + 2);
      const char* methods[] = {"INVITE", "REGISTER", "INVITE", "CANCEL", "OPTIONS", "ACK", "BYE", "PRACK"};
      std::string method = methods[i % 8];
      std::string more = phone.authorization(phone.challenge, method, target, count);
      phone.call_id = "bad" + std::to_string(address) + "-" + std::to_string(i);
      phone.socket.send(mutated(phone.request(method, target, more, method == "INVITE" ? phone.sdp() : ""), random));
      if (i % 8 == 7) server.run([](Stack&) {});  // not faster than the socket's buffer holds
    }
    phone.call_id = "health" + std::to_string(address);
    REQUIRE(status_of(phone.exchange(phone.request("OPTIONS", target), "SIP/2.0 200")) == 200);
    // Those that were good enough to be calls are refused, and the test goes on when they have been.
    std::istringstream events(server.events.take_all());
    server.run([&](Stack& stack) {
      DialogId dialog = 0;
      for (std::string line, what; std::getline(events, line);)
        if (std::istringstream words(line); words >> what >> dialog && what == "incoming") stack.hangup(dialog, 21);
    });
  }
  server.events.take_all();
  call_works(server);
}

TEST_CASE("answers to our calls, gone bad, are survived") {
  Server server;
  std::mt19937 random(seed());
  Telephone phone(server.port, "1002", "green");
  REQUIRE(status_of(phone.enroll()) == 200);
  for (int i = 0; i < (std::getenv("LONG") ? 2000 : 60); ++i) {
    DialogId call = server.invite("1002");
    REQUIRE(call != 0);
    std::string invite;
    for (int n = 0; n < 200; ++n) {  // ACK, BYE and CANCEL of the calls before come by as well
      invite = phone.socket.receive("INVITE");
      if (invite.find("\r\nTo: ") != std::string::npos) break;
    }
    REQUIRE(invite != "");
    for (int status : {100, 180, 183, 200, 486, 200, 302, 180})
      phone.socket.send(mutated(phone.reply_to(invite, status, "", phone.sdp()), random));
    for (const char* method : {"INVITE", "UPDATE", "INFO", "BYE"})
      phone.socket.send(mutated(phone.within(invite, method, "", phone.sdp()), random));
    server.run([&](Stack& stack) { stack.hangup(call, 16); });
  }
  call_works(server);
}
