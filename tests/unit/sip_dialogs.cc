// SPDX-License-Identifier: GPL-2.0-or-later
// What happens within a dialog: session timers, reliable provisional responses, UPDATE, glare, late offers, early
// media, phones that have moved, SRTP and T.38.
#include "sip_registered.h"

using namespace hotline;
using namespace hotline::sip;
using namespace hotline::sip::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Config with_sessions(int expires_s, int least_s) {
  Config config;
  config.session_expires_s = expires_s;
  config.session_expires_min_s = least_s;
  return config;
}

/// A call from the phone that is answered: the 200, acknowledged.
std::string answered(Registered& one, const std::string& body, const std::string& more = "") {
  REQUIRE(status_of(one.call(body, more)) == 100);
  REQUIRE(one.server.events.take("incoming") != "");
  one.server.run([](Stack& stack) { stack.answer(1, "127.0.0.1", 30002); });
  std::string answer = one.phone.socket.receive("SIP/2.0 200");
  one.acknowledge(answer);
  return answer;
}

/// A key of thirty octets 0, 1, 2 …
constexpr char kKey[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd";

std::string secure_sdp(const Telephone& phone, const std::string& protocol, const std::string& crypto) {
  std::string text = phone.sdp();
  text.replace(text.find("RTP/AVP"), 7, protocol);
  return text + "a=crypto:" + crypto + "\r\n";
}

}  // namespace

TEST_CASE("a session that is too short is refused with 422 and the least that is taken") {
  Registered one(with_sessions(600, 90));
  std::string reply = one.call(one.phone.sdp(), "Supported: timer\r\nSession-Expires: 60\r\n");
  CHECK(status_of(reply) == 422);
  CHECK(header(reply, "Min-SE") == "90");
  // Who does not know timers cannot be told so: a proxy has put it there.
  CHECK(status_of(one.call(one.phone.sdp(), "Session-Expires: 60\r\n")) == 100);
}

TEST_CASE("a session is as long as the shorter of both wants, and the phone refreshes unless it asks us to") {
  struct Row {
    const char *asked, *agreed;
  };
  const Row rows[] = {{"Supported: timer\r\nSession-Expires: 1800\r\n", "600;refresher=uac"},
                      {"Supported: timer\r\nSession-Expires: 300;refresher=uas\r\n", "300;refresher=uas"},
                      {"Supported: timer\r\nSession-Expires: 1800\r\nMin-SE: 900\r\n", "900;refresher=uac"},
                      {"Supported: timer\r\n", "600;refresher=uac"},
                      {"", ""}};
  for (auto& row : rows) {
    CAPTURE(row.asked);
    Registered one(with_sessions(600, 90));
    std::string answer = answered(one, one.phone.sdp(), row.asked);
    CHECK(header(answer, "Session-Expires") == row.agreed);
    CHECK(header(answer, "Require") == (has(row.agreed, "uac") ? "timer" : ""));
  }
}

TEST_CASE("a phone that was to refresh its session and does not is released") {
  Registered one(with_sessions(3, 1));
  answered(one, one.phone.sdp(), "Supported: timer\r\nSession-Expires: 3;refresher=uac\r\n");
  CHECK(one.phone.socket.receive("BYE", 8000) != "");
  CHECK(one.server.events.take("released 1") == "released 1 102 local");
}

TEST_CASE("we refresh by UPDATE where the phone can, with the time agreed on") {
  Registered one(with_sessions(2, 1));
  REQUIRE(one.server.invite("1001") != 0);
  std::string invite = one.phone.socket.receive("INVITE");
  CHECK(header(invite, "Session-Expires") == "2");
  CHECK(header(invite, "Min-SE") == "1");
  CHECK(has(header(invite, "Supported"), "timer"));
  one.phone.socket.send(one.phone.reply_to(invite, 200,
                                           "Allow: INVITE, ACK, BYE, UPDATE\r\nSupported: timer\r\nRequire: timer\r\n"
                                           "Session-Expires: 2;refresher=uac\r\n",
                                           one.phone.sdp()));
  for (int i = 0; i < 2; ++i) {
    std::string update = one.phone.socket.receive("UPDATE", 8000);
    REQUIRE(update != "");
    CHECK(header(update, "Session-Expires") == "2;refresher=uac");
    one.phone.socket.send(one.phone.reply_to(update, 200, "Require: timer\r\nSession-Expires: 2;refresher=uac\r\n"));
  }
  CHECK(one.server.events.take("released", milliseconds(10)) == "");
}

