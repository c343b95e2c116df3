// SPDX-License-Identifier: GPL-2.0-or-later
// SIP trunks: registration, gates that fail, who calls in, who is shown.
#include <doctest/doctest.h>

#include "sip_harness.h"

using namespace hotline;
using namespace hotline::sip;
using namespace hotline::sip::test;

namespace {

/// A provider: a telephone's socket that answers as a gateway does.
struct Provider : Telephone {
  explicit Provider(int server_port) : Telephone(server_port, "gate", "") {}
  TrunkConfig::Gate gate() const { return {"127.0.0.1", static_cast<uint16_t>(socket.port)}; }
  std::string challenge_to(const std::string& request, int status, const std::string& algorithm = "MD5") {
    const char* name = status == 407 ? "Proxy-Authenticate" : "WWW-Authenticate";
    return reply_to(request, status,
                    std::string(name) + ": Digest realm=\"provider\", nonce=\"n" + std::to_string(++nonces) +
                        "\", qop=\"auth\", algorithm=" + algorithm + "\r\n");
  }
  /// The credentials that a request brings are those of user and secret.
  static bool proves(const std::string& request, const std::string& name, const std::string& user,
                     const std::string& password) {
    std::string value = header(request, name);
    if (!value.starts_with("Digest ")) return false;
    Credentials read;
    read.username = parameter(value, "username");
    read.realm = parameter(value, "realm");
    read.nonce = parameter(value, "nonce");
    read.uri = parameter(value, "uri");
    read.cnonce = parameter(value, "cnonce");
    read.qop = parameter(value, "qop");
    read.count = parameter(value, "nc");
    read.algorithm = parameter(value, "algorithm") == "SHA-256" ? Algorithm::sha256 : Algorithm::md5;
    std::string method = request.substr(0, request.find(' '));
    return read.username == user && digest_response(read, password, method) == parameter(value, "response");
  }
  int nonces = 0;
};

TrunkConfig trunk_to(const std::vector<const Provider*>& gates) {
  TrunkConfig trunk;
  trunk.name = "provider";
  for (const auto* gate : gates) trunk.gates.push_back(gate->gate());
  trunk.qualify = milliseconds(0);
  return trunk;
}

DialogId dial(Server& server, const std::string& number, const std::string& from = "96116") {
  return server.run([&](Stack& stack) -> DialogId {
    Invite invite;
    invite.trunk = "provider";
    invite.number = number;
    invite.from = from;
    invite.local_address = "127.0.0.1";
    invite.local_port = 30000;
    auto result = stack.invite(invite);
    return result ? *result : 0;
  });
}

void set(Server& server, TrunkConfig trunk) {
  server.run([&](Stack& stack) { stack.set_trunks({trunk}); });
}

}  // namespace

TEST_CASE("a trunk registers with the answer to a challenge, and again before it runs out") {
  for (std::string algorithm : {"MD5", "SHA-256"}) {
    Server server;
    Provider provider(server.port);
    TrunkConfig trunk = trunk_to({&provider});
    trunk.enroll = true;
    trunk.user = "02066";
    trunk.secret = "s3cret";
    trunk.domain = "sip.example.net";
    set(server, trunk);
    std::string first = provider.socket.receive("REGISTER", 8000);
    REQUIRE(first.starts_with("REGISTER sip:sip.example.net SIP/2.0"));
    CHECK(header(first, "From").starts_with("<sip:02066@sip.example.net>"));
    CHECK(header(first, "Authorization") == "");
    CHECK(server.run([](Stack& stack) { return stack.trunks().at(0).up; }) == false);
    CHECK(dial(server, "13800138000") == 0);
    provider.socket.send(provider.challenge_to(first, 401, algorithm));
    std::string second = provider.socket.receive("REGISTER", 8000);
    CHECK(Provider::proves(second, "Authorization", "02066", "s3cret"));
    CHECK(header(second, "Call-ID") == header(first, "Call-ID"));
    std::string contact = header(second, "Contact");
    provider.socket.send(provider.reply_to(second, 200, "Expires: 3\r\n"));
    CHECK(server.events.take("trunk") == "trunk provider up");
    CHECK(server.run([](Stack& stack) { return stack.trunks().at(0).enrolled; }));
    // The least that is granted counts as ten seconds: the next one comes before that is over.
    std::string again = provider.socket.receive("REGISTER", 15000);
    CHECK(header(again, "Contact") == contact);
    server.run([](Stack& stack) { stack.set_trunks({}); });
    std::string off;
    for (int i = 0; i < 5 && header(off, "Expires") != "0"; ++i) off = provider.socket.receive("REGISTER", 8000);
    CHECK(header(off, "Expires") == "0");
  }
}

