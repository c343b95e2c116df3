// SPDX-License-Identifier: GPL-2.0-or-later
// Phones with several contacts, contacts that do not answer, and contacts that outlive us.
#include <doctest/doctest.h>

#include <filesystem>

#include "sip/bindings.h"
#include "sip/registrar.h"
#include "sip_harness.h"

using namespace hotline;
using namespace hotline::sip;
using namespace hotline::sip::test;

namespace {

Instant at(int64_t second) { return Instant(std::chrono::seconds(second)); }

Registrar::Binding contact(const std::string& host, const std::string& call_id = "", uint32_t cseq = 0) {
  Registrar::Binding binding;
  binding.target = {"sip:1001@" + host, "sip:" + host + ";transport=udp"};
  binding.expires = at(100);
  binding.call_id = call_id;
  binding.cseq = cseq;
  return binding;
}

/// A REGISTER with contacts of one's own choosing, authorized.
std::string enroll_with(Telephone& phone, const std::string& contacts, const std::string& more = "Expires: 60\r\n") {
  auto with = [&](std::string text) {
    std::string own = "Contact: <" + phone.uri() + ">\r\n";
    text.replace(text.find(own), own.size(), contacts);
    return text;
  };
  std::string target = phone.registrar();
  std::string reply = phone.exchange(with(phone.request("REGISTER", target, more, "", phone.to())), "SIP/2.0 4");
  phone.challenge = header(reply, "WWW-Authenticate");
  return phone.exchange(with(phone.request("REGISTER", target,
                                           phone.authorization(phone.challenge, "REGISTER", target) + more, "",
                                           phone.to())),
                        "SIP/2.0");
}

}  // namespace

TEST_CASE("a phone has several contacts, the newest first, and the oldest makes room") {
  Registrar registrar;
  registrar.set_phones({{"1001", "red", "Li"}});
  for (int i = 1; i <= 10; ++i)
    CHECK(registrar.bind("1001", contact("192.0.2." + std::to_string(i) + ":5060")) == Registrar::Bound::fresh);
  CHECK(registrar.bindings("1001").size() == kContactsMax);
  CHECK(registrar.bindings("1001").front().target.uri == "sip:1001@192.0.2.10:5060");
  CHECK(registrar.bindings("1001").back().target.uri == "sip:1001@192.0.2.3:5060");
  CHECK(registrar.bind("1001", contact("192.0.2.3:5060")) == Registrar::Bound::refreshed);
  CHECK(registrar.bindings("1001").back().target.uri == "sip:1001@192.0.2.3:5060");
  CHECK(registrar.unbind("1001", "sip:1001@192.0.2.3:5060"));
  CHECK_FALSE(registrar.unbind("1001", "sip:1001@192.0.2.3:5060"));
  CHECK(registrar.bindings("1001").size() == kContactsMax - 1);
  CHECK(registrar.unbind("1001", ""));
  CHECK_FALSE(registrar.registered("1001"));
  CHECK(registrar.bindings("nobody").empty());
}

TEST_CASE("a phone that starts anew at the same place replaces what it was, an overtaken REGISTER changes nothing") {
  Registrar registrar;
  registrar.set_phones({{"1001", "red", "Li"}});
  CHECK(registrar.bind("1001", contact("192.0.2.1:5060", "a", 7)) == Registrar::Bound::fresh);
  CHECK(registrar.bind("1001", contact("192.0.2.1:5060", "a", 7)) == Registrar::Bound::outdated);
  CHECK(registrar.bind("1001", contact("192.0.2.1:5060", "a", 8)) == Registrar::Bound::refreshed);
  auto anew = contact("192.0.2.1:5060", "b", 1);
  anew.target.uri = "sip:1001-x@192.0.2.1:5060";
  CHECK(registrar.bind("1001", anew) == Registrar::Bound::fresh);
  CHECK(registrar.bindings("1001").size() == 1);
}

TEST_CASE("contacts run out one by one") {
  Registrar registrar;
  registrar.set_phones({{"1001", "red", "Li"}});
  auto longer = contact("192.0.2.2:5060");
  longer.expires = at(200);
  registrar.bind("1001", contact("192.0.2.1:5060"));
  registrar.bind("1001", longer);
  CHECK(registrar.expire(at(99)).empty());
  CHECK(registrar.expire(at(100)) == std::vector<std::string>{"1001"});
  CHECK(registrar.bindings("1001").size() == 1);
  CHECK(registrar.expire(at(200)) == std::vector<std::string>{"1001"});
  CHECK_FALSE(registrar.registered("1001"));
}