TEST_CASE("we refresh by re-INVITE where the phone cannot UPDATE, and what it describes is taken") {
  Registered one(with_sessions(2, 1));
  REQUIRE(one.server.invite("1001") != 0);
  std::string invite = one.phone.socket.receive("INVITE");
  one.phone.socket.send(
      one.phone.reply_to(invite, 200, "Supported: timer\r\nSession-Expires: 2;refresher=uac\r\n", one.phone.sdp()));
  REQUIRE(one.phone.socket.receive("ACK") != "");
  std::string again = one.phone.socket.receive("INVITE", 8000);
  REQUIRE(again != "");
  CHECK(has(again, "m=audio 30000 RTP/AVP 8 0 101\r\n"));
  CHECK(has(again, " 1 IN IP4"));  // the version that was: nothing has changed
  one.phone.socket.send(
      one.phone.reply_to(again, 200, "Session-Expires: 2;refresher=uac\r\n", one.phone.sdp("sendonly")));
  CHECK(one.phone.socket.receive("ACK") != "");
  CHECK(one.server.events.take("media 1") == "media 1 127.0.0.1:40000 pt8 ev101 hold");
}

TEST_CASE("a phone without timers is asked within its dialog, and one that knows nothing of the call is released") {
  Registered one(with_sessions(2, 1));
  one.up();
  std::string options = one.phone.socket.receive("OPTIONS", 8000);
  REQUIRE(options != "");
  one.phone.socket.send(one.phone.reply_to(options, 200));
  options = one.phone.socket.receive("OPTIONS", 8000);
  REQUIRE(options != "");
  one.phone.socket.send(one.phone.reply_to(options, 481));
  CHECK(one.server.events.take("released 1") == "released 1 41 local");
}

TEST_CASE("an INVITE that is answered 422 goes out again with the longer session, thrice at most") {
  Registered one(with_sessions(600, 90));
  REQUIRE(one.server.invite("1001") != 0);
  for (int i = 0; i < 2; ++i) {
    std::string invite = one.phone.socket.receive("INVITE");
    one.phone.socket.send(one.phone.reply_to(invite, 422, "Min-SE: " + std::to_string(1000 * (i + 1)) + "\r\n"));
    CHECK(one.phone.socket.receive("ACK") != "");
  }
  std::string third = one.phone.socket.receive("INVITE");
  CHECK(header(third, "Session-Expires") == "2000");
  CHECK(header(third, "Min-SE") == "2000");
  one.phone.socket.send(one.phone.reply_to(third, 422, "Min-SE: 3000\r\n"));
  CHECK(one.server.events.take("released 1").starts_with("released 1 "));
}

TEST_CASE("two re-INVITEs that meet: ours is put off, theirs is refused with 491, and ours comes again") {
  Registered one(with_sessions(2, 1));
  REQUIRE(one.server.invite("1001") != 0);
  std::string invite = one.phone.socket.receive("INVITE");
  one.phone.socket.send(
      one.phone.reply_to(invite, 200, "Supported: timer\r\nSession-Expires: 2;refresher=uac\r\n", one.phone.sdp()));
  std::string ours = one.phone.socket.receive("INVITE", 8000);
  REQUIRE(ours != "");
  CHECK(status_of(one.ask(invite, "INVITE", "", one.phone.sdp("sendonly"))) == 491);
  CHECK(status_of(one.ask(invite, "UPDATE", "", one.phone.sdp("sendonly"))) == 491);
  one.phone.socket.send(one.phone.reply_to(ours, 491));
  CHECK(one.phone.socket.receive("ACK") != "");
  // RFC 3261 §14.1: the Call-ID is ours, so that it takes 2.1 to 4 s.
  std::string again = one.phone.socket.receive("INVITE", 12000);
  REQUIRE(again != "");
  one.phone.socket.send(one.phone.reply_to(again, 200, "", one.phone.sdp()));
  CHECK(one.phone.socket.receive("ACK") != "");
  CHECK(one.server.events.take("released", milliseconds(10)) == "");
}

TEST_CASE("a re-INVITE before the ACK of the one before is refused with 500 and a time") {
  Registered one;
  std::string invite = one.up();
  CHECK(status_of(one.ask(invite, "INVITE", "", one.phone.sdp())) == 200);
  std::string reply = one.ask(invite, "INVITE", "", one.phone.sdp("sendonly"));
  while (status_of(reply) == 200) reply = one.phone.socket.receive("SIP/2.0");  // repeated: it has no ACK
  CHECK(status_of(reply) == 500);
  CHECK(header(reply, "Retry-After") != "");
}

