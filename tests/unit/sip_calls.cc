// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>

#include "sip_registered.h"

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

TEST_CASE("a phone calls us, hears ringing, is answered, and we hang up with the cause") {
  Registered one;
  CHECK(status_of(one.call(one.phone.sdp())) == 100);
  CHECK(one.server.events.take("incoming") == "incoming 1 1001 96116 127.0.0.1:40000 pt8 ev101 send");
  one.server.run([](Stack& stack) { stack.ring(1); });
  CHECK(status_of(one.phone.socket.receive()) == 180);
  one.server.run([](Stack& stack) { stack.answer(1, "127.0.0.1", 30002); });
  std::string answer = one.phone.socket.receive();
  REQUIRE(status_of(answer) == 200);
  CHECK(answer.find("m=audio 30002 RTP/AVP 8 101\r\n") != std::string::npos);
  CHECK(answer.find("a=ptime:20\r\n") != std::string::npos);
  CHECK(header(answer, "Server") == "Hotline");
  one.acknowledge(answer);
  // The ACK is processed before what comes after it on the same socket.
  one.phone.socket.send(one.phone.request("OPTIONS", one.target(), "", "", header(answer, "To")));
  CHECK(status_of(one.phone.socket.receive("SIP/2.0")) == 200);
  one.server.run([](Stack& stack) { stack.hangup(1, 31); });
  std::string bye = one.phone.socket.receive("BYE");
  CHECK(header(bye, "Reason") == "Q.850;cause=31");
  one.phone.socket.send(one.phone.reply_to(bye, 200));
  CHECK(one.server.events.take("released 1") == "released 1 31 local");
  CHECK(one.server.events.rest() == "");
}

TEST_CASE("hanging up an answered call before its ACK sends BYE only after the ACK") {
  Registered one;
  one.call(one.phone.sdp());
  one.server.run([](Stack& stack) {
    stack.answer(1, "127.0.0.1", 30002);
    stack.hangup(1, 16);
  });
  CHECK(one.server.events.take("released 1") == "released 1 16 local");
  std::string answer = one.phone.socket.receive("SIP/2.0 200");
  REQUIRE(!answer.empty());
  one.acknowledge(answer);
  CHECK(one.phone.socket.receive("BYE") != "");
}

TEST_CASE("an offered call is refused with the status of its cause and the cause itself") {
  const std::pair<int, int> cases[] = {{17, 486}, {1, 404}, {21, 403}, {34, 503}, {16, 480}};
  for (auto [cause, status] : cases) {
    Registered one;
    one.call(one.phone.sdp());
    one.server.run([cause = cause](Stack& stack) { stack.hangup(1, cause); });
    std::string reply = one.phone.socket.receive("SIP/2.0");
    CHECK(status_of(reply) == status);
    CHECK(header(reply, "Reason") == "Q.850;cause=" + std::to_string(cause));
    one.acknowledge(reply);
    CHECK(one.server.events.take("released 1") == "released 1 " + std::to_string(cause) + " local");
  }
}

TEST_CASE("a phone that gives up cancels, and is told 487") {
  Registered one;
  one.call(one.phone.sdp());
  one.server.run([](Stack& stack) { stack.ring(1); });
  CHECK(status_of(one.phone.socket.receive()) == 180);
  std::string cancel = one.phone.with_cseq("CANCEL", one.target(), one.invite_cseq, "", "", "");
  std::string invite_branch = "z9hG4bK" + one.phone.call_id + "INVITE" + std::to_string(one.invite_cseq);
  cancel.replace(cancel.find(one.phone.branch), one.phone.branch.size(), invite_branch);
  one.phone.socket.send(cancel);
  CHECK(status_of(one.phone.socket.receive("SIP/2.0 200")) == 200);
  CHECK(status_of(one.phone.socket.receive("SIP/2.0 487")) == 487);
  CHECK(one.server.events.take("released 1") == "released 1 16 remote");
}

TEST_CASE("a phone without our codecs is refused with 488, a strange body with 415") {
  Registered one;
  CHECK(status_of(one.call(one.phone.sdp("sendrecv", "18"))) == 488);
  CHECK(status_of(one.call("hello", "Content-Type: text/plain\r\n")) == 415);
  CHECK(status_of(one.call("v=0\r\nnonsense\r\n")) == 400);
  CHECK(status_of(one.call(one.phone.sdp(), "Require: holography\r\n")) == 420);
  CHECK(one.server.events.rest() == "");
}

TEST_CASE("PCMU is taken when there is nothing else") {
  Registered one;
  CHECK(status_of(one.call(one.phone.sdp("sendrecv", "18 0 101"))) == 100);
  CHECK(one.server.events.take("incoming") == "incoming 1 1001 96116 127.0.0.1:40000 pt0 ev101 send");
}

