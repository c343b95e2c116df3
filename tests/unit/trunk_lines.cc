// SPDX-License-Identifier: GPL-2.0-or-later
// Two ends of an E1 in one process: real sockets, two media engines, libpri on both sides.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/fd.h"
#include "trunk/trunk.h"

using namespace hotline;
using namespace hotline::trunk;

namespace {

int free_port() {
  Fd fd(socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

struct Exchange : Events {
  Exchange(Loop& loop, bool network, int local, int remote) {
    auto started = media::Engine::start(loop, {}, [this](const media::Report& report) {
      if (trunk) trunk->on_report(report);
      reports.push_back(report);
    });
    REQUIRE(started);
    engine = std::move(*started);
    trunk = Trunk::create(loop, *engine, *this);
    SpanConfig config;
    config.name = "e1";
    config.local = "127.0.0.1:" + std::to_string(local);
    config.remote = "127.0.0.1:" + std::to_string(remote);
    config.network_side = network;
    auto added = trunk->add(config);
    REQUIRE_MESSAGE(added, (added ? "" : added.error().text));
  }
  void on_span(const std::string&, bool up, const std::string&) override { spans.push_back(up); }
  void on_incoming(LineId line, const std::string& from, const std::string& to, const std::string& endpoint,
                   media::PortId port) override {
    CHECK(port != 0);
    CHECK(endpoint.starts_with("span:e1/"));
    incoming.push_back(line);
    last_from = from;
    last_to = to;
    if (answer_all) trunk->answer(line);
  }
  void on_ringing(LineId line) override { ringing.insert(line); }
  void on_answered(LineId line) override { answered.insert(line); }
  void on_released(LineId line, int cause, bool) override {
    CHECK(released.count(line) == 0);
    CHECK(trunk->port(line) == 0);
    released[line] = cause;
  }
  bool up() const { return trunk->spans()[0].up; }
  int busy() const { return trunk->spans()[0].busy; }

  bool answer_all = false;
  std::unique_ptr<media::Engine> engine;
  std::unique_ptr<Trunk> trunk;
  std::vector<bool> spans;
  std::vector<LineId> incoming;
  std::set<LineId> ringing, answered;
  std::map<LineId, int> released;
  std::vector<media::Report> reports;
  std::string last_from, last_to;
};

struct Pair {
  Loop loop;
  int a_port = free_port(), b_port = free_port();
  std::unique_ptr<Exchange> network = std::make_unique<Exchange>(loop, true, a_port, b_port);
  std::unique_ptr<Exchange> user = std::make_unique<Exchange>(loop, false, b_port, a_port);

  template <typename Done>
  bool run(Done done, milliseconds patience = seconds(20)) {
    const Instant end = monotonic_now() + patience;
    while (!done()) {
      if (monotonic_now() > end) return false;
      loop.step(milliseconds(20));
    }
    return true;
  }
  bool up() {
    return run([&] { return network->up() && user->up(); });
  }
};

}  // namespace

TEST_CASE("trunk: a call over a real span: its numbers, its channel, its audio, its end") {
  Pair e1;
  REQUIRE(e1.up());
  auto line = e1.network->trunk->place("", "13800138000", "96116");
  REQUIRE(line);
  CHECK(e1.network->trunk->endpoint(*line) == "span:e1/1");
  REQUIRE(e1.run([&] { return !e1.user->incoming.empty(); }));
  const LineId far = e1.user->incoming[0];
  CHECK(e1.user->last_from == "13800138000");
  CHECK(e1.user->last_to == "96116");
  CHECK(e1.user->trunk->endpoint(far) == "span:e1/1");
  CHECK(e1.user->busy() == 1);
  e1.user->trunk->alert(far);
  REQUIRE(e1.run([&] { return e1.network->ringing.count(*line) == 1; }));
  e1.user->trunk->answer(far);
  REQUIRE(e1.run([&] { return e1.network->answered.count(*line) && e1.user->answered.count(far); }));

  e1.network->engine->send_digits(e1.network->trunk->port(*line), "7");
  REQUIRE(e1.run([&] {
    return std::any_of(e1.user->reports.begin(), e1.user->reports.end(), [&](const media::Report& report) {
      const auto* digit = std::get_if<media::Digit>(&report);
      return digit && digit->port == e1.user->trunk->port(far) && digit->digit == '7';
    });
  }));

  e1.user->trunk->hangup(far, 16);
  REQUIRE(e1.run([&] { return e1.network->released.count(*line) && e1.user->released.count(far); }));
  CHECK(e1.network->released[*line] == 16);
  CHECK(e1.network->busy() == 0);
  CHECK(e1.user->busy() == 0);
  CHECK(e1.user->trunk->endpoint(far).empty());
}

TEST_CASE("trunk: when both sides want every channel at once, each channel has one call or none, each loser a cause") {
  Pair e1;
  REQUIRE(e1.up());
  e1.network->answer_all = e1.user->answer_all = true;
  std::vector<LineId> from_network, from_user;
  for (int i = 0; i < 20; i++) {
    auto a = e1.network->trunk->place("e1", "1", "2"), b = e1.user->trunk->place("e1", "2", "1");
    REQUIRE(a);
    REQUIRE(b);
    from_network.push_back(*a);
    from_user.push_back(*b);
  }
  auto settled = [](Exchange& exchange, const std::vector<LineId>& lines) {
    return std::all_of(lines.begin(), lines.end(),
                       [&](LineId line) { return exchange.answered.count(line) || exchange.released.count(line); });
  };
  REQUIRE(e1.run([&] { return settled(*e1.network, from_network) && settled(*e1.user, from_user); }));
  REQUIRE(e1.run([&] { return e1.network->busy() == e1.user->busy(); }));
  CHECK(e1.network->busy() == 30);
  for (auto& [line, cause] : e1.network->released) CHECK(cause == 44);
  for (auto& [line, cause] : e1.user->released) CHECK(cause == 44);
  for (LineId line : from_network) CHECK(e1.network->released.count(line) == 0);  // the network's calls stand

  auto more = e1.network->trunk->place("e1", "1", "2");
  REQUIRE_FALSE(more);
  CHECK(more.error().code == Errc::unavailable);
  CHECK(more.error().text == "no channel of span 'e1' is free");

  for (LineId line : from_network) e1.network->trunk->hangup(line, 16);
  for (LineId line : from_user) e1.user->trunk->hangup(line, 16);
  CHECK(e1.run([&] { return e1.network->busy() == 0 && e1.user->busy() == 0; }));
}

TEST_CASE("trunk: an end that is started again is back on its span, and channels of its old calls are free") {
  Pair e1;
  REQUIRE(e1.up());
  e1.user->answer_all = true;
  auto line = e1.network->trunk->place("e1", "1", "2");
  REQUIRE(line);
  REQUIRE(e1.run([&] { return e1.network->answered.count(*line) != 0; }));
  e1.user.reset();
  e1.user = std::make_unique<Exchange>(e1.loop, false, e1.b_port, e1.a_port);
  REQUIRE(e1.up());
  REQUIRE(e1.run([&] { return e1.network->busy() == 0; }));
  CHECK(e1.network->released.count(*line) == 1);
}

TEST_CASE("trunk: nothing is placed on a span that is down or that nobody knows") {
  Pair e1;
  e1.user.reset();
  auto down = e1.network->trunk->place("e1", "1", "2");
  REQUIRE_FALSE(down);
  CHECK(down.error().text == "span 'e1' is down");
  auto unknown = e1.network->trunk->place("e9", "1", "2");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().text == "there is no span 'e9'");
}

TEST_CASE("trunk: a port in use and a capture that cannot be written are errors with their place") {
  Pair e1;
  SpanConfig config = e1.network->trunk->spans()[0].config;
  config.name = "e2";
  auto taken = e1.network->trunk->add(config);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().text.find("span 'e2'") != std::string::npos);
  config.local = "127.0.0.1:" + std::to_string(free_port());
  config.pcap = "/nonexistent/d.pcap";
  auto pcap = e1.network->trunk->add(config);
  REQUIRE_FALSE(pcap);
  CHECK(pcap.error().text == "cannot write capture '/nonexistent/d.pcap': No such file or directory");
  CHECK(e1.network->trunk->spans().size() == 1);
}

