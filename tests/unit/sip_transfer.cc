// SPDX-License-Identifier: GPL-2.0-or-later
// REFER with its NOTIFYs (RFC 3515, RFC 4488) and Replaces (RFC 3891).
#include "sip_registered.h"

using namespace hotline;
using namespace hotline::sip;
using namespace hotline::sip::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string tag_of(const std::string& address) { return parameter(address, "tag"); }

/// The dialog that `invite` (ours) made with `phone`, as a phone names it in Replaces: to-tag is ours.
std::string replaces_of(const std::string& invite, const Telephone& phone, const char* separator = ";") {
  return header(invite, "Call-ID") + separator + "to-tag=" + tag_of(header(invite, "From")) + separator +
         "from-tag=me" + std::to_string(phone.socket.port);
}

std::string escaped(std::string text) {
  for (auto [from, to] : {std::pair{";", "%3B"}, {"=", "%3D"}, {"@", "%40"}})
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += 3) text.replace(at, 1, to);
  return text;
}

}  // namespace

TEST_CASE("a transfer is taken with 202, told in NOTIFYs, and one comes after the other") {
  Registered one;
  std::string invite = one.up();
  std::string taken = one.ask(invite, "REFER", "Refer-To: <sip:1002@hotline>\r\n");
  CHECK(status_of(taken) == 202);
  CHECK(one.server.events.take("refer") == "refer 1 to '1002' replaces 0");
  std::string notify = one.phone.socket.receive("NOTIFY");
  CHECK(header(notify, "Event") == "refer");
  CHECK(header(notify, "Subscription-State") == "active;expires=60");
  CHECK(has(header(notify, "Content-Type"), "message/sipfrag"));
  CHECK(notify.ends_with("\r\n\r\nSIP/2.0 100 Trying\r\n"));
  one.phone.socket.send(one.phone.reply_to(notify, 200));
  CHECK(status_of(one.ask(invite, "REFER", "Refer-To: <sip:1002@hotline>\r\n")) == 491);
  one.server.run([](Stack& stack) {
    stack.refer_progress(1, 180);
    stack.refer_progress(1, 486);
    stack.refer_progress(1, 200);  // it is over
  });
  CHECK(one.phone.socket.receive("NOTIFY").ends_with("SIP/2.0 180 Ringing\r\n"));
  notify = one.phone.socket.receive("NOTIFY");
  while (has(notify, "180 Ringing")) notify = one.phone.socket.receive("NOTIFY");
  CHECK(notify.ends_with("SIP/2.0 486 Busy Here\r\n"));
  CHECK(header(notify, "Subscription-State") == "terminated;reason=noresource");
  // §2.4.6: the second one's NOTIFYs say which it is.
  CHECK(status_of(one.ask(invite, "REFER", "Refer-To: <sip:1003@hotline>\r\n")) == 202);
  int number = one.phone.cseq;
  notify = one.phone.socket.receive("NOTIFY");
  while (has(notify, "terminated") || has(notify, "180 Ringing")) notify = one.phone.socket.receive("NOTIFY");
  CHECK(header(notify, "Event") == "refer;id=" + std::to_string(number));
}

TEST_CASE("a phone that wants no NOTIFY gets none") {
  Registered one;
  std::string invite = one.up();
  std::string taken =
      one.ask(invite, "REFER", "Refer-To: <sip:1002@hotline>\r\nSupported: norefersub\r\nRefer-Sub: false\r\n");
  CHECK(status_of(taken) == 202);
  CHECK(header(taken, "Refer-Sub") == "false");
  one.server.run([](Stack& stack) { stack.refer_progress(1, 200); });
  one.phone.socket.send(one.phone.within(invite, "OPTIONS"));
  CHECK(status_of(one.phone.socket.receive()) == 200);  // the next thing that comes
}

