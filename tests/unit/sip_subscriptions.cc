// SPDX-License-Identifier: GPL-2.0-or-later
// Messages that wait, and lamps: RFC 6665, 3842, 4235.
#include <doctest/doctest.h>

#include "sip_harness.h"

using namespace hotline;
using namespace hotline::sip;
using namespace hotline::sip::test;

namespace {

std::string subscribe(Telephone& phone, const std::string& about, const std::string& event, int expires_s = 600) {
  return phone.authorized("SUBSCRIBE", "sip:" + about + "@hotline",
                          "Event: " + event + "\r\nExpires: " + std::to_string(expires_s) + "\r\n");
}

/// The next NOTIFY, answered.
std::string notified(Telephone& phone, int status = 200, int wait_ms = 5000) {
  std::string notify = phone.socket.receive("NOTIFY", wait_ms);
  if (notify != "") phone.socket.send(phone.reply_to(notify, status));
  return notify;
}

void lamp(Server& server, const std::string& name, Lamp lamp) {
  server.run([&](Stack& stack) { stack.set_lamp(name, lamp); });
}

/// A request of the phone within the subscription that `reply` (to its SUBSCRIBE) made.
std::string within(Telephone& phone, const std::string& reply, const std::string& more) {
  std::string text = phone.request("SUBSCRIBE", "sip:hotline@127.0.0.1", more, "", header(reply, "To"));
  std::string from = "From: <sip:" + phone.user + "@hotline>;tag=t" + std::to_string(phone.socket.port);
  CHECK(text.find(from) != std::string::npos);
  return text;
}

}  // namespace

TEST_CASE("a phone that subscribes to its messages is told at once, and at every change") {
  Server server;
  Telephone phone(server.port, "1001", "red");
  std::string reply = subscribe(phone, "1001", "message-summary");
  CHECK(status_of(reply) == 200);
  CHECK(header(reply, "Expires") == "600");
  std::string first = notified(phone);
  CHECK(header(first, "Event") == "message-summary");
  CHECK(header(first, "Subscription-State").starts_with("active;expires="));
  CHECK(header(first, "Content-Type") == "application/simple-message-summary");
  CHECK(first.find("Messages-Waiting: no\r\n") != std::string::npos);
  CHECK(header(first, "Call-ID") == header(reply, "Call-ID"));
  server.run([](Stack& stack) { stack.set_mailbox("1001", {2, 5}); });
  std::string second = notified(phone);
  CHECK(second.find("Messages-Waiting: yes\r\n") != std::string::npos);
  CHECK(second.find("Voice-Message: 2/5 (0/0)\r\n") != std::string::npos);
  CHECK(std::atoi(header(second, "CSeq").c_str()) > std::atoi(header(first, "CSeq").c_str()));
}

TEST_CASE("a phone that has not subscribed is told of its messages all the same, also when it comes anew") {
  Server server;
  Telephone phone(server.port, "1001", "red");
  REQUIRE(status_of(phone.enroll()) == 200);
  server.run([](Stack& stack) { stack.set_mailbox("1001", {1, 0}); });
  CHECK(notified(phone).find("Voice-Message: 1/0") != std::string::npos);
  Telephone other(server.port, "1001", "red");
  REQUIRE(status_of(other.enroll()) == 200);
  CHECK(notified(other).find("Voice-Message: 1/0") != std::string::npos);
}

TEST_CASE("a lamp follows another phone, each time with the whole state and the next version") {
  Server server;
  Telephone watcher(server.port, "1001", "red");
  CHECK(status_of(subscribe(watcher, "1002", "dialog")) == 200);
  std::string first = notified(watcher);
  CHECK(header(first, "Content-Type") == "application/dialog-info+xml");
  CHECK(first.find("version=\"0\" state=\"full\" entity=\"sip:1002@hotline\"") != std::string::npos);
  CHECK(first.find("<state>terminated</state>") != std::string::npos);
  struct {
    Lamp lamp;
    const char* text;
  } steps[] = {{Lamp::ringing, "direction=\"recipient\"><state>early</state>"},
               {Lamp::busy, "<state>confirmed</state>"},
               {Lamp::calling, "direction=\"initiator\"><state>early</state>"},
               {Lamp::idle, "<state>terminated</state>"}};
  int version = 0;
  for (const auto& step : steps) {
    lamp(server, "1002", step.lamp);
    std::string notify = notified(watcher);
    CHECK(notify.find("version=\"" + std::to_string(++version) + "\"") != std::string::npos);
    CHECK(notify.find(step.text) != std::string::npos);
  }
  lamp(server, "1002", Lamp::idle);  // as it is
  CHECK(watcher.socket.receive("NOTIFY", 200) == "");
}