TEST_CASE("a registrar that does not take the secret is asked no third time at once, and the trunk is down") {
  Server server;
  Provider provider(server.port);
  TrunkConfig trunk = trunk_to({&provider});
  trunk.enroll = true;
  trunk.user = "02066";
  trunk.secret = "wrong";
  set(server, trunk);
  for (int i = 0; i < 2; ++i) {
    std::string request = provider.socket.receive("REGISTER", 8000);
    REQUIRE(request != "");
    provider.socket.send(provider.challenge_to(request, 407));
  }
  CHECK(server.events.take("trunk") == "trunk provider down the registrar does not take our secret");
  CHECK(provider.socket.receive("REGISTER", 2500) == "");
}

TEST_CASE("a longer time is asked for when the registrar wants one") {
  Server server;
  Provider provider(server.port);
  TrunkConfig trunk = trunk_to({&provider});
  trunk.enroll = true;
  trunk.user = "02066";
  trunk.secret = "s";
  set(server, trunk);
  std::string first = provider.socket.receive("REGISTER", 8000);
  CHECK(header(first, "Expires") == "600");
  provider.socket.send(provider.reply_to(first, 423, "Min-Expires: 1800\r\n"));
  std::string second = provider.socket.receive("REGISTER", 8000);
  CHECK(header(second, "Expires") == "1800");
  provider.socket.send(provider.reply_to(second, 200, "Contact: " + header(second, "Contact") + ";expires=1500\r\n"));
  CHECK(server.events.take("trunk") == "trunk provider up");
}

TEST_CASE("a call over a trunk shows its number, answers a challenge once, and goes up") {
  Server server;
  Provider provider(server.port);
  TrunkConfig trunk = trunk_to({&provider});
  trunk.user = "02066";
  trunk.secret = "s3cret";
  set(server, trunk);
  CHECK(server.events.take("trunk") == "trunk provider up");
  DialogId call = dial(server, "+8613800138000");
  REQUIRE(call != 0);
  std::string invite = provider.socket.receive("INVITE");
  CHECK(invite.starts_with("INVITE sip:+8613800138000@127.0.0.1:" + std::to_string(provider.socket.port) + " "));
  CHECK(header(invite, "From").starts_with("<sip:96116@127.0.0.1>"));
  CHECK(header(invite, "Authorization") == "");
  provider.socket.send(provider.challenge_to(invite, 407));
  CHECK(provider.socket.receive("ACK") != "");
  std::string second = provider.socket.receive("INVITE");
  CHECK(Provider::proves(second, "Proxy-Authorization", "02066", "s3cret"));
  CHECK(header(second, "Call-ID") == header(invite, "Call-ID"));
  CHECK(parameter(header(second, "From"), "tag") == parameter(header(invite, "From"), "tag"));
  provider.socket.send(provider.reply_to(second, 183));
  CHECK(server.events.take("ringing") != "");
  provider.socket.send(provider.reply_to(second, 200, "", provider.sdp()));
  CHECK(server.events.take("answered") != "");
  CHECK(provider.socket.receive("ACK") != "");
  CHECK(server.run([](Stack& stack) { return stack.trunks().at(0).calls; }) == 1);
  provider.socket.send(provider.within(second, "BYE"));
  CHECK(server.events.take("released") == "released " + std::to_string(call) + " 16 remote");
  CHECK(server.run([](Stack& stack) { return stack.trunks().at(0).calls; }) == 0);
}

TEST_CASE("a phone that challenges our call gets no credentials, whatever trunks there are") {
  Server server;
  Provider provider(server.port);
  TrunkConfig trunk = trunk_to({&provider});
  trunk.user = "02066";
  trunk.secret = "s3cret";
  set(server, trunk);
  Telephone phone(server.port, "1001", "red");
  REQUIRE(status_of(phone.enroll()) == 200);
  DialogId call = server.invite("1001");
  std::string invite = phone.socket.receive("INVITE");
  phone.socket.send(phone.reply_to(invite, 401, "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", qop=\"auth\"\r\n"));
  CHECK(server.events.take("released") == "released " + std::to_string(call) + " 21 remote");
  CHECK(phone.socket.receive("INVITE", 300) == "");
}