TEST_CASE("what is kept of contacts is read back, but not what has run out or is garbled") {
  std::string path = "/tmp/hotline-contacts-" + std::to_string(::getpid());
  Utc now = *parse_utc("2026-11-22T10:00:00Z");
  auto one = contact("192.0.2.1:5060", "call@x", 12);
  one.q_thousandths = 700;
  write_bindings(path, {{"1001", contact("192.0.2.9:5060"), seconds(600)}, {"1001", one, seconds(60)}}, now);
  auto kept = read_bindings(path, now + seconds(30));
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].binding.target.uri == one.target.uri);  // the oldest first
  CHECK(kept[0].binding.target.hop == one.target.hop);
  CHECK(kept[0].binding.call_id == "call@x");
  CHECK(kept[0].binding.cseq == 12);
  CHECK(kept[0].binding.q_thousandths == 700);
  CHECK(kept[0].left == seconds(30));
  CHECK(read_bindings(path, now + seconds(61)).size() == 1);
  CHECK(replace_file(path, "1001\tnever\tsip:a@192.0.2.1\tsip:192.0.2.1:1\tc\t1\t1\nx\n\t\t\t\t\t\t\n"));
  CHECK(read_bindings(path, now).empty());
  std::filesystem::remove(path);
  CHECK(read_bindings(path, now).empty());
}

TEST_CASE("all contacts of a phone ring; the first to answer has the call, the others are cancelled") {
  Server server;
  Telephone desk(server.port, "1001", "red"), soft(server.port, "1001", "red"), mobile(server.port, "1001", "red");
  for (Telephone* phone : {&desk, &soft, &mobile}) REQUIRE(status_of(phone->enroll()) == 200);
  DialogId call = server.invite("1001");
  REQUIRE(call != 0);
  std::string at_desk = desk.socket.receive("INVITE"), at_soft = soft.socket.receive("INVITE"),
              at_mobile = mobile.socket.receive("INVITE");
  REQUIRE(at_desk != "");
  REQUIRE(at_soft != "");
  REQUIRE(at_mobile != "");
  CHECK(header(at_desk, "Call-ID") != header(at_soft, "Call-ID"));
  desk.socket.send(desk.reply_to(at_desk, 180));
  soft.socket.send(soft.reply_to(at_soft, 180));
  mobile.socket.send(mobile.reply_to(at_mobile, 486));
  CHECK(server.events.take("ringing") == "ringing " + std::to_string(call));
  desk.socket.send(desk.reply_to(at_desk, 200, "", desk.sdp()));
  CHECK(server.events.take("answered") != "");
  CHECK(desk.socket.receive("ACK") != "");
  std::string cancel = soft.socket.receive("CANCEL");
  CHECK(cancel.find("Call completed elsewhere") != std::string::npos);  // a Reason header of its own
  soft.socket.send(soft.reply_to(cancel, 200));
  soft.socket.send(soft.reply_to(at_soft, 487));
  CHECK(soft.socket.receive("ACK") != "");
  // The id that the caller knows is that of the phone that answered, whichever it was.
  server.run([&](Stack& stack) { stack.hangup(call, 16); });
  CHECK(desk.socket.receive("BYE") != "");
  CHECK(server.events.take("released") == "released " + std::to_string(call) + " 16 local");
  CHECK(server.events.rest().find("ringing") == std::string::npos);
  CHECK(server.events.rest().find("released") == std::string::npos);
}

TEST_CASE("a 200 that crosses our CANCEL to another contact is acknowledged and ended, and nobody hears of it") {
  Server server;
  Telephone first(server.port, "1001", "red"), second(server.port, "1001", "red");
  for (Telephone* phone : {&first, &second}) REQUIRE(status_of(phone->enroll()) == 200);
  DialogId call = server.invite("1001");
  std::string at_first = first.socket.receive("INVITE"), at_second = second.socket.receive("INVITE");
  second.socket.send(second.reply_to(at_second, 180));
  first.socket.send(first.reply_to(at_first, 200, "", first.sdp()));
  CHECK(server.events.take("answered") != "");
  second.socket.send(second.reply_to(at_second, 200, "", second.sdp()));
  CHECK(second.socket.receive("ACK") != "");
  CHECK(second.socket.receive("BYE") != "");
  first.socket.send(first.within(at_first, "BYE"));
  CHECK(server.events.take("released") == "released " + std::to_string(call) + " 16 remote");
}

