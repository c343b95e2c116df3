// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <doctest/doctest.h>

#include "sip_harness.h"

namespace hotline::sip::test {

/// A server and a phone that is registered.
struct Registered {
  explicit Registered(Config config = {},
                      std::vector<Phone> phones = {{"1001", "red", "Li Na"}, {"1002", "green", "Wang"}})
      : server(config, std::move(phones)), phone(server.port, "1001", "red") {
    REQUIRE(status_of(phone.enroll()) == 200);
    REQUIRE(server.events.take("registered 1001") != "");
  }
  std::string target(const std::string& number = "96116") const {
    return "sip:" + number + "@127.0.0.1:" + std::to_string(server.port);
  }
  /// The phone's INVITE, let in; the 100 that came back, or what else did.
  std::string call(const std::string& body, const std::string& more = "") {
    std::string reply = phone.authorized("INVITE", target(), more, body);
    invite_cseq = phone.cseq;
    return reply;
  }
  void acknowledge(const std::string& final) {
    phone.socket.send(phone.with_cseq("ACK", target(), invite_cseq, "", "", header(final, "To")));
  }
  /// An answered call of ours to the phone; the INVITE as the phone has it.
  std::string up() {
    REQUIRE(server.invite("1001") != 0);
    std::string invite = phone.socket.receive("INVITE");
    phone.socket.send(phone.reply_to(invite, 200, "", phone.sdp()));
    REQUIRE(server.events.take("answered") != "");
    REQUIRE(phone.socket.receive("ACK") != "");
    return invite;
  }
  /// The phone sends a request in the dialog of `invite`; the answer.
  std::string ask(const std::string& invite, const std::string& method, const std::string& more = "",
                  const std::string& body = "") {
    phone.socket.send(phone.within(invite, method, more, body));
    return phone.socket.receive("SIP/2.0");
  }
  /// A re-INVITE of the phone, acknowledged when it was taken; the answer.
  std::string reinvite(const std::string& invite, const std::string& body, const std::string& more = "",
                       const std::string& ack_body = "") {
    std::string reply = ask(invite, "INVITE", more, body);
    int number = phone.cseq;
    std::string ack = phone.within(invite, "ACK", "", ack_body);
    phone.cseq = number;
    ack.replace(ack.find("CSeq: "), ack.find("\r\n", ack.find("CSeq: ")) - ack.find("CSeq: "),
                "CSeq: " + std::to_string(number) + " ACK");
    if (status_of(reply) < 300) phone.socket.send(ack);
    return reply;
  }
  Server server;
  Telephone phone;
  int invite_cseq = 0;
};

}  // namespace hotline::sip::test