TEST_CASE("trunk: the tables of the configuration, and every complaint about them") {
  auto good = conf::Document::parse(R"([[span]]
name = "a"
local = "127.0.0.1:1"
remote = "127.0.0.1:2"
packet = "1ms"
jitter = "20ms"
side = "network"
rtp_header = true
pcap = "d.pcap"
[[span]]
name = "b"
local = "127.0.0.1:3"
remote = "127.0.0.1:4"
)",
                                    "t.toml");
  REQUIRE(good);
  auto root = good->root();
  auto spans = read_spans(root);
  REQUIRE(good->verdict());
  REQUIRE(spans.size() == 2);
  CHECK(spans[0].packet_frames == 8);
  CHECK(spans[0].jitter_ms == 20);
  CHECK(spans[0].network_side);
  CHECK(spans[0].rtp_header);
  CHECK(spans[0].pcap == "d.pcap");
  CHECK(spans[1].packet_frames == 40);
  CHECK_FALSE(spans[1].network_side);

  for (const char* line : {"packet = \"2ms\"", "side = \"both\"", "jitter = \"1s\"", "type = \"sattop\"", "name = \"\"",
                           "locall = \"x\"", "rtp_header = 1"}) {
    CAPTURE(line);
    std::string text = "[[span]]\nlocal = \"127.0.0.1:1\"\nremote = \"127.0.0.1:2\"\n";
    if (std::string(line).find("name") != 0) text += "name = \"a\"\n";
    auto bad = conf::Document::parse(text + line + "\n", "t.toml");
    REQUIRE(bad);
    auto table = bad->root();
    read_spans(table);
    CHECK_FALSE(bad->verdict());
  }
}