TEST_CASE("the next gate is tried after a 503, and after silence") {
  Server server;
  Provider first(server.port), second(server.port), third(server.port);
  set(server, trunk_to({&first, &second, &third}));
  DialogId call = dial(server, "13800138000");
  std::string invite = first.socket.receive("INVITE");
  first.socket.send(first.reply_to(invite, 503));
  CHECK(first.socket.receive("ACK") != "");
  REQUIRE(second.socket.receive("INVITE") != "");  // and says nothing
  std::string last = third.socket.receive("INVITE", 15000);
  REQUIRE(last != "");
  third.socket.send(third.reply_to(last, 200, "", third.sdp()));
  CHECK(server.events.take("answered") != "");
  // Who failed comes last now.
  DialogId next = dial(server, "13800138000");
  CHECK(third.socket.receive("INVITE") != "");
  server.run([&](Stack& stack) {
    stack.hangup(call, 16);
    stack.hangup(next, 16);
  });
}

TEST_CASE("what the called number says is no reason to try another gate") {
  Server server;
  Provider first(server.port), second(server.port);
  set(server, trunk_to({&first, &second}));
  DialogId call = dial(server, "1");
  first.socket.send(first.reply_to(first.socket.receive("INVITE"), 404));
  CHECK(server.events.take("released") == "released " + std::to_string(call) + " 1 remote");
  CHECK(second.socket.receive("INVITE", 200) == "");
}

TEST_CASE("a trunk whose gates leave OPTIONS unanswered is down, and up when one answers") {
  Server server;
  Provider provider(server.port);
  TrunkConfig trunk = trunk_to({&provider});
  trunk.qualify = milliseconds(1000);
  set(server, trunk);
  CHECK(server.events.take("trunk", milliseconds(15000)) == "trunk provider down no answer to OPTIONS");
  CHECK(dial(server, "13800138000") == 0);
  for (int i = 0; i < 20; ++i) {
    std::string options = provider.socket.receive("OPTIONS");
    provider.socket.send(provider.reply_to(options, 405));
    if (server.events.take("trunk", milliseconds(500)) == "trunk provider up") break;
    CHECK(i < 19);
  }
  CHECK(server.run([](Stack& stack) { return stack.trunks().at(0).rtt_ms; }) >= 0);
}

TEST_CASE("calls come in from a trunk's address and from nowhere else, whatever From says") {
  Server server;
  Provider provider(server.port), stranger(server.port);
  set(server, trunk_to({&provider}));
  std::string target = "sip:96116@127.0.0.1";
  stranger.socket.send(stranger.request("INVITE", target, "", stranger.sdp()));
  CHECK(status_of(stranger.socket.receive()) == 401);
  provider.user = "13800138000";
  provider.socket.send(provider.request("INVITE", target, "", provider.sdp()));
  CHECK(server.events.take("incoming").starts_with("incoming 1 trunk:provider 13800138000 96116 "));
  server.run([](Stack& stack) { stack.answer(1, "127.0.0.1", 30002); });
  std::string answer = provider.socket.receive("SIP/2.0 200");
  CHECK(answer != "");
  server.run([](Stack& stack) { stack.hangup(1, 16); });
}

TEST_CASE("who calls in over a trunk is who the network says, and nobody when he does not want to be") {
  Server server;
  Provider provider(server.port);
  set(server, trunk_to({&provider}));
  auto caller_of = [&](const std::string& more) {
    static int calls = 0;
    provider.call_id = "caller" + std::to_string(++calls);
    provider.socket.send(provider.request("INVITE", "sip:96116@127.0.0.1", more, provider.sdp()));
    std::string event = server.events.take("incoming");
    auto words = split(event, ' ');
    return words.size() > 4 ? words[3] : "?";
  };
  CHECK(caller_of("") == "gate");
  CHECK(caller_of("P-Asserted-Identity: \"Li\" <sip:02012345@x>\r\n") == "02012345");
  CHECK(caller_of("Remote-Party-ID: <sip:02099@x>;party=calling\r\n") == "02099");
  CHECK(caller_of("P-Asserted-Identity: <sip:02012345@x>\r\nPrivacy: id\r\n") == "");
  CHECK(caller_of("P-Asserted-Identity: <<<\r\n") == "gate");
}

