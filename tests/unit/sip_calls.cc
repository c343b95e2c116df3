// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "sip_harness.h"

using namespace hotline;
using namespace hotline::sip;
using namespace hotline::sip::test;

TEST_CASE("a phone that registers is called, answers, and hangs up") {
  Server server;
  Telephone phone(server.port, "1001", "red");
  CHECK(status_of(phone.enroll()) == 200);
  CHECK(server.events.take("registered 1001") == "registered 1001 " + phone.uri() + " 60");

  DialogId call = server.invite("1001", true);
  REQUIRE(call != 0);
  std::string invite = phone.socket.receive("INVITE");
  REQUIRE(!invite.empty());
  CHECK(header(invite, "Call-Info").find("answer-after=0") != std::string::npos);
  CHECK(header(invite, "Answer-Mode") == "Auto");
  CHECK(header(invite, "Alert-Info") != "");
  CHECK(header(invite, "From").starts_with("\"Caller\" <sip:13800138000@hotline>"));
  CHECK(invite.find("m=audio 30000 RTP/AVP 8 0 101\r\n") != std::string::npos);
  phone.socket.send(phone.reply_to(invite, 180));
  CHECK(server.events.take("ringing 1") != "");
  phone.socket.send(phone.reply_to(invite, 200, "", phone.sdp()));
  CHECK(server.events.take("answered 1") == "answered 1 127.0.0.1:40000 pt8 ev101 send");
  std::string ack = phone.socket.receive("ACK");
  CHECK(ack != "");
  phone.socket.send(phone.within(invite, "BYE", "Reason: Q.850;cause=31\r\n"));
  CHECK(status_of(phone.socket.receive("SIP/2.0")) == 200);
  CHECK(server.events.take("released 1") == "released 1 31 remote");
  CHECK(server.events.rest() == "");
}
