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
  Exchange(Loop& loop, bool network, int local, int remote, const LineRules& rules = {}) {
    auto started = media::Engine::start(loop, {}, [this](const media::Report& report) {
      if (trunk) trunk->on_report(report);
      reports.push_back(report);
    });
    REQUIRE(started);
    engine = std::move(*started);
    trunk = Trunk::create(loop, *engine, *this);
    config.name = "e1";
    config.local = "127.0.0.1:" + std::to_string(local);
    config.remote = "127.0.0.1:" + std::to_string(remote);
    config.network_side = network;
    config.jitter_ms = 40;
    config.rules = rules;
    config.rules.select = network ? Select::lowest : Select::highest;
    auto added = trunk->add(config);
    REQUIRE_MESSAGE(added, (added ? "" : added.error().text));
  }
  void on_span(const std::string&, bool up, const std::string&) override { spans.push_back(up); }
  void on_span_gone(const std::string& span, const std::string& reason) override {
    told.push_back(span + " " + reason);
  }
  void on_span_opened(const std::string& span) override { told.push_back(span + " opened"); }
  void on_alarm(const std::string&, const std::string& alarm, bool on) override {
    alarms.push_back(alarm + (on ? "+" : "-"));
  }
  void on_stuck(const std::string&, int channel, const std::string& reason) override {
    stuck.push_back({channel, reason});
  }
  void on_restarted(const std::string&, int channel, bool ok, const std::string& reason) override {
    restarted.push_back({channel, reason + (ok ? "" : " in vain")});
  }
  void on_moved(LineId line) override {
    CHECK(trunk->port(line) != 0);
    moved.insert(line);
  }
  void on_early(LineId line) override { early.insert(line); }
  bool on_tone(LineId line, int cause) override {
    tones[line] = cause;
    return true;
  }
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

  int rows(const std::string& state) const {
    const auto channels = trunk->channels();
    return static_cast<int>(
        std::count_if(channels.begin(), channels.end(), [&](const auto& c) { return c.state == state; }));
  }

  bool answer_all = false;
  SpanConfig config;
  std::vector<std::string> told, alarms;
  std::vector<std::pair<int, std::string>> stuck, restarted;
  std::set<LineId> moved, early;
  std::map<LineId, int> tones;
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
  explicit Pair(const LineRules& network_rules = {}, const LineRules& user_rules = {})
      : network(std::make_unique<Exchange>(loop, true, a_port, b_port, network_rules)),
        user(std::make_unique<Exchange>(loop, false, b_port, a_port, user_rules)) {}
  Loop loop;
  int a_port = free_port(), b_port = free_port();
  std::unique_ptr<Exchange> network, user;

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

TEST_CASE("trunk: both sides place calls until all is full, for the same channels: none is lost") {
  for (bool exclusive : {true, false}) {
    CAPTURE(exclusive);
    LineRules rules;
    rules.exclusive = exclusive;
    rules.restart = false;
    Pair e1(rules, rules);
    e1.user->config.rules.select = Select::lowest;  // as the network: they want the same ones
    e1.user->trunk->adopt({e1.user->config});
    REQUIRE(e1.up());
    e1.network->answer_all = e1.user->answer_all = true;
    std::vector<LineId> from_network, from_user;
    for (int i = 0; i < 15; i++) {
      auto a = e1.network->trunk->place("e1", "1", "2"), b = e1.user->trunk->place("e1", "2", "1");
      REQUIRE(a);
      REQUIRE(b);
      from_network.push_back(*a);
      from_user.push_back(*b);
    }
    auto answered = [](Exchange& exchange, const std::vector<LineId>& lines) {
      return std::all_of(lines.begin(), lines.end(), [&](LineId line) { return exchange.answered.count(line) == 1; });
    };
    REQUIRE(e1.run([&] { return answered(*e1.network, from_network) && answered(*e1.user, from_user); }));
    CHECK(e1.network->busy() == 30);
    CHECK(e1.user->busy() == 30);
    CHECK(e1.network->released.empty());
    CHECK(e1.user->released.empty());
    CHECK_FALSE(e1.user->moved.empty());
    CHECK(e1.network->stuck.empty());
    CHECK(e1.user->stuck.empty());
    std::set<std::string> endpoints;
    for (LineId line : from_user) endpoints.insert(e1.user->trunk->endpoint(line));
    CHECK(endpoints.size() == 15);

    auto more = e1.network->trunk->place("e1", "1", "2");
    REQUIRE_FALSE(more);
    CHECK(more.error().code == Errc::unavailable);
    CHECK(more.error().text == "no channel of span 'e1' is free");
    for (LineId line : from_network) e1.network->trunk->hangup(line, 16);
    for (LineId line : from_user) e1.user->trunk->hangup(line, 16);
    CHECK(e1.run([&] { return e1.network->busy() == 0 && e1.user->busy() == 0; }));
  }
}