TEST_CASE("a phone that wants reliable ringing gets it and its PRACK is answered") {
  Registered one;
  one.call(one.phone.sdp(), "Require: 100rel\r\n");
  one.server.run([](Stack& stack) { stack.ring(1); });
  std::string ringing = one.phone.socket.receive("SIP/2.0 180");
  REQUIRE(header(ringing, "RSeq") != "");
  std::string rack = "RAck: " + header(ringing, "RSeq") + " " + std::to_string(one.invite_cseq) + " INVITE\r\n";
  one.phone.socket.send(one.phone.request("PRACK", one.target(), rack, "", header(ringing, "To")));
  CHECK(status_of(one.phone.socket.receive("SIP/2.0 200")) == 200);
}

TEST_CASE("a busy phone, one that declines with a cause, and one that does not exist any more") {
  const std::tuple<int, std::string, std::string> cases[] = {
      {486, "", "17"}, {603, "Reason: Q.850;cause=18\r\n", "18"}, {404, "", "1"}, {488, "", "65"}};
  for (auto& [status, more, cause] : cases) {
    Registered one;
    one.server.invite("1001");
    std::string invite = one.phone.socket.receive("INVITE");
    one.phone.socket.send(one.phone.reply_to(invite, status, more));
    CHECK(one.phone.socket.receive("ACK") != "");
    CHECK(one.server.events.take("released 1") == "released 1 " + cause + " remote");
  }
}

TEST_CASE("a phone that does not answer is cancelled, with the reason") {
  Registered one;
  one.server.invite("1001");
  std::string invite = one.phone.socket.receive("INVITE");
  one.phone.socket.send(one.phone.reply_to(invite, 180));
  CHECK(one.server.events.take("ringing 1") != "");
  one.server.run([](Stack& stack) { stack.hangup(1, 19); });
  CHECK(one.server.events.take("released 1") == "released 1 19 local");
  std::string cancel = one.phone.socket.receive("CANCEL");
  REQUIRE(cancel != "");
  CHECK(header(cancel, "Reason") == "Q.850;cause=19");
  one.phone.socket.send(one.phone.reply_to(cancel, 200));
  one.phone.socket.send(one.phone.reply_to(invite, 487));
  CHECK(one.phone.socket.receive("ACK") != "");
  CHECK(one.server.events.rest() == "");
}

TEST_CASE("an answer that crosses our CANCEL is acknowledged and ended") {
  Registered one;
  one.server.invite("1001");
  std::string invite = one.phone.socket.receive("INVITE");
  one.phone.socket.send(one.phone.reply_to(invite, 180));
  CHECK(one.server.events.take("ringing 1") != "");
  one.server.run([](Stack& stack) { stack.hangup(1, 16); });
  CHECK(one.phone.socket.receive("CANCEL") != "");
  one.phone.socket.send(one.phone.reply_to(invite, 200, "", one.phone.sdp()));
  CHECK(one.phone.socket.receive("ACK") != "");
  CHECK(one.phone.socket.receive("BYE") != "");
  CHECK(one.server.events.take("released 1") == "released 1 16 local");
  CHECK(one.server.events.rest() == "");
}

TEST_CASE("hold and resume, by direction, by the old address, by UPDATE, and by an INVITE without an offer") {
  Registered one;
  std::string invite = one.up();
  auto reinvite = [&](const std::string& body) { return one.reinvite(invite, body); };
  std::string held = reinvite(one.phone.sdp("sendonly"));
  CHECK(status_of(held) == 200);
  CHECK(held.find("a=recvonly") != std::string::npos);
  CHECK(held.find("m=audio 30000 ") != std::string::npos);
  CHECK(one.server.events.take("media 1") == "media 1 127.0.0.1:40000 pt8 ev101 hold");
  CHECK(reinvite(one.phone.sdp()).find("a=sendrecv") != std::string::npos);
  CHECK(one.server.events.take("media 1") == "media 1 127.0.0.1:40000 pt8 ev101 send");

  std::string old = one.phone.sdp();
  old.replace(old.find("c=IN IP4 127.0.0.1"), 18, "c=IN IP4 0.0.0.0");
  CHECK(status_of(reinvite(old)) == 200);
  CHECK(one.server.events.take("media 1") == "media 1 0.0.0.0:40000 pt8 ev101 hold");

  one.phone.socket.send(one.phone.within(invite, "UPDATE", "", one.phone.sdp()));
  CHECK(one.phone.socket.receive("SIP/2.0 200").find("a=sendrecv") != std::string::npos);
  CHECK(one.server.events.take("media 1") == "media 1 127.0.0.1:40000 pt8 ev101 send");

  CHECK(one.reinvite(invite, "", "", one.phone.sdp("inactive")).find("m=audio 30000 RTP/AVP 8 0 101") !=
        std::string::npos);
  CHECK(one.server.events.take("media 1") == "media 1 127.0.0.1:40000 pt8 ev101 hold");

  CHECK(status_of(reinvite(one.phone.sdp("sendrecv", "18"))) == 488);
  CHECK(one.server.events.rest() == "");
}