TEST_CASE("transfers that name nobody, nothing we do, or somebody else's network are refused") {
  Registered one;
  std::string invite = one.up();
  auto refer = [&](const std::string& to) { return status_of(one.ask(invite, "REFER", to)); };
  CHECK(refer("") == 400);
  CHECK(refer("Refer-To: <mailto:a@b>\r\n") == 400);
  CHECK(refer("Refer-To: <sip:1002@hotline;method=BYE>\r\n") == 400);
  CHECK(refer("Refer-To: <sip:1002@evil.example>\r\n") == 403);
  CHECK(refer("Refer-To: <sip:a%00b@hotline>\r\n") == 404);
  CHECK(refer("Refer-To: <sip:hotline>\r\n") == 404);
  CHECK(refer("Refer-To: <sip:1002@hotline?Replaces=nonsense>\r\n") == 400);
  CHECK(refer("Refer-To: <sip:1002@hotline?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>\r\n") == 404);
  CHECK(one.server.events.rest() == "");
  one.server.events.refer_status = 403;  // what those above say
  CHECK(refer("Refer-To: <sip:1002@127.0.0.1>\r\n") == 403);
  CHECK(one.server.events.take("refer") == "refer 1 to '1002' replaces 0");
}

TEST_CASE("an attended transfer names the phone's other call, and no other phone's") {
  Registered one;
  std::string first = one.up();
  std::string second = one.up();
  std::string to = "Refer-To: <sip:x@hotline?Replaces=" + escaped(replaces_of(second, one.phone)) + ">\r\n";
  CHECK(status_of(one.ask(first, "REFER", to)) == 202);
  CHECK(one.server.events.take("refer") == "refer 1 to '' replaces 2");

  Telephone other(one.server.port, "1002", "green");
  REQUIRE(status_of(other.enroll()) == 200);
  REQUIRE(one.server.invite("1002") == 3);
  std::string theirs = other.socket.receive("INVITE");
  other.socket.send(other.reply_to(theirs, 200, "", other.sdp()));
  REQUIRE(one.server.events.take("answered 3") != "");
  other.socket.send(other.within(theirs, "REFER", to));
  CHECK(status_of(other.socket.receive("SIP/2.0")) == 404);
}

TEST_CASE("a call that replaces one of the phone's own is told with it") {
  Registered one;
  std::string invite = one.up();
  CHECK(status_of(one.call(one.phone.sdp(), "Replaces: " + replaces_of(invite, one.phone) + "\r\n")) == 100);
  CHECK(one.server.events.take("replacing") == "replacing 2 1001 1 127.0.0.1:40000 pt8 ev101 send");
  one.server.run([](Stack& stack) { stack.answer(2, "127.0.0.1", 30002); });
  CHECK(status_of(one.phone.socket.receive("SIP/2.0 200")) == 200);
}

TEST_CASE("what may not be replaced: nothing, somebody else's, an answered one that should be early, and not now") {
  Registered one;
  std::string invite = one.up();
  std::string replaces = "Replaces: " + replaces_of(invite, one.phone);
  CHECK(status_of(one.call(one.phone.sdp(), "Replaces: a;to-tag=b;from-tag=c\r\n")) == 481);
  CHECK(status_of(one.call(one.phone.sdp(), replaces + ";early-only\r\n")) == 486);
  Telephone other(one.server.port, "1002", "green");
  REQUIRE(status_of(other.enroll()) == 200);
  CHECK(status_of(other.authorized("INVITE", one.target(), replaces + "\r\n", other.sdp())) == 481);
  one.server.events.may_replace = false;
  one.call(one.phone.sdp(), replaces + "\r\n");
  CHECK(one.server.events.take("replacing") != "");
  CHECK(status_of(one.phone.socket.receive("SIP/2.0 486")) == 486);
}

TEST_CASE("a ringing call is picked up by a phone of the same group, and by no other") {
  for (std::string group : {"desk", "cellar"}) {
    Registered one({}, {{"1001", "red", "", Srtp::off, "desk"}, {"1002", "green", "", Srtp::off, group}});
    one.server.invite("1001");
    std::string invite = one.phone.socket.receive("INVITE");
    one.phone.socket.send(one.phone.reply_to(invite, 180));
    REQUIRE(one.server.events.take("ringing 1") != "");
    Telephone other(one.server.port, "1002", "green");
    REQUIRE(status_of(other.enroll()) == 200);
    std::string reply = other.authorized(
        "INVITE", one.target(), "Replaces: " + replaces_of(invite, one.phone) + ";early-only\r\n", other.sdp());
    CHECK(status_of(reply) == (group == "desk" ? 100 : 481));
    CHECK((one.server.events.take("replacing", milliseconds(group == "desk" ? 8000 : 20)) != "") == (group == "desk"));
  }
}