TEST_CASE("a phone that calls without an offer gets ours with the answer, and its answer comes with the ACK") {
  Registered one;
  REQUIRE(status_of(one.call("")) == 100);
  CHECK(one.server.events.take("incoming") == "incoming 1 1001 96116 :0 pt8 ev-1 send");
  one.server.run([](Stack& stack) { stack.answer(1, "127.0.0.1", 30002); });
  std::string answer = one.phone.socket.receive("SIP/2.0 200");
  CHECK(has(answer, "m=audio 30002 RTP/AVP 8 0 101\r\n"));
  one.phone.socket.send(
      one.phone.with_cseq("ACK", one.target(), one.invite_cseq, "", one.phone.sdp(), header(answer, "To")));
  CHECK(one.server.events.take("media 1") == "media 1 127.0.0.1:40000 pt8 ev101 send");
}

TEST_CASE("a phone that leaves the answer out, too, is released") {
  for (std::string body : {"", "v=0\r\nm=audio 4000 RTP/AVP 18\r\n"}) {
    Registered one;
    REQUIRE(status_of(one.call("")) == 100);
    one.server.run([](Stack& stack) { stack.answer(1, "127.0.0.1", 30002); });
    std::string answer = one.phone.socket.receive("SIP/2.0 200");
    one.phone.socket.send(one.phone.with_cseq("ACK", one.target(), one.invite_cseq, "", body, header(answer, "To")));
    CHECK(one.phone.socket.receive("BYE") != "");
    CHECK(one.server.events.take("released 1").ends_with(" local"));
  }
}

TEST_CASE("a phone that calls hears us before it is answered: 183 with a preview, the 200 with the same") {
  Registered one;
  one.call(one.phone.sdp());
  one.server.run([](Stack& stack) { stack.early(1, "127.0.0.1", 30002); });
  std::string early = one.phone.socket.receive("SIP/2.0 183");
  CHECK(has(early, "m=audio 30002 RTP/AVP 8 101\r\n"));
  CHECK(header(early, "Require") == "");
  one.server.run([](Stack& stack) { stack.early(1, "127.0.0.1", 30002); });  // it does already
  one.server.run([](Stack& stack) { stack.answer(1, "127.0.0.1", 30002); });
  std::string answer = one.phone.socket.receive("SIP/2.0");
  CHECK(status_of(answer) == 200);
  CHECK(answer.substr(answer.find("v=0")) == early.substr(early.find("v=0")));
}

TEST_CASE("a phone that can 100rel gets our early audio reliably, once, and may change it before the answer") {
  Registered one;
  one.call(one.phone.sdp(), "Supported: 100rel\r\n");
  one.server.run([](Stack& stack) {
    stack.ring(1);
    stack.early(1, "127.0.0.1", 30002);
  });
  std::string ringing = one.phone.socket.receive("SIP/2.0 180");
  CHECK(header(ringing, "RSeq") == "");  // nothing in it that must not be lost
  std::string early = one.phone.socket.receive("SIP/2.0 183");
  REQUIRE(header(early, "RSeq") != "");
  CHECK(header(early, "Require") == "100rel");
  CHECK(has(early, "m=audio 30002 RTP/AVP 8 101\r\n"));
  auto prack = [&](const std::string& rseq) {
    std::string rack = "RAck: " + rseq + " " + std::to_string(one.invite_cseq) + " INVITE\r\n";
    one.phone.socket.send(one.phone.request("PRACK", one.target(), rack, "", header(early, "To")));
    std::string reply = one.phone.socket.receive("SIP/2.0");
    while (status_of(reply) == 183) reply = one.phone.socket.receive("SIP/2.0");
    return status_of(reply);
  };
  CHECK(prack("99") == 481);
  CHECK(prack(header(early, "RSeq")) == 200);
  one.phone.socket.send(one.phone.request("UPDATE", one.target(), "", one.phone.sdp("sendonly"), header(early, "To")));
  CHECK(has(one.phone.socket.receive("SIP/2.0 200"), "a=recvonly"));
  CHECK(one.server.events.take("media 1").ends_with("hold"));
  one.server.run([](Stack& stack) { stack.answer(1, "127.0.0.1", 30002); });
  std::string answer = one.phone.socket.receive("SIP/2.0 200");
  CHECK(!has(answer, "m=audio"));  // offer and answer are over already
}