TEST_CASE("video is refused with port 0 and audio goes on") {
  Registered one;
  std::string invite = one.up();
  std::string body = one.phone.sdp() + "m=video 40002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n";
  one.phone.socket.send(one.phone.within(invite, "INVITE", "", body));
  std::string reply = one.phone.socket.receive("SIP/2.0 200");
  CHECK(reply.find("m=audio 30000 RTP/AVP 8 101\r\n") != std::string::npos);
  CHECK(reply.find("m=video 0 RTP/AVP 96\r\n") != std::string::npos);
}

TEST_CASE("keys sent as INFO are digits; nonsense is not") {
  Registered one;
  std::string invite = one.up();
  auto say = [&](const std::string& method, const std::string& type, const std::string& body) {
    one.phone.socket.send(one.phone.within(invite, method, "Content-Type: " + type + "\r\n", body));
    return status_of(one.phone.socket.receive("SIP/2.0"));
  };
  CHECK(say("INFO", "application/dtmf-relay", "Signal=5\r\nDuration=120\r\n") == 200);
  CHECK(one.server.events.take("digit 1") == "digit 1 5 120");
  CHECK(say("INFO", "application/dtmf", "#") == 200);
  CHECK(one.server.events.take("digit 1") == "digit 1 # 160");
  CHECK(say("INFO", "application/dtmf-relay", "Signal=55\r\n") == 400);
  CHECK(say("INFO", "text/plain", "5") == 415);
  CHECK(say("SUBSCRIBE", "text/plain", "x") == 405);
  CHECK(one.server.events.rest() == "");
}

TEST_CASE("no more calls than dialogs_max, either way") {
  Config config;
  config.dialogs_max = 1;
  Registered one(config);
  one.up();
  std::string reply = one.call(one.phone.sdp());
  CHECK(status_of(reply) == 503);
  CHECK(header(reply, "Retry-After") != "");
  auto code = one.server.run([](Stack& stack) {
    auto result = stack.invite({"1001", "1", "", "127.0.0.1", 30000, false});
    return result ? Errc::no : result.error().code;
  });
  CHECK(code == Errc::again);
}

TEST_CASE("a phone that is not registered cannot be called, and a number that is none is not called") {
  Registered one;
  auto code = one.server.run([](Stack& stack) {
    auto result = stack.invite({"1002", "1", "", "127.0.0.1", 30000, false});
    return result ? Errc::no : result.error().code;
  });
  CHECK(code == Errc::unavailable);
  CHECK(status_of(one.phone.authorized("INVITE", one.target("a%00b"), "", one.phone.sdp())) == 404);
  CHECK(status_of(one.phone.authorized("INVITE", one.target("%2a97%23"), "", one.phone.sdp())) == 100);
  CHECK(one.server.events.take("incoming").starts_with("incoming 1 1001 *97# "));
}

TEST_CASE("a second 200 from another fork is acknowledged and ended, the first stays") {
  Registered one;
  std::string invite = one.up();
  Telephone other(one.server.port, "1001", "red");
  std::string reply = other.reply_to(invite, 200, "", other.sdp());
  one.phone.socket.send(reply);
  CHECK(other.socket.receive("ACK") != "");
  CHECK(other.socket.receive("BYE") != "");
  CHECK(one.server.events.rest() == "");
  one.phone.socket.send(one.phone.within(invite, "BYE"));
  CHECK(one.server.events.take("released 1") == "released 1 16 remote");
}

TEST_CASE("a port that is taken is an error that names it and the remedy") {
  Server server;
  Loop loop;
  Recorder events;
  Config config;
  config.port = static_cast<uint16_t>(server.port);
  auto second = Stack::start(loop, config, events);
  REQUIRE(!second);
  CHECK(second.error().code == Errc::io);
  CHECK(second.error().text.find("'127.0.0.1:" + std::to_string(server.port) + "'") != std::string::npos);
  CHECK(second.error().text.find("ss -ln") != std::string::npos);
  CHECK(second.error().text.find("[sip] listen") != std::string::npos);
}

