// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "sip_harness.h"

using namespace hotline;
using namespace hotline::sip;
using namespace hotline::sip::test;

namespace {

/// What a reply says but for what must differ from one to the next.
std::string shape(std::string text, const Telephone& phone) {
  auto blank = [&text](const std::string& what) {
    if (what.empty()) return;
    for (size_t at; (at = text.find(what)) != std::string::npos;) text.replace(at, what.size(), "~");
  };
  blank(parameter(header(text, "WWW-Authenticate"), "nonce"));
  blank(parameter(header(text, "To"), "tag"));
  blank(phone.call_id);
  blank(std::to_string(phone.socket.port));
  blank(phone.user);
  blank("CSeq: " + std::to_string(phone.cseq));
  return text;
}

}  // namespace

TEST_CASE("a wrong password and a user that does not exist get the same answer") {
  Server server;
  Telephone wrong(server.port, "1001", "blue"), unknown(server.port, "7777", "blue");
  std::string one = wrong.enroll(), two = unknown.enroll();
  CHECK(status_of(one) == 401);
  CHECK(shape(one, wrong) == shape(two, unknown));
  CHECK(one.find("stale") == std::string::npos);
  CHECK(server.events.rest() == "");
  wrong.socket.send(wrong.request("INVITE", "sip:1@127.0.0.1", "", wrong.sdp()));
  CHECK(status_of(wrong.socket.receive()) == 401);
}

TEST_CASE("a request that is sent again with the same nonce and count is refused as stale") {
  Server server;
  Telephone phone(server.port, "1001", "red");
  CHECK(status_of(phone.enroll()) == 200);
  std::string again = phone.authorization(phone.challenge, "REGISTER", phone.registrar());
  phone.socket.send(phone.request("REGISTER", phone.registrar(), again, "", phone.to()));
  std::string reply = phone.socket.receive();
  CHECK(status_of(reply) == 401);
  CHECK(header(reply, "WWW-Authenticate").find("stale=true") != std::string::npos);
  std::string next = phone.authorization(phone.challenge, "REGISTER", phone.registrar(), "00000002");
  phone.socket.send(phone.request("REGISTER", phone.registrar(), next, "", phone.to()));
  CHECK(status_of(phone.socket.receive()) == 200);
}

TEST_CASE("a nonce of our own making is not taken from a stranger") {
  Server server;
  Telephone phone(server.port, "1001", "red");
  std::string forged = "realm=\"hotline\", nonce=\"" + std::string(64, 'a') + "\"";
  std::string mine = phone.authorization(forged, "REGISTER", phone.registrar());
  phone.socket.send(phone.request("REGISTER", phone.registrar(), mine, "", phone.to()));
  CHECK(status_of(phone.socket.receive()) == 401);
}

TEST_CASE("refreshing a registration is no news; another contact is; leaving is") {
  Server server;
  Telephone phone(server.port, "1001", "red"), moved(server.port, "1001", "red");
  CHECK(status_of(phone.enroll()) == 200);
  CHECK(server.events.take("registered 1001") != "");
  std::string refreshed = phone.enroll(120);
  CHECK(header(refreshed, "Contact") == "<" + phone.uri() + ">;expires=120");
  CHECK(status_of(moved.enroll()) == 200);
  CHECK(server.events.take("registered 1001") == "registered 1001 " + moved.uri() + " 60");
  CHECK(status_of(phone.enroll(0)) == 200);  // the old one leaves: the newest stays
  CHECK(server.run([](Stack& stack) { return stack.registered("1001"); }));
  CHECK(status_of(moved.enroll(0)) == 200);
  CHECK(server.events.take("unregistered 1001") == "unregistered 1001 phone said so");
  CHECK(server.events.rest() == "");
}

TEST_CASE("a registration that is not refreshed runs out") {
  Config config;
  config.expires_min_s = 1;
  Server server(config);
  Telephone phone(server.port, "1001", "red");
  CHECK(status_of(phone.enroll(1)) == 200);
  CHECK(server.events.take("unregistered 1001") == "unregistered 1001 expired");
}