TEST_CASE("an answer of ours waits for the PRACK of what it follows") {
  Registered one;
  one.call(one.phone.sdp(), "Require: 100rel\r\n");
  one.server.run([](Stack& stack) {
    stack.early(1, "127.0.0.1", 30002);
    stack.answer(1, "127.0.0.1", 30002);
  });
  std::string early = one.phone.socket.receive("SIP/2.0");
  CHECK(status_of(early) == 183);
  std::string rack = "RAck: " + header(early, "RSeq") + " " + std::to_string(one.invite_cseq) + " INVITE\r\n";
  one.phone.socket.send(one.phone.request("PRACK", one.target(), rack, "", header(early, "To")));
  std::string reply = one.phone.socket.receive("SIP/2.0 200");
  if (has(header(reply, "CSeq"), "PRACK")) reply = one.phone.socket.receive("SIP/2.0 200");
  CHECK(has(header(reply, "CSeq"), "INVITE"));
}

TEST_CASE("an offer that waits for its answer cannot be changed by UPDATE") {
  Registered one;
  one.call(one.phone.sdp());
  one.server.run([](Stack& stack) { stack.ring(1); });
  std::string ringing = one.phone.socket.receive("SIP/2.0 180");
  one.phone.socket.send(
      one.phone.request("UPDATE", one.target(), "", one.phone.sdp("sendonly"), header(ringing, "To")));
  CHECK(status_of(one.phone.socket.receive("SIP/2.0")) == 491);
}

TEST_CASE("without an offer, a phone that demands 100rel gets ours with the ringing and answers in its PRACK") {
  Registered one;
  REQUIRE(status_of(one.call("", "Require: 100rel\r\n")) == 100);
  one.server.run([](Stack& stack) { stack.early(1, "127.0.0.1", 30002); });
  std::string early = one.phone.socket.receive("SIP/2.0 183");
  CHECK(has(early, "m=audio 30002 RTP/AVP 8 0 101\r\n"));
  std::string rack = "RAck: " + header(early, "RSeq") + " " + std::to_string(one.invite_cseq) + " INVITE\r\n";
  one.phone.socket.send(one.phone.request("PRACK", one.target(), rack, one.phone.sdp(), header(early, "To")));
  CHECK(status_of(one.phone.socket.receive("SIP/2.0 200")) == 200);
  CHECK(one.server.events.take("media 1") == "media 1 127.0.0.1:40000 pt8 ev101 send");
}

TEST_CASE("a phone's early audio is told before its answer, its reliable ringing is acknowledged once") {
  Registered one;
  one.server.invite("1001");
  std::string invite = one.phone.socket.receive("INVITE");
  CHECK(has(header(invite, "Supported"), "100rel"));
  std::string early = one.phone.reply_to(invite, 183, "Require: 100rel\r\nRSeq: 7\r\n", one.phone.sdp());
  one.phone.socket.send(early);
  std::string prack = one.phone.socket.receive("PRACK");
  REQUIRE(prack != "");
  CHECK(header(prack, "RAck").starts_with("7 "));
  one.phone.socket.send(early);  // it had not come in time
  one.phone.socket.send(one.phone.reply_to(prack, 200));
  CHECK(one.server.events.take("media 1") == "media 1 127.0.0.1:40000 pt8 ev101 send");
  CHECK(one.server.events.take("ringing 1") == "ringing 1");
  // Offer and answer are over: the 200 need not repeat it.
  one.phone.socket.send(one.phone.reply_to(invite, 200));
  CHECK(one.server.events.take("answered 1") == "answered 1 127.0.0.1:40000 pt8 ev101 send");
  CHECK(one.phone.socket.receive("ACK") != "");
  CHECK(one.server.events.rest() == "");
}

TEST_CASE("the answer after a plain 183 may be another than it promised") {
  Registered one;
  one.server.invite("1001");
  std::string invite = one.phone.socket.receive("INVITE");
  one.phone.socket.send(one.phone.reply_to(invite, 183, "", one.phone.sdp()));
  CHECK(one.server.events.take("media 1") != "");
  std::string other = one.phone.sdp();
  other.replace(other.find("40000"), 5, "40010");
  one.phone.socket.send(one.phone.reply_to(invite, 200, "", other));
  CHECK(one.server.events.take("answered 1") == "answered 1 127.0.0.1:40010 pt8 ev101 send");
}