TEST_CASE("a phone on TCP is called on the connection it opened") {
  Server server;
  Telephone phone(server.port, "1001", "red", INADDR_LOOPBACK, true);
  std::string enrolled = phone.enroll(3600);
  CHECK(status_of(enrolled) == 200);
  CHECK(header(enrolled, "Contact").find("expires=120") != std::string::npos);
  REQUIRE(server.invite("1001") == 1);
  std::string invite = phone.socket.receive("INVITE");
  REQUIRE(header(invite, "Via").starts_with("SIP/2.0/TCP"));
  phone.socket.send(phone.reply_to(invite, 200, "", phone.sdp()));
  CHECK(server.events.take("answered 1") != "");
  CHECK(phone.socket.receive("ACK") != "");
  server.run([](Stack& stack) { stack.hangup(1, 16); });
  CHECK(phone.socket.receive("BYE") != "");
}

namespace {

/// Hangs up, by name or all, from within every event.
class Impatient : public Recorder {
 public:
  explicit Impatient(std::string when) : when_(std::move(when)) {}
  void on_incoming(DialogId dialog, const Caller& caller, const std::string& to,
                   const MediaAddress& remote) override {
    Recorder::on_incoming(dialog, caller, to, remote);
    end("incoming", dialog);
    stack->answer(dialog, "127.0.0.1", 30002);
  }
  void on_ringing(DialogId dialog) override { end("ringing", dialog); }
  void on_answered(DialogId dialog, const MediaAddress& remote) override {
    Recorder::on_answered(dialog, remote);
    end("answered", dialog);
  }
  void on_media(DialogId dialog, const MediaAddress&) override { end("media", dialog); }
  void on_info_digit(DialogId dialog, char, int) override { end("digit", dialog); }
  void on_released(DialogId dialog, int cause, bool by_remote) override {
    stack->hangup(dialog, cause);  // an id that is gone: no effect
    Recorder::on_released(dialog, cause, by_remote);
  }
  Stack* stack = nullptr;

 private:
  void end(const std::string& what, DialogId dialog) {
    if (what == when_) stack->hangup(dialog, 31);
  }
  std::string when_;
};

}  // namespace

TEST_CASE("hanging up from within an event ends the call once and harms nothing") {
  for (std::string when : {"incoming", "ringing", "answered", "media", "digit"}) {
    CAPTURE(when);
    Impatient events(when);
    std::promise<void> ready;
    std::atomic<Loop*> running = nullptr;
    int port = free_port();
    std::thread thread([&] {
      Loop loop;
      Config config;
      config.port = static_cast<uint16_t>(port);
      auto stack = Stack::start(loop, config, events);
      require(stack);
      events.stack = stack->get();
      events.stack->set_phones({{"1001", "red", ""}});
      running = &loop;
      ready.set_value();
      events.stack->run();
      stack->reset();
    });
    ready.get_future().wait();
    Telephone phone(port, "1001", "red");
    CHECK(status_of(phone.enroll()) == 200);
    if (when == "incoming") {
      CHECK(status_of(phone.authorized("INVITE", "sip:96116@127.0.0.1", "", phone.sdp())) == 100);
    } else {
      running.load()->post([&] { (void)events.stack->invite({"1001", "1", "", "127.0.0.1", 30000, false}); });
      std::string invite = phone.socket.receive("INVITE");
      if (when == "ringing") phone.socket.send(phone.reply_to(invite, 180));
      if (when != "ringing") phone.socket.send(phone.reply_to(invite, 200, "", phone.sdp()));
      if (when == "media" || when == "digit") CHECK(events.take("answered") != "");
      if (when == "media") phone.socket.send(phone.within(invite, "INVITE", "", phone.sdp("sendonly")));
      if (when == "digit") phone.socket.send(phone.within(invite, "INFO", "Content-Type: application/dtmf\r\n", "1"));
    }
    CHECK(events.take("released 1") == "released 1 31 local");
    CHECK(status_of(phone.exchange(phone.request("OPTIONS", "sip:127.0.0.1"), "SIP/2.0 200")) == 200);
    CHECK(events.take("released", milliseconds(50)) == "");
    running.load()->stop();
    thread.join();
  }
}

TEST_CASE("an answer of ours that is never acknowledged ends the call after 32 s" *
          doctest::skip(std::getenv("LONG") == nullptr)) {
  Registered one;
  one.call(one.phone.sdp());
  one.server.run([](Stack& stack) { stack.answer(1, "127.0.0.1", 30002); });
  CHECK(one.phone.socket.receive("SIP/2.0 200") != "");
  CHECK(one.server.events.take("released 1", milliseconds(45000)) == "released 1 102 local");
}
