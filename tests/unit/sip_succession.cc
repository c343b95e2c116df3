// SPDX-License-Identifier: GPL-2.0-or-later
// Two stacks that take turns on one address: the first yields, the second has the port and hands on what is the first's.
#include <doctest/doctest.h>

#include "sip/port_relay.h"
#include "sip_harness.h"

namespace hotline::sip {
namespace {

using namespace test;

constexpr char kAnswer[] =
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.7:5060;branch=z9hG4bKa;rport=4711;received=127.0.0.1\r\n"
    "Via: SIP/2.0/UDP 10.0.0.8\r\nCSeq: 2 BYE\r\n\r\n";

/// The second stack, on the port of the first, which yields to it.
struct Succession {
  Server first;
  uint16_t private_port = 0;
  std::unique_ptr<Server> second;

  void change() {
    auto port = first.run([](Stack& stack) { return stack.yield(); });
    REQUIRE(port);
    private_port = *port;
    auto call_ids = first.run([](Stack& stack) { return stack.call_ids(); });
    auto at = first.run([](Stack& stack) { return stack.registrations("1001"); });
    Config config;
    config.port = static_cast<uint16_t>(first.port);
    config.shared = true;
    second = std::make_unique<Server>(config);
    second->run([&](Stack& stack) {
      stack.adopt("1001", at);
      REQUIRE(stack.hand_on(private_port, call_ids));
    });
  }
};

}  // namespace

TEST_CASE("an answer that is handed back names the phone's own address in its first Via, and no other line changes") {
  std::string text = with_source(kAnswer, "192.0.2.9", 1234);
  CHECK(header(text, "Via") == "SIP/2.0/UDP 10.0.0.7:5060;branch=z9hG4bKa;rport=1234;received=192.0.2.9");
  CHECK(text.find("Via: SIP/2.0/UDP 10.0.0.8\r\nCSeq: 2 BYE\r\n\r\n") != std::string::npos);
  CHECK(with_source("BYE sip:a SIP/2.0\r\nVia: x\r\n\r\n", "192.0.2.9", 1) == "");
  CHECK(with_source("SIP/2.0 200 OK\r\n\r\n", "192.0.2.9", 1) == "");
}

TEST_CASE("a request and its answer have one key, whatever else stands in Via") {
  CHECK(via_key(kAnswer) == "SIP/2.0/UDP 10.0.0.7:5060;z9hG4bKa");
  CHECK(via_key("BYE sip:a SIP/2.0\r\nv: SIP/2.0/UDP 10.0.0.7:5060;rport;branch=z9hG4bKa\r\n\r\n") == via_key(kAnswer));
  CHECK(via_key("BYE sip:a SIP/2.0\r\nMax-Forwards: 70\r\n\r\n") == "");
}

TEST_CASE("a call outlives the change: the phone's BYE comes to the second stack and ends the first's dialog") {
  Succession both;
  Telephone phone(both.first.port, "1001", "red");
  REQUIRE(status_of(phone.enroll()) == 200);
  REQUIRE(both.first.invite("1001") != 0);
  std::string invite = phone.socket.receive("INVITE");
  phone.socket.send(phone.reply_to(invite, 200, "", phone.sdp()));
  CHECK(both.first.events.take("answered") != "");
  both.change();

  std::string reply = phone.exchange(phone.within(invite, "BYE"), "SIP/2.0");
  CHECK(status_of(reply) == 200);
  CHECK(parameter(header(reply, "Via"), "rport") == std::to_string(phone.socket.port));
  CHECK(both.first.events.take("released") != "");
  CHECK(both.first.run([](Stack& stack) { return stack.call_ids().size(); }) == 0);
  CHECK(both.second->events.rest() == "");
}

TEST_CASE("a call outlives the change: the first stack's BYE goes out from the same port and its answer comes home") {
  Succession both;
  Telephone phone(both.first.port, "1001", "red");
  REQUIRE(status_of(phone.enroll()) == 200);
  DialogId dialog = both.first.invite("1001");
  std::string invite = phone.socket.receive("INVITE");
  phone.socket.send(phone.reply_to(invite, 200, "", phone.sdp()));
  CHECK(both.first.events.take("answered") != "");
  both.change();

  both.first.run([&](Stack& stack) { stack.hangup(dialog, 16); });
  std::string bye = phone.socket.receive("BYE");
  REQUIRE(bye != "");
  phone.socket.send(phone.reply_to(bye, 200));
  // It is heard: the BYE is not repeated (T1 is 500 ms).
  CHECK(phone.socket.receive("BYE", 1500) == "");
}

TEST_CASE("a ringing call of the first stack is cancelled through the second") {
  Succession both;
  Telephone phone(both.first.port, "1001", "red");
  REQUIRE(status_of(phone.enroll()) == 200);
  std::string target = "sip:96116@127.0.0.1:" + std::to_string(both.first.port);
  REQUIRE(status_of(phone.authorized("INVITE", target, "", phone.sdp())) == 100);
  CHECK(both.first.events.take("incoming") != "");
  std::string branch = phone.branch;
  both.change();

  std::string cancel = phone.with_cseq("CANCEL", target, phone.cseq, "", "", "");
  cancel.replace(cancel.find(phone.branch), phone.branch.size(), branch);
  CHECK(status_of(phone.exchange(cancel, "SIP/2.0 200")) == 200);
  CHECK(both.first.events.take("released") != "");
  CHECK(status_of(phone.socket.receive("SIP/2.0 487")) == 487);
}

TEST_CASE("after the change the second stack has the registrations and the new calls, and the first has neither") {
  Succession both;
  Telephone phone(both.first.port, "1001", "red"), late(both.first.port, "1002", "green");
  REQUIRE(status_of(phone.enroll()) == 200);
  both.change();
  CHECK(both.second->run([](Stack& stack) { return stack.registered("1001"); }));
  CHECK(status_of(late.enroll()) == 200);
  CHECK(both.second->events.take("registered 1002") != "");
  REQUIRE(both.second->invite("1001") != 0);
  CHECK(phone.socket.receive("INVITE") != "");
  CHECK(both.first.events.take("registered 1002", milliseconds(100)) == "");
}

TEST_CASE("when the second stack dies the first has its datagrams again") {
  Succession both;
  Telephone phone(both.first.port, "1001", "red");
  REQUIRE(status_of(phone.enroll()) == 200);
  REQUIRE(both.first.invite("1001") != 0);
  std::string invite = phone.socket.receive("INVITE");
  phone.socket.send(phone.reply_to(invite, 200, "", phone.sdp()));
  CHECK(both.first.events.take("answered") != "");
  both.change();
  both.second.reset();
  CHECK(status_of(phone.exchange(phone.within(invite, "BYE"), "SIP/2.0")) == 200);
  CHECK(both.first.events.take("released") != "");
}

}  // namespace hotline::sip