TEST_CASE(
    "trunk: more calls than channels from both sides: thirty stand, the others are told cause 34, nothing stays busy") {
  Pair e1;
  REQUIRE(e1.up());
  REQUIRE(e1.run([&] { return e1.network->rows("idle") == 30 && e1.user->rows("idle") == 30; }));
  e1.network->answer_all = e1.user->answer_all = true;
  std::vector<LineId> from_network, from_user;
  for (int i = 0; i < 20; i++) {
    if (auto a = e1.network->trunk->place("e1", "1", "2")) from_network.push_back(*a);
    if (auto b = e1.user->trunk->place("e1", "2", "1")) from_user.push_back(*b);
  }
  auto settled = [](Exchange& exchange, const std::vector<LineId>& lines) {
    return std::all_of(lines.begin(), lines.end(),
                       [&](LineId line) { return exchange.answered.count(line) || exchange.released.count(line); });
  };
  REQUIRE(e1.run([&] { return settled(*e1.network, from_network) && settled(*e1.user, from_user); }));
  REQUIRE(e1.run([&] { return e1.network->busy() == 30 && e1.user->busy() == 30; }));
  for (auto& [line, cause] : e1.network->released) CHECK(cause == 34);
  for (auto& [line, cause] : e1.user->released) CHECK(cause == 34);
  for (LineId line : from_network) e1.network->trunk->hangup(line, 16);
  for (LineId line : from_user) e1.user->trunk->hangup(line, 16);
  CHECK(e1.run([&] { return e1.network->busy() == 0 && e1.user->busy() == 0; }));
}

TEST_CASE("trunk: a channel that the far end refuses is stuck: the call goes over another, the channel is restarted") {
  Pair e1;
  REQUIRE(e1.up());
  e1.user->answer_all = true;
  auto first = e1.network->trunk->place("e1", "1", "2");
  REQUIRE(first);
  REQUIRE(e1.run([&] { return e1.network->answered.count(*first) == 1; }));
  // The exchange is started anew and forgets the call; the user's D channel does not hear of it before it calls again.
  e1.network.reset();
  LineRules rules;
  rules.restart = false;
  e1.network = std::make_unique<Exchange>(e1.loop, true, e1.a_port, e1.b_port, rules);
  REQUIRE(e1.up());
  auto second = e1.network->trunk->place("e1", "1", "2");
  REQUIRE(second);
  REQUIRE(e1.run([&] { return e1.network->answered.count(*second) == 1; }));
  CHECK(e1.run([&] { return e1.user->busy() == 1 && e1.network->rows("blocked") == 0; }));
}

TEST_CASE("trunk: a channel is restarted on request, and its call ends at both ends") {
  Pair e1;
  REQUIRE(e1.up());
  e1.user->answer_all = true;
  auto line = e1.network->trunk->place("e1", "1", "2");
  REQUIRE(line);
  REQUIRE(e1.run([&] { return e1.network->answered.count(*line) == 1; }));
  const auto endpoint = e1.network->trunk->endpoint(*line);
  const int channel = std::stoi(endpoint.substr(endpoint.find('/') + 1));
  CHECK(e1.user->trunk->restart_channel("e9", 1).error().code == Errc::no);
  CHECK(e1.user->trunk->restart_channel("e1", 16).error().code == Errc::no);
  REQUIRE(e1.user->trunk->restart_channel("e1", channel));
  REQUIRE(e1.run([&] { return e1.user->restarted.size() == 1 && e1.network->released.count(*line) == 1; }));
  CHECK(e1.user->restarted[0] == std::pair(channel, std::string("command")));
  CHECK(e1.network->released[*line] == 41);
  CHECK(e1.user->busy() == 0);
  CHECK(e1.network->busy() == 0);
}

