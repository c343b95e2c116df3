// SPDX-License-Identifier: GPL-2.0-or-later
// Who passed a call on: read from Diversion and History-Info, written as Diversion, and told of a trunk's call.
#include <doctest/doctest.h>

#include "base/text.h"
#include "sip_harness.h"

using namespace hotline;
using namespace hotline::sip;
using namespace hotline::sip::test;

namespace {

/// A gateway that calls in, and what the stack knows of its calls.
class Reader {
 public:
  Reader() : gate_(server_.port, "02099", "") {
    TrunkConfig trunk;
    trunk.name = "gateway";
    trunk.gates = {{"127.0.0.1", static_cast<uint16_t>(gate_.socket.port)}};
    trunk.qualify = milliseconds(0);
    server_.run([&](Stack& stack) { stack.set_trunks({trunk}); });
  }
  /// "96110 busy 2" of a call that comes in with these header lines; "" when it was not passed on.
  std::string read(const std::string& lines) {
    gate_.call_id = "diverted" + std::to_string(++calls_);
    gate_.socket.send(gate_.request("INVITE", "sip:96116@127.0.0.1", lines, gate_.sdp()));
    std::string event = server_.events.take("incoming");
    if (event.empty()) return "no call";
    DialogId call = static_cast<DialogId>(std::stoul(split(event, ' ').at(1)));
    Diversion diversion = server_.run([&](Stack& stack) {
      Diversion found = stack.caller(call)->diverted;
      stack.answer(call, "127.0.0.1", 30000);
      CHECK(stack.caller(call) == nullptr);  // it is kept no longer than it is of use
      stack.hangup(call, 16);
      return found;
    });
    if (diversion.reason.empty()) return "";
    return diversion.number + " " + diversion.reason + " " + std::to_string(diversion.count);
  }

 private:
  Server server_;
  Telephone gate_;
  int calls_ = 0;
};

}  // namespace

TEST_CASE("Diversion is read as a redirecting number: the topmost is the last who passed it on, and all are counted") {
  const std::pair<const char*, const char*> kCases[] = {
      {"", ""},
      {"Diversion: <sip:96110@gw>;reason=user-busy\r\n", "96110 busy 1"},
      {"Diversion: \"Desk, old\" <sip:+8620123@gw;user=phone>;reason=no-answer;counter=3\r\n", "+8620123 no-answer 3"},
      {"Diversion: <tel:96110>;reason=\"unconditional\"\r\n", "96110 unconditional 1"},
      {"diversion: <sip:2@a>;reason=deflection, <sip:1@a>;reason=unavailable;counter=2\r\n", "2 deflection 3"},
      {"Diversion: <sip:2@a>;reason=out-of-service\r\nDiversion: <sip:1@a>\r\n", "2 out-of-order 2"},
      {"Diversion: <sip:2@a>;reason=time-of-day;privacy=full\r\n", " unknown 1"},
      {"Diversion: <sip:anonymous@anonymous.invalid>;reason=follow-me\r\n", " by-user 1"},
      {"Diversion: <sip:2@a>;counter=-5\r\n", "2 unknown 1"},
      {"Diversion: <sip:2@a>;counter=99999999999999999999\r\n", "2 unknown 99"},
      {"Diversion: ;;;<<\r\n", ""},
  };
  Reader reader;
  for (const auto& [lines, expected] : kCases) {
    CAPTURE(lines);
    CHECK(reader.read(lines) == expected);
  }
}

TEST_CASE("History-Info is read by its causes and what maps one number to another, and counts before Diversion") {
  const std::pair<const char*, const char*> kCases[] = {
      {"History-Info: <sip:96116@h>;index=1\r\n", ""},
      // The same number at another address is no redirection (RFC 7044 §7.1, rc).
      {"History-Info: <sip:96116@h>;index=1, <sip:96116@192.0.2.1>;index=1.1;rc=1\r\n", ""},
      {"History-Info: <sip:96110@h>;index=1, <sip:96116@h;cause=486>;index=1.1;mp=1\r\n", "96110 busy 1"},
      {"History-Info: <sip:96110@h?Reason=SIP%3Bcause%3D408>;index=1\r\nHistory-Info: <sip:96116@h>;index=2;mp=1\r\n",
       "96110 no-answer 1"},
      {"History-Info: <sip:1@h>;index=1,<sip:2@h;cause=302>;index=1.1;mp=1,<sip:2@x>;index=1.1.1;rc=1.1,"
       "<sip:3@h;cause=480>;index=1.2;mp=1.1\r\n",
       "2 deflection 2"},
      {"History-Info: <sip:1@h?Privacy=history>;index=1,<sip:2@h;cause=503>;index=1.1;mp=1\r\n", " out-of-order 1"},
      {"Diversion: <sip:9@a>;reason=user-busy\r\nHistory-Info: <sip:1@h>;index=1,<sip:2@h;cause=302>;index=1.1;mp=1\r\n",
       "1 unconditional 1"},
      {"Diversion: <sip:9@a>;reason=user-busy\r\nHistory-Info: <sip:1@h>;index=1\r\n", "9 busy 1"},
  };
  Reader reader;
  for (const auto& [lines, expected] : kCases) {
    CAPTURE(lines);
    CHECK(reader.read(lines) == expected);
  }
}