TEST_CASE("a call to the contact that we registered is the trunk's, wherever it comes from") {
  Server server;
  Provider provider(server.port), elsewhere(server.port);
  TrunkConfig trunk = trunk_to({&provider});
  trunk.enroll = true;
  trunk.user = "02066";
  trunk.secret = "s";
  trunk.number = "96116";
  set(server, trunk);
  std::string request = provider.socket.receive("REGISTER", 8000);
  provider.socket.send(provider.reply_to(request, 200, "Expires: 600\r\n"));
  CHECK(server.events.take("trunk") == "trunk provider up");
  std::string contact = header(request, "Contact");
  std::string uri = contact.substr(1, contact.find('>') - 1);
  elsewhere.user = "13800138000";
  elsewhere.socket.send(elsewhere.request("INVITE", uri, "", elsewhere.sdp(), "<sip:02066@sip.example.net>"));
  CHECK(server.events.take("incoming").starts_with("incoming 1 trunk:provider 13800138000 96116 "));
  elsewhere.call_id = "guess";
  uri.replace(uri.find("sip:t") + 5, 1, uri[uri.find("sip:t") + 5] == '0' ? "1" : "0");
  elsewhere.socket.send(elsewhere.request("INVITE", uri, "", elsewhere.sdp(), "<sip:02066@sip.example.net>"));
  CHECK(status_of(elsewhere.socket.receive("SIP/2.0 4")) == 401);
}

TEST_CASE("one call more than a trunk may have is refused, both ways") {
  Server server;
  Provider provider(server.port);
  TrunkConfig trunk = trunk_to({&provider});
  trunk.calls_max = 1;
  set(server, trunk);
  REQUIRE(dial(server, "1") != 0);
  CHECK(dial(server, "2") == 0);
  provider.socket.send(provider.request("INVITE", "sip:96116@127.0.0.1", "", provider.sdp()));
  CHECK(status_of(provider.socket.receive("SIP/2.0 5")) == 503);
}

TEST_CASE("the caller's number stands where the trunk wants it") {
  Server server;
  Provider provider(server.port);
  TrunkConfig trunk = trunk_to({&provider});
  trunk.user = "02066";
  trunk.domain = "sip.example.net";
  trunk.from = TrunkConfig::From::pai;
  set(server, trunk);
  dial(server, "1", "02012345");
  std::string invite = provider.socket.receive("INVITE");
  CHECK(header(invite, "From").starts_with("<sip:02066@sip.example.net>"));
  CHECK(header(invite, "P-Asserted-Identity") == "<sip:02012345@sip.example.net>");
  trunk.from = TrunkConfig::From::rpid;
  set(server, trunk);
  dial(server, "1", "");
  invite = provider.socket.receive("INVITE");
  while (header(invite, "Remote-Party-ID") == "" && invite != "") invite = provider.socket.receive("INVITE");
  CHECK(header(invite, "From").starts_with("\"Anonymous\" <sip:anonymous@anonymous.invalid>"));
  CHECK(header(invite, "Remote-Party-ID") == "<sip:02066@sip.example.net>;party=calling;privacy=full");
}

TEST_CASE("a trunk has the codecs it was given, and keys by INFO one after the other") {
  Server server;
  Provider provider(server.port);
  TrunkConfig trunk = trunk_to({&provider});
  trunk.payloads = {0};
  trunk.keys = TrunkConfig::Keys::info;
  set(server, trunk);
  DialogId call = dial(server, "1");
  std::string invite = provider.socket.receive("INVITE");
  CHECK(invite.find("RTP/AVP 0\r\n") != std::string::npos);
  CHECK(invite.find("telephone-event") == std::string::npos);
  provider.socket.send(provider.reply_to(invite, 200, "", provider.sdp("sendrecv", "0 101")));
  CHECK(server.events.take("answered").find("pt0 ev-1") != std::string::npos);
  CHECK(server.run([&](Stack& stack) { return stack.send_keys(call, "1#"); }));
  std::string one = provider.socket.receive("INFO");
  CHECK(one.find("Signal=1\r\n") != std::string::npos);
  provider.socket.send(provider.reply_to(one, 200));
  std::string two = provider.socket.receive("INFO");
  for (int i = 0; i < 3 && two.find("Signal=1") != std::string::npos; ++i) two = provider.socket.receive("INFO");
  CHECK(two.find("Signal=#\r\n") != std::string::npos);
  provider.call_id = "alaw-only";
  provider.socket.send(provider.request("INVITE", "sip:96116@127.0.0.1", "", provider.sdp("sendrecv", "8 101")));
  CHECK(status_of(provider.socket.receive("SIP/2.0 4")) == 488);
}