TEST_CASE(
    "trunk: at the start every channel is restarted once, by one end or the other, and calls do not wait for it") {
  Pair e1;
  REQUIRE(e1.up());
  e1.user->answer_all = true;
  std::vector<LineId> lines;
  for (int i = 0; i < 10; i++) {
    auto line = e1.network->trunk->place("e1", "1", "2");
    REQUIRE(line);
    lines.push_back(*line);
  }
  REQUIRE(e1.run([&] {
    return std::all_of(lines.begin(), lines.end(), [&](LineId line) { return e1.network->answered.count(line) == 1; });
  }));
  REQUIRE(e1.run([&] { return e1.network->rows("idle") == 20 && e1.user->rows("idle") == 20; }));
  CHECK(e1.network->released.empty());
  CHECK(e1.network->restarted.empty());  // those of the start are no events
}

TEST_CASE(
    "trunk: a caller without a number hears a dial tone, dials digit by digit, and is offered when that is whole") {
  LineRules rules;
  rules.dialling.overlap = true;
  rules.dialling.length = 5;
  Pair e1({}, rules);
  REQUIRE(e1.up());
  Outgoing outgoing;
  outgoing.from = "13800138000";
  outgoing.complete = false;
  auto line = e1.network->trunk->place(outgoing);
  REQUIRE(line);
  REQUIRE(e1.run([&] { return e1.network->early.count(*line) == 1; }));
  CHECK(e1.user->incoming.empty());
  CHECK(e1.user->busy() == 1);
  for (const char* digit : {"9", "6", "1", "1", "6"}) e1.network->trunk->dial(*line, digit);
  REQUIRE(e1.run([&] { return e1.user->incoming.size() == 1; }));
  CHECK(e1.user->last_to == "96116");
  e1.network->trunk->hangup(*line, 16);
  REQUIRE(e1.run([&] { return e1.network->busy() == 0 && e1.user->busy() == 0; }));

  auto silent = e1.network->trunk->place(outgoing);  // gives up before the first digit: nobody hears of it
  REQUIRE(silent);
  REQUIRE(e1.run([&] { return e1.network->early.count(*silent) == 1; }));
  e1.network->trunk->hangup(*silent, 16);
  REQUIRE(e1.run([&] { return e1.network->busy() == 0 && e1.user->busy() == 0; }));
  CHECK(e1.user->incoming.size() == 1);
  CHECK(e1.user->released.size() == 1);
}

TEST_CASE("trunk: with setup_digits our number goes in parts, and a national caller gets his prefix") {
  LineRules network, user;
  network.dialling.overlap = true;
  network.dialling.length = 11;
  network.calling_type = isdn::NumberType::national;
  user.setup_digits = 3;
  user.national_prefix = "0";
  Pair e1(network, user);
  REQUIRE(e1.up());
  auto out = e1.user->trunk->place("e1", "96116", "13800138000");
  REQUIRE(out);
  REQUIRE(e1.run([&] { return e1.network->incoming.size() == 1; }));
  CHECK(e1.network->last_to == "13800138000");
  auto in = e1.network->trunk->place("e1", "7561234567", "96116");
  REQUIRE(in);
  REQUIRE(e1.run([&] { return e1.user->incoming.size() == 1; }));
  CHECK(e1.user->last_from == "07561234567");
}

TEST_CASE("trunk: spans of a group share its calls, the least busy first") {
  Pair e1;
  SpanConfig second = e1.network->config;
  second.name = "e2";
  second.local = "127.0.0.1:" + std::to_string(free_port());
  second.rules.group = "city";
  REQUIRE(e1.network->trunk->add(second));
  CHECK(e1.network->trunk->place("city", "1", "2").error().text == "group 'city' is down");
  REQUIRE(e1.up());
  e1.network->config.rules.group = "city";
  e1.network->trunk->adopt({e1.network->config, second});
  CHECK(e1.network->trunk->place("city", "1", "2"));
}