TEST_CASE("when all contacts refuse, the caller is told a person's no before a phone's silence") {
  Server server;
  Telephone first(server.port, "1001", "red"), second(server.port, "1001", "red");
  for (Telephone* phone : {&first, &second}) REQUIRE(status_of(phone->enroll()) == 200);
  for (bool newest_first : {true, false}) {
    DialogId call = server.invite("1001");
    std::string at_first = first.socket.receive("INVITE"), at_second = second.socket.receive("INVITE");
    auto busy = [&] { first.socket.send(first.reply_to(at_first, 486)); };
    auto away = [&] { second.socket.send(second.reply_to(at_second, 480)); };
    if (newest_first) away();
    busy();
    if (!newest_first) away();
    CHECK(server.events.take("released") == "released " + std::to_string(call) + " 17 remote");
    CHECK(first.socket.receive("ACK") != "");
    CHECK(second.socket.receive("ACK") != "");
  }
  // 603 speaks for the person, wherever he is.
  DialogId call = server.invite("1001");
  std::string at_first = first.socket.receive("INVITE"), at_second = second.socket.receive("INVITE");
  first.socket.send(first.reply_to(at_first, 180));
  second.socket.send(second.reply_to(at_second, 603));
  CHECK(server.events.take("released") == "released " + std::to_string(call) + " 21 remote");
  CHECK(first.socket.receive("CANCEL") != "");
}

TEST_CASE("hanging up while several contacts ring cancels all of them, once") {
  Server server;
  Telephone first(server.port, "1001", "red"), second(server.port, "1001", "red");
  for (Telephone* phone : {&first, &second}) REQUIRE(status_of(phone->enroll()) == 200);
  DialogId call = server.invite("1001");
  std::string at_first = first.socket.receive("INVITE"), at_second = second.socket.receive("INVITE");
  first.socket.send(first.reply_to(at_first, 180));
  second.socket.send(second.reply_to(at_second, 180));
  CHECK(server.events.take("ringing") != "");
  server.run([&](Stack& stack) { stack.hangup(call, 19); });
  CHECK(first.socket.receive("CANCEL") != "");
  CHECK(second.socket.receive("CANCEL") != "");
  CHECK(server.events.take("released") == "released " + std::to_string(call) + " 19 local");
  first.socket.send(first.reply_to(at_first, 487));
  second.socket.send(second.reply_to(at_second, 487));
  CHECK(second.socket.receive("ACK") != "");
  CHECK(server.events.take("released", milliseconds(200)) == "");
}

TEST_CASE("several contacts in one REGISTER, with q, and a star takes all of them away") {
  Server server;
  Telephone phone(server.port, "1001", "red");
  std::string own = "<sip:1001@127.0.0.1:" + std::to_string(phone.socket.port) + ">";
  std::string reply = enroll_with(phone, "Contact: " + own + ";q=0.5, <sip:1001@127.0.0.1:5999>;expires=90\r\n");
  CHECK(status_of(reply) == 200);
  CHECK(reply.find(own + ";expires=60;q=0.500") != std::string::npos);
  CHECK(reply.find("<sip:1001@127.0.0.1:5999>;expires=90") != std::string::npos);
  CHECK(server.run([](Stack& stack) { return stack.contacts("1001").size(); }) == 2);
  CHECK(status_of(enroll_with(phone, "Contact: *\r\n", "Expires: 60\r\n")) == 400);
  CHECK(status_of(enroll_with(phone, "Contact: *\r\nContact: " + own + "\r\n", "Expires: 0\r\n")) == 400);
  CHECK(server.run([](Stack& stack) { return stack.contacts("1001").size(); }) == 2);
  CHECK(status_of(enroll_with(phone, "Contact: *\r\n", "Expires: 0\r\n")) == 200);
  CHECK(server.events.take("unregistered 1001") == "unregistered 1001 phone said so");
}

TEST_CASE("of several contacts in one REGISTER all are taken or none") {
  Server server;
  Telephone phone(server.port, "1001", "red");
  CHECK(status_of(enroll_with(phone, "Contact: <sip:1001@127.0.0.1:5998>, <sip:1001@phone.example.com>\r\n")) == 400);
  CHECK(status_of(enroll_with(phone, "Contact: <sip:1001@127.0.0.1:5998>, <sip:1001@127.0.0.1:5997>;expires=1\r\n")) ==
        423);
  std::string many = "Contact: <sip:1001@127.0.0.1:6000>";
  for (int i = 1; i < 9; ++i) many += ", <sip:1001@127.0.0.1:" + std::to_string(6000 + i) + ">";
  CHECK(status_of(enroll_with(phone, many + "\r\n")) == 403);
  CHECK_FALSE(server.run([](Stack& stack) { return stack.registered("1001"); }));
}