TEST_CASE("too short an interval, a contact with a host's name, and somebody else's name are refused") {
  Server server;
  Telephone phone(server.port, "1001", "red");
  std::string brief = phone.enroll(5);
  CHECK(status_of(brief) == 423);
  CHECK(header(brief, "Min-Expires") == "30");
  std::string long_one = phone.enroll(1000000);
  CHECK(header(long_one, "Contact").find("expires=3600") != std::string::npos);
  CHECK(status_of(phone.authorized("REGISTER", phone.registrar(), "", "", "<sip:1002@hotline>")) == 403);
  // The header we add stands before the phone's own: it is the first contact.
  phone.socket.send(phone.request("REGISTER", phone.registrar(), "", "", phone.to()));
  phone.challenge = header(phone.socket.receive(), "WWW-Authenticate");
  std::string named =
      phone.request("REGISTER", phone.registrar(), phone.authorization(phone.challenge, "REGISTER", phone.registrar()),
                    "", phone.to());
  auto at = named.find("Contact: <" + phone.uri());
  named.replace(at, 10 + phone.uri().size(), "Contact: <sip:1001@phone.example.com");
  phone.socket.send(named);
  CHECK(status_of(phone.socket.receive()) == 400);
}

TEST_CASE("a phone that is configured no more is unregistered") {
  Server server;
  Telephone phone(server.port, "1001", "red");
  CHECK(status_of(phone.enroll()) == 200);
  server.run([](Stack& stack) { stack.set_phones({{"1002", "green", "Wang"}}); });
  CHECK(server.events.take("unregistered 1001") == "unregistered 1001 no longer configured");
  CHECK(status_of(phone.enroll()) == 401);
}

TEST_CASE("a phone that calls without being registered is forbidden") {
  Server server;
  Telephone phone(server.port, "1001", "red");
  CHECK(status_of(phone.authorized("INVITE", "sip:96116@127.0.0.1", "", phone.sdp())) == 403);
}

TEST_CASE("an address that guesses is met with silence, and so is what it asks for rightly then; others are served") {
  Server server;
  int answered = 0;
  Telephone guesser(server.port, "1001", "blue");
  guesser.enroll();
  for (int i = 0; i < 40; ++i) {
    std::string guess = guesser.authorization(guesser.challenge, "REGISTER", guesser.registrar());
    guesser.socket.send(guesser.request("REGISTER", guesser.registrar(), guess, "", guesser.to()));
    if (guesser.socket.receive(i < 8 ? 3000 : 200).empty()) break;
    ++answered;
  }
  CHECK(answered >= 8);
  CHECK(answered <= 10);
  Telephone right(server.port, "1001", "red"), elsewhere(server.port, "1001", "red", INADDR_LOOPBACK + 1),
      neighbour(server.port, "1002", "green");
  right.socket.send(right.request("REGISTER", right.registrar(), "", "", right.to()));
  std::string challenge = header(right.socket.receive(), "WWW-Authenticate");
  std::string mine = right.authorization(challenge, "REGISTER", right.registrar());
  right.socket.send(right.request("REGISTER", right.registrar(), mine, "", right.to()));
  CHECK(right.socket.receive(300) == "");
  CHECK(status_of(neighbour.enroll()) == 200);
  CHECK(status_of(elsewhere.enroll()) == 200);
}

TEST_CASE("phones that answer their challenges rightly never run out of tokens") {
  Server server;
  for (int i = 0; i < 600; ++i) {
    Telephone phone(server.port, "1001", "red");
    REQUIRE(status_of(phone.enroll()) == 200);
  }
}

TEST_CASE("SHA-256 is offered where it is wanted, and its answer taken") {
  Config config;
  config.sha256 = true;
  Server server(config);
  Telephone phone(server.port, "1001", "red");
  phone.socket.send(phone.request("REGISTER", phone.registrar(), "", "", phone.to()));
  std::string reply = phone.socket.receive();
  CHECK(reply.find("algorithm=MD5") != std::string::npos);
  std::string challenge = header(reply, "WWW-Authenticate");
  CHECK(parameter(challenge, "algorithm") == "SHA-256");
  phone.socket.send(phone.request("REGISTER", phone.registrar(),
                                  phone.authorization(challenge, "REGISTER", phone.registrar()), "", phone.to()));
  CHECK(status_of(phone.socket.receive()) == 200);
}

TEST_CASE("an Authorization header longer than it may be is no credentials") {
  Server server;
  Telephone phone(server.port, "1001", "red");
  phone.socket.send(phone.request("REGISTER", phone.registrar(), "", "", phone.to()));
  phone.challenge = header(phone.socket.receive(), "WWW-Authenticate");
  std::string mine = phone.authorization(phone.challenge, "REGISTER", phone.registrar());
  mine.insert(mine.size() - 2, ", opaque=\"" + std::string(1024, 'x') + "\"");
  phone.socket.send(phone.request("REGISTER", phone.registrar(), mine, "", phone.to()));
  CHECK(status_of(phone.socket.receive()) == 401);
}