TEST_CASE("trunk: a span that is taken out goes at once when it is idle, else with its last call; a new one comes") {
  Pair e1;
  REQUIRE(e1.up());
  e1.user->answer_all = true;
  auto line = e1.network->trunk->place("e1", "1", "2");
  REQUIRE(line);
  REQUIRE(e1.run([&] { return e1.network->answered.count(*line) == 1; }));
  SpanConfig second = e1.network->config;
  second.name = "e2";
  second.local = "127.0.0.1:" + std::to_string(free_port());
  auto said = e1.network->trunk->adopt({second});
  CHECK(said == std::vector<std::string>{"span 'e1' goes, when its 1 calls have ended", "span 'e2' added"});
  REQUIRE(e1.network->trunk->spans().size() == 2);
  CHECK(e1.network->trunk->spans()[0].leaving);
  CHECK_FALSE(e1.network->trunk->place("e1", "1", "2"));
  auto in = e1.user->trunk->place("e1", "2", "1");  // nor does it take any
  REQUIRE(in);
  REQUIRE(e1.run([&] { return e1.user->released.count(*in) == 1; }));
  CHECK(e1.user->released[*in] == 34);
  CHECK(e1.network->released.empty());
  e1.network->trunk->hangup(*line, 16);
  REQUIRE(e1.run([&] { return e1.network->trunk->spans().size() == 1; }));
  CHECK(e1.network->told == std::vector<std::string>{"e2 opened", "e1 removed"});
  CHECK(e1.network->trunk->adopt({}) == std::vector<std::string>{"span 'e2' goes"});
  CHECK(e1.network->trunk->spans().empty());
}

TEST_CASE("trunk: a span that is another line now is opened anew on the same port; rules are swapped in at once") {
  Pair e1;
  REQUIRE(e1.up());
  SpanConfig changed = e1.network->config;
  changed.rules.select = Select::highest;
  CHECK(e1.network->trunk->adopt({changed}).empty());
  auto line = e1.network->trunk->place("e1", "1", "2");
  REQUIRE(line);
  CHECK(e1.network->trunk->endpoint(*line) == "span:e1/31");
  e1.network->trunk->hangup(*line, 16);
  REQUIRE(e1.run([&] { return e1.network->busy() == 0; }));
  changed.jitter_ms = 60;
  CHECK(e1.network->trunk->adopt({changed}).size() == 1);
  REQUIRE(e1.run([&] { return e1.network->told.size() == 2; }));
  CHECK(e1.network->told == std::vector<std::string>{"e1 changed", "e1 opened"});
  REQUIRE(e1.up());
  CHECK(e1.network->trunk->place("e1", "1", "2"));
}

TEST_CASE("trunk: loss and a D channel that is down are alarms, and over when the far end is back") {
  Pair e1;
  REQUIRE(e1.up());
  e1.user.reset();
  REQUIRE(e1.run([&] { return !e1.network->alarms.empty(); }));
  CHECK(e1.network->alarms[0] == "loss+");
  e1.user = std::make_unique<Exchange>(e1.loop, false, e1.b_port, e1.a_port);
  REQUIRE(e1.run([&] { return std::count(e1.network->alarms.begin(), e1.network->alarms.end(), "loss-") == 1; }));
  CHECK(e1.network->trunk->spans()[0].alarms.empty());
}

TEST_CASE("trunk: a line that comes and goes is told once in two seconds, and as it is in the end") {
  Pair e1;
  REQUIRE(e1.up());
  Instant began = monotonic_now();
  e1.network->spans.clear();
  for (int i = 0; i < 6; ++i) {
    e1.user.reset();
    REQUIRE(e1.run([&] { return !e1.network->up(); }));
    e1.user = std::make_unique<Exchange>(e1.loop, false, e1.b_port, e1.a_port);
    REQUIRE(e1.run([&] { return e1.network->up(); }));
  }
  auto downs = std::count(e1.network->spans.begin(), e1.network->spans.end(), false);
  CHECK(downs <= 1 + (monotonic_now() - began) / seconds(2));
  e1.user.reset();
  REQUIRE(e1.run([&] { return !e1.network->spans.empty() && !e1.network->spans.back(); }));
}