TEST_CASE("a phone that has moved says where to, and the dialog is over without a release") {
  Registered one;
  one.server.invite("1001");
  std::string invite = one.phone.socket.receive("INVITE");
  std::string reply = one.phone.reply_to(invite, 302);
  std::string contact = "Contact: <" + one.phone.uri() + ">";
  reply.replace(reply.find(contact), contact.size(),
                "Contact: <sip:1002@127.0.0.1>;q=0.9, <sip:a%00b@x>, <sip:13800138000@hotline>");
  one.phone.socket.send(reply);
  CHECK(one.phone.socket.receive("ACK") != "");
  CHECK(one.server.events.take("moved 1") == "moved 1 1002 13800138000");
  CHECK(one.server.events.take("released", milliseconds(20)) == "");
}

TEST_CASE("a phone that has moved and whom nobody follows is released with the cause") {
  Registered one;
  one.server.events.follows = false;
  one.server.invite("1001");
  std::string invite = one.phone.socket.receive("INVITE");
  one.phone.socket.send(one.phone.reply_to(invite, 302));
  CHECK(one.server.events.take("released 1").ends_with(" remote"));
}

TEST_CASE("a call that another has taken is cancelled so that no phone shows it as missed") {
  Registered one;
  one.server.invite("1001");
  std::string invite = one.phone.socket.receive("INVITE");
  one.phone.socket.send(one.phone.reply_to(invite, 180));
  CHECK(one.server.events.take("ringing 1") != "");
  one.server.run([](Stack& stack) { stack.hangup(1, 26); });
  CHECK(has(one.phone.socket.receive("CANCEL"), "SIP;cause=200;text=\"Call completed elsewhere\""));
}

TEST_CASE("who calls is asserted, and who withholds his number is not") {
  Registered one;
  one.server.invite("1001");
  std::string invite = one.phone.socket.receive("INVITE");
  CHECK(header(invite, "P-Asserted-Identity") == "\"Caller\" <sip:13800138000@hotline>");
  one.server.run([](Stack& stack) { stack.hangup(1, 16); });
  one.phone.socket.send(one.phone.reply_to(invite, 486));
  one.server.run([](Stack& stack) {
    Invite withheld{"1001", "", "", "127.0.0.1", 30000, false};
    withheld.diverted = {"96116", "busy", 1};
    return stack.invite(withheld) ? 0 : 1;
  });
  invite = one.phone.socket.receive("INVITE");
  for (int i = 0; i < 5 && header(invite, "CSeq") != "" && !has(invite, "sip:anonymous@"); ++i)
    invite = one.phone.socket.receive("INVITE");
  CHECK(header(invite, "P-Asserted-Identity") == "");
  CHECK(header(invite, "Diversion") == "<sip:96116@hotline>;reason=user-busy;counter=1");
}

TEST_CASE("what we can is said truly, and what we cannot is refused by name") {
  Registered one;
  std::string reply = one.phone.exchange(one.phone.request("OPTIONS", one.target()), "SIP/2.0 200");
  CHECK(header(reply, "Supported") == "100rel, timer, replaces, norefersub");
  CHECK(has(header(reply, "Allow"), "REFER"));
  std::string refused = one.call(one.phone.sdp(), "Require: timer, holography\r\n");
  CHECK(status_of(refused) == 420);
  CHECK(header(refused, "Unsupported") == "holography");
  CHECK(status_of(one.call(one.phone.sdp(), "Require: timer\r\n")) == 100);
}