TEST_CASE("a contact behind a translation is reached where its packets come from") {
  Server server;
  Telephone phone(server.port, "1001", "red");
  // It takes itself to be at an address that leads nowhere.
  std::string lie = "Contact: <sip:1001@192.0.2.77:5060>\r\n";
  REQUIRE(status_of(enroll_with(phone, lie)) == 200);
  std::string reply = phone.exchange(phone.request("OPTIONS", "sip:x@127.0.0.1"), "SIP/2.0 200");
  CHECK(header(reply, "Via").find("rport=" + std::to_string(phone.socket.port)) != std::string::npos);
  DialogId call = server.invite("1001");
  std::string invite = phone.socket.receive("INVITE");
  REQUIRE(invite.starts_with("INVITE sip:1001@192.0.2.77:5060 "));
  phone.socket.send(phone.reply_to(invite, 200, "", phone.sdp()));
  CHECK(phone.socket.receive("ACK") != "");
  server.run([&](Stack& stack) { stack.hangup(call, 16); });
  CHECK(phone.socket.receive("BYE") != "");
}

TEST_CASE("a phone that leaves our OPTIONS unanswered is silent, and reachable when it answers, whatever it says") {
  Config config;
  config.qualify = milliseconds(1000);
  config.qualify_timeout = milliseconds(700);
  Server server(config);
  Telephone phone(server.port, "1001", "red");
  REQUIRE(status_of(phone.enroll()) == 200);
  std::string options = phone.socket.receive("OPTIONS", 8000);
  REQUIRE(options != "");
  CHECK(server.events.take("silent 1001") != "");
  CHECK(server.run([](Stack& stack) { return stack.silent("1001"); }));
  CHECK(server.run([](Stack& stack) { return stack.registered("1001"); }));
  for (int i = 0; i < 20 && server.run([](Stack& stack) { return stack.silent("1001"); }); ++i)
    if (std::string next = phone.socket.receive("OPTIONS"); next != "") phone.socket.send(phone.reply_to(next, 404));
  CHECK(server.events.take("reachable 1001") == "reachable 1001 soon");
  CHECK(server.run([](Stack& stack) { return stack.contacts("1001").front().rtt_ms; }) >= 0);
}

TEST_CASE("contacts that do not answer OPTIONS are not rung while another one does") {
  Config config;
  config.qualify = milliseconds(1000);
  config.qualify_timeout = milliseconds(700);
  Server server(config);
  Telephone gone(server.port, "1001", "red"), there(server.port, "1001", "red");
  REQUIRE(status_of(gone.enroll()) == 200);
  REQUIRE(status_of(there.enroll()) == 200);
  auto gone_silent = [&] {
    return server.run([](Stack& stack) { return stack.contacts("1001").back().silent; });
  };
  for (int i = 0; i < 40 && !gone_silent(); ++i)
    if (std::string next = there.socket.receive("OPTIONS", 500); next != "") there.socket.send(there.reply_to(next, 200));
  REQUIRE(gone_silent());
  CHECK(server.events.take("silent", milliseconds(10)) == "");  // the phone as a whole is there
  while (gone.socket.receive(50) != "") {
  }
  REQUIRE(server.invite("1001") != 0);
  for (int i = 0; i < 10; ++i) {
    std::string next = there.socket.receive();
    if (next.starts_with("INVITE")) break;
    there.socket.send(there.reply_to(next, 200));
    CHECK(i < 9);
  }
  CHECK(gone.socket.receive("INVITE", 200).starts_with("INVITE") == false);
}

TEST_CASE("contacts outlive the switch: after a restart the phone is called at once") {
  Config config;
  config.state_file = "/tmp/hotline-contacts-" + std::to_string(::getpid());
  config.port = static_cast<uint16_t>(free_port());
  std::filesystem::remove(config.state_file);
  Telephone phone(config.port, "1001", "red"), other(config.port, "1002", "green", INADDR_LOOPBACK, false);
  {
    Server server(config);
    REQUIRE(status_of(phone.enroll()) == 200);
    REQUIRE(status_of(other.enroll()) == 200);
    REQUIRE(status_of(other.enroll(0)) == 200);
  }
  Server server(config);
  CHECK(server.events.take("registered 1001").starts_with("registered 1001 " + phone.uri()));
  CHECK_FALSE(server.run([](Stack& stack) { return stack.registered("1002"); }));
  CHECK(server.invite("1001") != 0);
  CHECK(phone.socket.receive("INVITE") != "");
  std::filesystem::remove(config.state_file);
}