TEST_CASE("trunk: a refusal with tones is heard, then over") {
  LineRules user;
  user.timers.tone = milliseconds(500);
  Pair e1({}, user);
  REQUIRE(e1.up());
  auto line = e1.user->trunk->place("e1", "96116", "1");
  REQUIRE(line);
  REQUIRE(e1.run([&] { return e1.network->incoming.size() == 1; }));
  e1.network->trunk->hangup(e1.network->incoming[0], 17, true);
  REQUIRE(e1.run([&] { return e1.user->released.count(*line) == 1; }));
  CHECK(e1.user->tones[*line] == 17);
  CHECK(e1.user->released[*line] == 17);
  REQUIRE(e1.run([&] { return e1.network->busy() == 0; }));
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
group = "city"
select = "round-robin"
exclusive = false
overlap = true
number_length = 5
number_patterns = ["96116", "12xxx"]
setup_digits = 0
called_type = "national"
t301 = "60s"
t302 = "4s"
tone_time = "0s"
audit = "10s"
restart = false
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
  const LineRules& rules = spans[0].rules;
  CHECK(rules.group == "city");
  CHECK(rules.select == Select::round_robin);
  CHECK_FALSE(rules.exclusive);
  CHECK(rules.dialling == isdn::Dialling{true, 5, {"96116", "12xxx"}});
  CHECK(rules.setup_digits == 0);
  CHECK(rules.called_type == isdn::NumberType::national);
  CHECK(rules.timers.t301 == seconds(60));
  CHECK(rules.timers.t302 == seconds(4));
  CHECK(rules.timers.t304 == seconds(20));  // a network's
  CHECK(rules.timers.tone == seconds(0));
  CHECK(rules.audit == seconds(10));
  CHECK_FALSE(rules.restart);
  CHECK(spans[1].rules.timers.t304 == seconds(30));
  CHECK(spans[1].rules.select == Select::highest);
  CHECK(spans[1].packet_frames == 40);
  CHECK_FALSE(spans[1].network_side);

  for (const char* line :
       {"packet = \"6ms\"", "side = \"both\"", "jitter = \"1s\"", "type = \"sattop\"", "name = \"\"", "locall = \"x\"",
        "rtp_header = 1", "group = \"a b\"", "select = \"first\"", "number_patterns = [\"12y\"]", "number_length = 32",
        "t301 = \"0s\"", "national_prefix = \"a\"", "called_type = \"local\""}) {
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

TEST_CASE("trunk: each type of span has its own keys, and a key of another type is named with its place") {
  auto read = [](const std::string& text, std::vector<SpanConfig>& spans) {
    auto document = conf::Document::parse("[[span]]\nname = \"a\"\n" + text, "t.toml");
    REQUIRE(document);
    auto root = document->root();
    spans = read_spans(root);
    auto verdict = document->verdict();
    return verdict ? std::string() : verdict.error().text;
  };
  std::vector<SpanConfig> spans;
  CHECK(read("type = \"satop\"\nlocal = \"127.0.0.1:1\"\nremote = \"127.0.0.1:2\"\npacket = \"3ms\"\n", spans) == "");
  CHECK(spans[0].type == "satop");
  CHECK(spans[0].packet_frames == 24);
  CHECK(spans[0].far_end() == "'127.0.0.1:2'");
  CHECK(read("type = \"osmo-e1d\"\ninterface = 1\nline = 2\nsuperchannel = false\n", spans) == "");
  CHECK(spans[0].socket == "/tmp/osmo-e1d.ctl");
  CHECK(spans[0].interface == 1);
  CHECK(spans[0].line == 2);
  CHECK_FALSE(spans[0].superchannel);
  CHECK(spans[0].far_end() == "osmo-e1d's line 1/2");
  const std::string built_without = tdm::has_dahdi() ? "" : "t.toml:3: 'type' in [[span]]: this program was built without DAHDI";
  CHECK(read("type = \"dahdi\"\nnumber = 2\nfirst_channel = 32\n", spans).find(built_without) == 0);
  CHECK(spans[0].number == 2);
  CHECK(spans[0].first_channel == 32);

  struct Bad {
    const char *text, *complaint;
  };
  for (auto [text, complaint] :
       {Bad{"local = \"gateway\"\nremote = \"127.0.0.1:2\"\n", "t.toml:3: 'local' in [[span]]: span 'a': 'gateway' is no IPv4 address"},
        Bad{"type = \"satop\"\nlocal = \"127.0.0.1:1\"\n", "remote"},
        Bad{"type = \"osmo-e1d\"\nlocal = \"127.0.0.1:1\"\n",
            "t.toml:4: 'local' in [[span]]: is for cesopsn and satop, and this span is of type 'osmo-e1d'"},
        Bad{"type = \"osmo-e1d\"\nsocket = \"\"\n", "t.toml:4"},
        Bad{"type = \"osmo-e1d\"\ninterface = 255\n", "t.toml:4"},
        Bad{"type = \"dahdi\"\npacket = \"1ms\"\n", "t.toml:4: 'packet' in [[span]]: DAHDI gives no less than 2ms at a time"},
        Bad{"number = 1\nlocal = \"127.0.0.1:1\"\nremote = \"127.0.0.1:2\"\n",
            "t.toml:3: 'number' in [[span]]: is for dahdi, and this span is of type 'cesopsn'"}}) {
    CAPTURE(text);
    CAPTURE(read(text, spans));
    CHECK(read(text, spans).find(complaint) != std::string::npos);
  }
}