TEST_CASE("while a phone has not answered a NOTIFY, changes wait and the last one arrives") {
  Server server;
  Telephone watcher(server.port, "1001", "red");
  CHECK(status_of(subscribe(watcher, "1002", "dialog")) == 200);
  std::string first = watcher.socket.receive("NOTIFY");
  for (Lamp step : {Lamp::ringing, Lamp::busy, Lamp::idle, Lamp::busy}) lamp(server, "1002", step);
  watcher.socket.send(watcher.reply_to(first, 200));
  std::string next = notified(watcher);
  while (header(next, "CSeq") == header(first, "CSeq")) next = notified(watcher);
  CHECK(next.find("version=\"1\"") != std::string::npos);
  CHECK(next.find("confirmed") != std::string::npos);
  CHECK(watcher.socket.receive("NOTIFY", 200) == "");
}

TEST_CASE("a subscription is refreshed in its dialog, and ended by one without time") {
  Server server;
  Telephone watcher(server.port, "1001", "red");
  std::string reply = subscribe(watcher, "1002", "dialog");
  notified(watcher);
  std::string refreshed =
      watcher.exchange(within(watcher, reply, "Event: dialog\r\nExpires: 300\r\n"), "SIP/2.0 200");
  CHECK(header(refreshed, "Expires") == "300");
  CHECK(notified(watcher).find("version=\"1\"") != std::string::npos);
  CHECK(status_of(watcher.exchange(within(watcher, reply, "Event: presence\r\n"), "SIP/2.0 4")) == 489);
  CHECK(status_of(watcher.exchange(within(watcher, reply, "Event: dialog\r\nExpires: 5\r\n"), "SIP/2.0 4")) == 423);
  CHECK(status_of(watcher.exchange(within(watcher, reply, "Event: dialog\r\nExpires: 0\r\n"), "SIP/2.0 200")) == 200);
  CHECK(header(notified(watcher), "Subscription-State") == "terminated;reason=timeout");
  lamp(server, "1002", Lamp::busy);
  CHECK(watcher.socket.receive("NOTIFY", 300) == "");
  CHECK(status_of(watcher.exchange(within(watcher, reply, "Event: dialog\r\nExpires: 300\r\n"), "SIP/2.0 4")) == 481);
}

TEST_CASE("one look at a state is a subscription without time") {
  Server server;
  Telephone watcher(server.port, "1001", "red");
  CHECK(status_of(subscribe(watcher, "1002", "dialog", 0)) == 200);
  std::string notify = notified(watcher);
  CHECK(header(notify, "Subscription-State") == "terminated;reason=timeout");
  CHECK(notify.find("<state>terminated</state>") != std::string::npos);
}

TEST_CASE("a phone that knows its subscription no more is not told again") {
  Server server;
  Telephone watcher(server.port, "1001", "red");
  subscribe(watcher, "1002", "dialog");
  notified(watcher, 481);
  lamp(server, "1002", Lamp::busy);
  CHECK(watcher.socket.receive("NOTIFY", 300) == "");
}

TEST_CASE("a lamp that is no phone's can be watched once it has been set") {
  Server server;
  Telephone watcher(server.port, "1001", "red");
  CHECK(status_of(subscribe(watcher, "night", "dialog")) == 404);
  lamp(server, "night", Lamp::busy);
  watcher.call_id += "x";
  CHECK(status_of(subscribe(watcher, "night", "dialog")) == 200);
  CHECK(notified(watcher).find("entity=\"sip:night@hotline\"") != std::string::npos);
}

TEST_CASE("subscriptions that are not understood, too short, of others' messages, or from strangers are refused") {
  Server server;
  Telephone phone(server.port, "1001", "red"), stranger(server.port, "1001", "blue", INADDR_LOOPBACK + 1);
  std::string bad = subscribe(phone, "1002", "presence");
  CHECK(status_of(bad) == 489);
  CHECK(header(bad, "Allow-Events") == "message-summary, dialog");
  CHECK(status_of(phone.authorized("SUBSCRIBE", "sip:1002@hotline")) == 489);
  std::string brief = subscribe(phone, "1002", "dialog", 10);
  CHECK(status_of(brief) == 423);
  CHECK(header(brief, "Min-Expires") == "60");
  CHECK(status_of(subscribe(phone, "1002", "message-summary")) == 403);
  CHECK(status_of(subscribe(phone, "7777", "dialog")) == 404);
  CHECK(status_of(subscribe(stranger, "1002", "dialog")) == 401);
  CHECK(phone.socket.receive("NOTIFY", 200) == "");
}

TEST_CASE("subscriptions of one phone are bounded") {
  Server server;
  Telephone phone(server.port, "1001", "red");
  int granted = 0;
  for (int i = 0; i < 210; ++i) {
    phone.call_id = "many" + std::to_string(i);
    std::string reply = subscribe(phone, "1002", "dialog");
    if (status_of(reply) == 503) break;
    granted += status_of(reply) == 200;
    notified(phone);
  }
  CHECK(granted == 200);
}

TEST_CASE("when a phone is configured no more its subscriptions end") {
  Server server;
  Telephone watcher(server.port, "1001", "red");
  subscribe(watcher, "1002", "dialog");
  notified(watcher);
  server.run([](Stack& stack) { stack.set_phones({{"1001", "red", "Li"}}); });
  CHECK(header(notified(watcher), "Subscription-State") == "terminated;reason=noresource");
}