TEST_CASE("keys of SRTP are agreed on both ways where the phone may have them") {
  Config config;
  config.srtp_without_tls = true;
  for (std::string protocol : {"RTP/SAVP", "RTP/AVP"}) {
    Registered one(config, {{"1001", "red", "", Srtp::optional}});
    std::string answer =
        answered(one, secure_sdp(one.phone, protocol, std::string("7 AES_CM_128_HMAC_SHA1_32 inline:") + kKey));
    CHECK(has(answer, "m=audio 30002 " + protocol + " 8 101\r\n"));
    CHECK(has(answer, "a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:"));
    CHECK(!has(answer, kKey));  // ours is our own
  }
  Registered one(config, {{"1001", "red", "", Srtp::required}});
  one.server.invite("1001");
  std::string invite = one.phone.socket.receive("INVITE");
  CHECK(has(invite, "m=audio 30000 RTP/SAVP 8 0 101\r\n"));
  CHECK(has(invite, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"));
  one.phone.socket.send(one.phone.reply_to(
      invite, 200, "", secure_sdp(one.phone, "RTP/SAVP", std::string("1 AES_CM_128_HMAC_SHA1_80 inline:") + kKey)));
  CHECK(one.server.events.take("answered 1") == "answered 1 127.0.0.1:40000 pt8 ev101 send srtp");
}

TEST_CASE("audio in the clear where it must be hidden, and keys where they may not go, are refused") {
  Config config;
  config.srtp_without_tls = true;
  std::string crypto = std::string("1 AES_CM_128_HMAC_SHA1_80 inline:") + kKey;
  {
    Registered one(config, {{"1001", "red", "", Srtp::required}});
    CHECK(status_of(one.call(one.phone.sdp())) == 488);
    one.server.invite("1001");
    std::string invite = one.phone.socket.receive("INVITE");
    one.phone.socket.send(one.phone.reply_to(invite, 200, "", one.phone.sdp()));
    CHECK(one.server.events.take("released").ends_with(" 65 local"));
  }
  {
    Registered one(config, {{"1001", "red", "", Srtp::off}});
    CHECK(status_of(one.call(secure_sdp(one.phone, "RTP/SAVP", crypto))) == 488);
  }
  config.srtp_without_tls = false;
  {
    Registered one(config, {{"1001", "red", "", Srtp::required}});
    CHECK(status_of(one.call(secure_sdp(one.phone, "RTP/SAVP", crypto))) == 488);
    CHECK(one.server.invite("1001") == 0);
  }
  {
    Registered one(config, {{"1001", "red", "", Srtp::optional}});
    one.server.invite("1001");
    CHECK(!has(one.phone.socket.receive("INVITE"), "crypto"));
  }
}

namespace {

const std::string kFaxLines = "m=image 40020 udptl t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:9600\r\n";

std::string fax_sdp(const std::string& audio = "") {
  return "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" + audio + kFaxLines;
}

T38 our_fax() {
  T38 fax;
  fax.address = "127.0.0.1";
  fax.port = 30100;
  fax.error_correction = T38::Correction::redundancy;
  return fax;
}

}  // namespace

TEST_CASE("a phone that changes over to T.38 is taken up or refused, and comes back to audio") {
  Registered one;
  std::string invite = one.up();
  CHECK(status_of(one.reinvite(invite, fax_sdp())) == 488);
  CHECK(one.server.events.take("fax-offered 1") == "fax-offered 1 127.0.0.1:40020 9600");
  one.server.events.fax = our_fax();
  std::string taken = one.reinvite(invite, fax_sdp("m=audio 0 RTP/AVP 8\r\n"));
  CHECK(status_of(taken) == 200);
  CHECK(has(taken, "m=audio 0 RTP/AVP 8\r\nm=image 30100 udptl t38\r\n"));
  CHECK(has(taken, "a=T38FaxUdpEC:t38UDPRedundancy\r\n"));
  std::string back = one.reinvite(invite, one.phone.sdp() + "m=image 0 udptl t38\r\n");
  CHECK(has(back, "m=audio 30000 RTP/AVP 8 101\r\n"));
  CHECK(has(back, "m=image 0 udptl t38\r\n"));
}

TEST_CASE("we change a call over to T.38 and back; a phone that will not stays with its audio") {
  Registered one;
  one.up();
  one.server.run([](Stack& stack) { stack.reinvite_t38(1, our_fax()); });
  std::string ours = one.phone.socket.receive("INVITE");
  CHECK(has(ours, "m=image 30100 udptl t38\r\n"));
  CHECK(!has(ours, "m=audio"));
  one.phone.socket.send(one.phone.reply_to(ours, 200, "", fax_sdp()));
  CHECK(one.phone.socket.receive("ACK") != "");
  CHECK(one.server.events.take("fax 1") == "fax 1 127.0.0.1:40020");
  one.server.run([](Stack& stack) { stack.reinvite_t38(1, std::nullopt); });
  std::string back = one.phone.socket.receive("INVITE");
  CHECK(has(back, "m=audio 30000 RTP/AVP 8 0 101\r\n"));
  one.phone.socket.send(one.phone.reply_to(back, 200, "", one.phone.sdp()));
  CHECK(one.server.events.take("media 1") == "media 1 127.0.0.1:40000 pt8 ev101 send");
  one.server.run([](Stack& stack) { stack.reinvite_t38(1, our_fax()); });
  std::string third = one.phone.socket.receive("INVITE");
  one.phone.socket.send(one.phone.reply_to(third, 488));
  CHECK(one.server.events.take("fax 1") == "fax 1 no");
  CHECK(one.server.events.rest() == "");
}