TEST_CASE("a header line says it to the next, and is read as the same; a withheld number stays withheld") {
  Reader reader;
  for (const char* reason : {"unknown", "busy", "no-answer", "deflection", "out-of-order", "by-user", "unconditional"})
    for (const char* number : {"96110", ""}) {
      Server server;
      Telephone gate(server.port, "gate", "");
      TrunkConfig trunk;
      trunk.name = "provider";
      trunk.gates = {{"127.0.0.1", static_cast<uint16_t>(gate.socket.port)}};
      trunk.qualify = milliseconds(0);
      server.run([&](Stack& stack) {
        stack.set_trunks({trunk});
        Invite invite;
        invite.trunk = "provider";
        invite.number = "13800138000";
        invite.from = "96116";
        invite.local_address = "127.0.0.1";
        invite.local_port = 30000;
        invite.diverted = {number, reason, 4};
        invite.max_forwards = 7;
        CHECK(stack.invite(invite));
      });
      std::string invite = gate.socket.receive("INVITE");
      std::string line = header(invite, "Diversion");
      CHECK(line.starts_with(*number ? "<sip:96110@127.0.0.1>;reason=" : "<sip:anonymous@anonymous.invalid>;privacy=full;reason="));
      CHECK(header(invite, "Max-Forwards") == "7");
      CHECK(reader.read("Diversion: " + line + "\r\n") == std::string(number) + " " + reason + " 4");
    }
}

TEST_CASE("however long and many the headers are, what is kept is bounded") {
  std::string many, entry = "Diversion: <sip:1@a>;counter=50\r\n";
  for (int i = 0; i < 60; ++i) many += entry;
  Reader reader;
  CHECK(reader.read(many) == "1 unknown 99");
  CHECK(reader.read("Diversion: <sip:" + std::string(3000, '1') + "@a>\r\n") == "");
  CHECK(reader.read("History-Info: <sip:" + std::string(3000, '1') + "@a>\r\n") == "");
}

TEST_CASE("who answers over a trunk is told before the answer, unless he does not want to be; a caller is told in our 200") {
  Server server;
  Telephone gate(server.port, "gate", "");
  TrunkConfig trunk;
  trunk.name = "provider";
  trunk.gates = {{"127.0.0.1", static_cast<uint16_t>(gate.socket.port)}};
  trunk.qualify = milliseconds(0);
  auto answered_by = [&](const std::string& more) {
    server.run([&](Stack& stack) {
      Invite invite;
      invite.trunk = "provider";
      invite.number = "13800138000";
      invite.local_address = "127.0.0.1";
      invite.local_port = 30000;
      CHECK(stack.invite(invite));
    });
    std::string invite = gate.socket.receive("INVITE");
    gate.socket.send(gate.reply_to(invite, 200, more, gate.sdp()));
    CHECK(server.events.take("answered") != "");
    std::string event = server.events.take("connected", milliseconds(0));
    return event.substr(event.rfind(' ') + 1);
  };
  server.run([&](Stack& stack) { stack.set_trunks({trunk}); });
  CHECK(answered_by("P-Asserted-Identity: \"Li\" <sip:13900139000@gw>\r\n") == "13900139000");
  CHECK(answered_by("P-Asserted-Identity: <sip:13900139000@gw>\r\nPrivacy: id\r\n") == "");
  CHECK(answered_by("") == "");
  gate.call_id = "asks";
  gate.socket.send(gate.request("INVITE", "sip:96116@127.0.0.1", "", gate.sdp()));
  std::string event = server.events.take("incoming");
  REQUIRE(event != "");
  server.run([&](Stack& stack) {
    stack.answer(static_cast<DialogId>(std::stoul(split(event, ' ').at(1))), "127.0.0.1", 30002, "13700137000");
  });
  CHECK(header(gate.socket.receive("SIP/2.0 200"), "P-Asserted-Identity") == "<sip:13700137000@hotline>");
}
