// SPDX-License-Identifier: GPL-2.0-or-later
// What strangers learn (nothing), and what they can use up (little).
#include <doctest/doctest.h>

#include "sip/connections.h"
#include "sip/guard.h"
#include "sip_harness.h"

using namespace hotline;
using namespace hotline::sip;
using namespace hotline::sip::test;

namespace {

Instant at(double second) { return Instant(std::chrono::nanoseconds(static_cast<int64_t>(second * 1e9))); }

Credentials answer(Guard& guard, const std::string& from, const std::string& user, const std::string& secret,
                   double second) {
  std::string text = guard.challenge_for(from, Algorithm::md5, false, at(second));
  Credentials mine;
  mine.username = user;
  mine.realm = "hotline";
  mine.nonce = text.substr(text.find("nonce=\"") + 7, 64);
  mine.uri = "sip:x";
  mine.response = digest_response(mine, secret, "REGISTER");
  return mine;
}

Connections::One connection(int fd, const std::string& address, int64_t age_ms, int64_t idle_ms, bool mute = false) {
  Connections::One one;
  one.fd = fd;
  one.address = address;
  one.age_ms = age_ms;
  one.idle_ms = idle_ms;
  one.mute = mute;
  return one;
}

}  // namespace

TEST_CASE("guessing one phone's password locks that phone out at that address, and nobody else anywhere") {
  Registrar registrar;
  registrar.set_phones({{"1001", "red", "Li"}, {"1002", "green", "Wang"}});
  Guard guard(registrar, "hotline");
  auto tries = [&](const Guard::From& from, const std::string& user, const std::string& secret) {
    return guard.judge(from, answer(guard, from.address, user, secret, 100), "REGISTER", at(100));
  };
  for (int i = 0; i < 10; ++i) CHECK(tries("a", "1001", "blue") == Guard::Verdict::challenge);
  CHECK(tries("a", "1001", "blue") == Guard::Verdict::silence);
  CHECK(tries("a", "1001", "red") == Guard::Verdict::silence);
  CHECK(tries("a", "1002", "green") == Guard::Verdict::pass);
  CHECK(tries("b", "1001", "red") == Guard::Verdict::pass);
  // The phone itself, known by address and port, is not locked out by what others do at its address.
  CHECK(tries(Guard::From("a", true, true), "1001", "red") == Guard::Verdict::pass);
  // A name that nobody has runs out in the same way.
  for (int i = 0; i < 10; ++i) CHECK(tries("c", "7777", "blue") == Guard::Verdict::challenge);
  CHECK(tries("c", "7777", "blue") == Guard::Verdict::silence);
}

TEST_CASE("guessing one password from everywhere leaves the phone where it is") {
  Registrar registrar;
  registrar.set_phones({{"1001", "red", "Li"}, {"1002", "green", "Wang"}});
  Guard guard(registrar, "hotline");
  auto tries = [&](const Guard::From& from, const std::string& user, const std::string& secret) {
    return guard.judge(from, answer(guard, from.address, user, secret, 100), "REGISTER", at(100));
  };
  int answered = 0;
  for (int i = 0; i < 300; ++i) answered += tries("10.0." + std::to_string(i) + ".1", "1001", "blue") == Guard::Verdict::challenge;
  CHECK(answered == 200);
  CHECK(tries("10.9.9.9", "1001", "red") == Guard::Verdict::silence);
  CHECK(tries(Guard::From("192.0.2.1", true), "1001", "red") == Guard::Verdict::pass);
  CHECK(tries("10.9.9.9", "1002", "green") == Guard::Verdict::pass);
}

TEST_CASE("whatever asks for no password is answered until the address has had its share") {
  Server server;
  Telephone stranger(server.port, "x", "y", INADDR_LOOPBACK + 77);
  int answered = 0;
  for (int i = 0; i < 600; ++i) {
    stranger.call_id = "blue" + std::to_string(i);
    const char* methods[] = {"OPTIONS", "BYE", "MESSAGE", "PUBLISH", "NOTIFY"};
    stranger.socket.send(stranger.request(methods[i % 5], "sip:x@127.0.0.1"));
    std::string reply = stranger.socket.receive(i < 450 ? 3000 : 100);
    if (reply.empty()) break;
    CHECK(reply.find("Server:") == std::string::npos);
    CHECK(reply.find("Hotline") == std::string::npos);
    ++answered;
  }
  CHECK(answered >= 499);
  CHECK(answered < 600);
  Telephone other(server.port, "1001", "red", INADDR_LOOPBACK + 78);
  CHECK(status_of(other.enroll()) == 200);
}

TEST_CASE("a header that is too long and too many of them are refused before they are looked at") {
  Server server;
  Telephone stranger(server.port, "1001", "red");
  for (const char* where : {"Call-ID: ", ";tag=t", "branch=z9hG4bK"}) {
    std::string text = stranger.request("REGISTER", stranger.registrar());
    text.insert(text.find(where) + std::strlen(where), std::string(300, 'x'));
    stranger.socket.send(text);
    CHECK(status_of(stranger.socket.receive()) == 400);
  }
  std::string many;
  for (int i = 0; i < 200; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  stranger.socket.send(stranger.request("INVITE", "sip:1@127.0.0.1", many, stranger.sdp()));
  CHECK(status_of(stranger.socket.receive()) == 400);
}

TEST_CASE("connections beyond their caps are closed: the newest of an address, then the idlest of all") {
  std::vector<Connections::One> all = {connection(1, "a", 9000, 10),  connection(2, "a", 8000, 10),
                                       connection(3, "a", 7000, 10),  connection(4, "b", 6000, 5000),
                                       connection(5, "c", 5000, 100), connection(6, "d", 20000, 0, true)};
  CHECK(Connections::too_many(all, 100, 100) == std::vector<int>{6});  // it has never said a word
  CHECK(Connections::too_many(all, 100, 2) == std::vector<int>{3, 6});
  CHECK(Connections::too_many(all, 3, 2) == std::vector<int>{3, 4, 6});
  CHECK(Connections::too_many({}, 1, 1).empty());
}

TEST_CASE("a crowd of connections from one address is cut to its share, and a phone over TCP is served all the while") {
  Config config;
  config.connections_address_max = 5;
  Server server(config);
  Telephone phone(server.port, "1001", "red", INADDR_LOOPBACK + 1, true);
  REQUIRE(status_of(phone.enroll()) == 200);
  std::vector<std::unique_ptr<Socket>> crowd;
  for (int i = 0; i < 20; ++i) crowd.push_back(std::make_unique<Socket>(server.port, INADDR_LOOPBACK + 2, true));
  int closed = 0;
  for (int round = 0; round < 100 && closed < 15; ++round) {
    closed = 0;
    for (auto& one : crowd) {
      char octet;
      closed += ::recv(one->descriptor(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    }
    if (closed < 15) (void)phone.socket.receive(100);
  }
  CHECK(closed == 15);
  CHECK(status_of(phone.enroll()) == 200);
}
