// SPDX-License-Identifier: GPL-2.0-or-later
// make soak: a ccswitchd with its exchange and telephones, bad networks between them, and a controller that does to the
// calls whatever there is, at random, while its peers are killed and once in a while ccswitchd itself is upgraded.
// Afterwards: no leg, no channel busy, memory and descriptors as before, every call ended exactly once, the journal
// whole, no word of error that is not accounted for. Exit status: 0 all of it, 1 not, 64 usage.
//
// The seed decides what is done and when; what comes of it depends on the machine, too.
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/require.h"
#include "base/text.h"
#include "bus/bus.h"
#include "journal/journal.h"
#include "lossy.h"
#include "people.h"

namespace hotline::soak {

using wire::Json;
using wire::Reply;

namespace {

constexpr int kSpans = 2, kPhones = 8, kCallsWanted = 16;
constexpr seconds kCallLongest{90};

void say(const std::string& line) {
  std::printf("%s %s\n", format_local(utc_now()).substr(11).c_str(), line.c_str());
  std::fflush(stdout);
}

struct Leg {
  std::string id, endpoint;
  bool up = false, incoming = false;
};
struct Call {
  std::map<std::string, Leg> legs;
  std::set<std::string> bridges;
  Instant began = monotonic_now();
};

uint16_t free_udp_port() {
  Loop loop;
  Port port(loop, "127.0.0.1", 0, [](std::string_view, const sockaddr_in&) {});
  return port.number();
}

class Soak {
 public:
  Soak(std::string build, seconds whole, uint64_t seed) : random_(seed), instance_(std::move(build)), whole_(whole) {}

  int run();

 private:
  // What there is
  void configure();
  void start_switch(bool take_over);
  void start_exchange() { instance_.start("ccpstn", {"ccpstn", "run"}); }
  void start_phone(int number);
  Json ask_now(const std::string& daemon, const std::string& verb, const Json& body = Json::object());
  bool wait_for(const std::string& what, seconds patience, const std::function<bool()>& is_so);

  // What is done
  int die(int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(random_); }
  template <typename List>
  const auto& any(const List& list) {
    return *std::next(list.begin(), die(static_cast<int>(list.size())));
  }
  void step();
  void place_call();
  void act_on(const std::string& id, Call& call);
  void harm();
  void command(const std::string& verb, Json body);
  void on_event(const wire::Event& event);
  void heal();

  // What must hold afterwards
  bool quiet(const std::string& when);
  void check(bool holds, const std::string& what);
  void check_journal();
  void check_logs();

  std::string home() const { return instance_.home(); }
  std::string endpoint(const std::string& daemon, const char* kind) const {
    return "ipc://" + home() + "/run/" + daemon + kind;
  }

  Random random_;
  Instance instance_;
  const seconds whole_;
  Loop loop_;
  std::vector<std::unique_ptr<SpanWire>> spans_;
  std::vector<std::unique_ptr<PhoneWire>> phones_;
  std::vector<uint16_t> phone_ports_;
  uint16_t sip_port_ = 0;
  std::unique_ptr<bus::Asker> switch_, exchange_;
  std::unique_ptr<bus::Follower> follower_;
  std::map<std::string, Call> calls_;
  std::map<std::string, int64_t> done_, refused_;
  std::set<std::string> unknown_verbs_;
  Instant silent_until_{};
  bool placing_ = false, healing_ = false;
  int upgrades_ = 0, kills_ = 0, failures_ = 0;
  int64_t rule_ = 0;
  Instant start_{}, last_harm_{};
};

void Soak::configure() {
  sip_port_ = free_udp_port();
  std::string toml = "[switch]\ncalls_max = 200\nfallback_after = \"20s\"\nupgrade_drain = \"150s\"\n\n[sip]\nlisten = \"127.0.0.1:" +
                     std::to_string(sip_port_) + "\"\nrtp_ports = \"22000-23999\"\n\n[[route]]\ncalled = \"96116\"\n"
                     "controller = \"soak\"\n\n[[route]]\ncalled = \"96110\"\nto = \"phone:1001\"\n";
  std::string pstn;
  for (int i = 0; i < kSpans; ++i) {
    uint16_t a = free_udp_port(), b = free_udp_port(), near = free_udp_port(), far = free_udp_port();
    std::string head = "\n[[span]]\nname = \"e" + std::to_string(i + 1) + "\"\njitter = \"40ms\"\n";
    toml += head + "local = \"127.0.0.1:" + std::to_string(a) + "\"\nremote = \"127.0.0.1:" + std::to_string(near) + "\"\n";
    pstn += head + "local = \"127.0.0.1:" + std::to_string(b) + "\"\nremote = \"127.0.0.1:" + std::to_string(far) +
            "\"\nside = \"network\"\n";
    spans_.push_back(std::make_unique<SpanWire>(loop_, random_, Weather(), near, far, a, b));
  }
  for (int i = 0; i < kPhones; ++i) {
    toml += "\n[[phone]]\nid = \"" + std::to_string(1001 + i) + "\"\nsecret = \"secret-" + std::to_string(i) + "\"\n";
    phone_ports_.push_back(free_udp_port());
    phones_.push_back(std::make_unique<PhoneWire>(loop_, random_, Weather(), sip_port_, phone_ports_.back()));
  }
  instance_.write("etc/hotline.toml", toml);
  instance_.write("etc/pstn.toml", pstn);
  std::string tone = "sox -n -r 8000 -c 1 -e a-law " + home() + "/caller.wav synth 60 sine 440 gain -10 && sox -n -r 8000 -c 1 -b 16 " +
                     home() + "/agent.wav synth 60 sine 1000 gain -10";
  require(std::system(tone.c_str()) == 0);
}

void Soak::start_switch(bool take_over) {
  std::vector<std::string> command = {"ccswitchd"};
  if (take_over) command.push_back("--take-over");
  instance_.start("ccswitchd", command);
}

void Soak::start_phone(int number) {
  std::string id = std::to_string(1001 + number);
  std::vector<std::string> command = {"share/demo/telephone",
                                      home() + "/phones/" + id,
                                      "127.0.0.1:" + std::to_string(phones_[static_cast<size_t>(number)]->phone_side()),
                                      id,
                                      "secret-" + std::to_string(number),
                                      "auto",
                                      std::to_string(phone_ports_[static_cast<size_t>(number)]),
                                      std::to_string(24000 + 40 * number),
                                      home() + "/agent.wav"};
  if (die(3) == 0) command.insert(command.end(), {"-e", "/dial sip:" + std::to_string(1001 + die(kPhones)) + "@127.0.0.1"});
  instance_.start("phone-" + id, command);
}

Json Soak::ask_now(const std::string& daemon, const std::string& verb, const Json& body) {
  // The wires need us: the loop goes on while we wait.
  auto asker = bus::Asker::connect(loop_, endpoint(daemon, ".cmd"));
  std::optional<Json> answer;
  asker->ask(verb, body, [&](const Result<Reply>& reply) { answer = reply && reply->ok ? reply->body : Json(); });
  while (!answer) loop_.step(milliseconds(10));
  return *answer;
}

bool Soak::wait_for(const std::string& what, seconds patience, const std::function<bool()>& is_so) {
  Instant end = monotonic_now() + patience;
  while (!is_so()) {
    if (monotonic_now() > end) {
      say("waited in vain for: " + what);
      return false;
    }
    for (Instant again = monotonic_now() + milliseconds(200); monotonic_now() < again;) loop_.step(milliseconds(10));
  }
  return true;
}

void Soak::on_event(const wire::Event& event) {
  if (event.call.empty()) return;
  if (event.name == "call.ended") {
    calls_.erase(event.call);
    return;
  }
  auto& call = calls_[event.call];
  auto& leg = call.legs[event.leg];
  leg.id = event.leg;
  if (event.name == "call.offered") leg.incoming = true, leg.endpoint = wire::text(event.fields, "line");
  if (event.name == "leg.dialed") leg.endpoint = wire::text(event.fields, "to");
  if (event.name == "leg.answered") leg.up = true;
  if (event.leg.empty() || event.name == "leg.released") call.legs.erase(event.leg);
  std::string bridge = wire::text(event.fields, "bridge");
  if (event.name == "bridge.up") call.bridges.insert(bridge);
  if (event.name == "bridge.down") call.bridges.erase(bridge);
}

/// Something was missed: what there is, from the switch itself.
void Soak::heal() {
  if (healing_) return;
  healing_ = true;
  switch_->ask("calls", Json::object(), [this](const Result<Reply>& reply) {
    healing_ = false;
    if (!reply || !reply->ok) return;
    std::map<std::string, Call> now;
    for (const auto& one : wire::member(reply->body, "calls")) {
      Call& call = now[wire::text(one, "call")];
      for (const auto& each : wire::member(one, "legs")) {
        std::string id = wire::text(each, "leg"), state = wire::text(each, "state");
        call.legs[id] = {id, wire::text(each, "endpoint"), state == "up", state == "offered" || state == "alerting"};
      }
      for (const auto& each : wire::member(one, "bridges")) call.bridges.insert(wire::text(each, "bridge"));
    }
    calls_ = std::move(now);
  });
}

void Soak::command(const std::string& verb, Json body) {
  if (unknown_verbs_.contains(verb)) return;
  switch_->ask(verb, body, [this, verb, body](const Result<Reply>& reply) {
    if (!reply) {
      if (++refused_["no answer"] <= 20) say("no answer to " + verb + ": " + reply.error().text);
      return;
    }
    if (reply->ok) {
      ++done_[verb];
      return;
    }
    std::string code = wire::text(reply->body, "code");
    ++refused_[code];
    if (code == wire::code::kUnknownVerb) unknown_verbs_.insert(verb);
    if (code == wire::code::kInternal || code == wire::code::kBadRequest)
      check(false, verb + " " + wire::dump(body) + " was answered with " + wire::dump(reply->body));
  });
}

void Soak::place_call() {
  Json call = {{"to", die(6) ? "96116" : "96110"}, {"from", "1380013" + std::to_string(1000 + die(9000))},
               {"say", home() + "/caller.wav"},    {"for", std::to_string(3 + die(60)) + "s"}};
  if (die(4) == 0) call["keys"] = "w1s,1,w2s,23#";
  exchange_->ask("place", call, [](const Result<Reply>&) {});
}

void Soak::act_on(const std::string& id, Call& call) {
  std::vector<std::string> up, waiting;
  for (const auto& [name, leg] : call.legs) (leg.up ? up : waiting).push_back(name);
  if (monotonic_now() - call.began > kCallLongest) return command("hangup", {{"call", id}});
  if (up.empty()) {
    if (waiting.empty()) return;
    const std::string& leg = any(waiting);
    if (!call.legs[leg].incoming) return;
    if (die(10) == 0) return command("hangup", {{"leg", leg}, {"cause", 17}});
    return command(die(4) == 0 ? "alert" : "answer", {{"leg", leg}});
  }
  const std::string& leg = any(up);
  std::string phone = "phone:" + std::to_string(1001 + die(kPhones));
  switch (die(24)) {
    case 0: return command("play", {{"leg", leg}, {"items", {{{"prompt", "welcome"}}, {{"tone", "beep"}, {"ms", 200}}}}, {"barge", die(2) == 0}});
    case 1: return command("hear", {{"leg", leg}, {"what", die(2) ? "music" : "ringback"}});
    case 2: return command("stop", {{"leg", leg}});
    case 3: return command("digits", {{"leg", leg}, {"digits", "12#"}});
    case 4:
    case 5:
    case 6:
      if (call.legs.size() < 4) return command("dial", {{"call", id}, {"to", phone}, {"role", "agent"}, {"timeout_ms", 8000}});
      return;
    case 7: return command("dial", {{"call", id}, {"to", "pstn:13900139" + std::to_string(100 + die(900))}, {"timeout_ms", 8000}});
    case 8:
    case 9:
    case 10:
    case 11: {
      if (up.size() < 2) return;
      size_t many = up.size() > 2 && die(2) ? up.size() : 2;
      std::shuffle(up.begin(), up.end(), random_);
      return command("bridge", {{"legs", std::vector<std::string>(up.begin(), up.begin() + static_cast<long>(std::min<size_t>(many, unknown_verbs_.contains("join") ? 2 : 8)))}, {"record", die(2) == 0}});
    }
    case 12: return call.bridges.empty() ? void() : command("unbridge", {{"bridge", any(call.bridges)}});
    case 13: return call.bridges.empty() ? void() : command("record", {{"bridge", any(call.bridges)}, {"on", die(2) == 0}});
    case 14: return command("hold", {{"leg", leg}});
    case 15: return command("resume", {{"leg", leg}});
    case 16: return call.bridges.empty() ? void() : command("join", {{"bridge", any(call.bridges)}, {"leg", leg}});
    case 17: return command("leave", {{"leg", leg}});
    case 18: {
      const auto& [other, theirs] = any(calls_);
      if (theirs.legs.empty()) return;
      static const std::vector<std::string> kModes = {"listen", "whisper", "barge"};
      return command("spy", {{"leg", leg}, {"target", any(theirs.legs).first}, {"mode", any(kModes)}});
    }
    case 19: return command("unspy", {{"leg", leg}});
    case 20: return die(4) ? void() : command("transfer", {{"leg", leg}, {"to", phone}});
    case 21: return command("gain", {{"leg", leg}, {"says_db", die(41) - 20}, {"hears_db", 0}});
    case 22: return command("tag", {{"call", id}, {"set", {{"note", std::to_string(die(1000))}}}});
    default: return die(3) ? command("hangup", {{"leg", leg}}) : command("hangup", {{"call", id}});
  }
}

void Soak::harm() {
  switch (die(9)) {
    case 0:
      say("kill -9 of the exchange");
      instance_.kill("ccpstn");
      start_exchange();
      break;
    case 1:
    case 2: {
      int number = die(kPhones);
      say("kill -9 of telephone " + std::to_string(1001 + number));
      instance_.kill("phone-" + std::to_string(1001 + number));
      start_phone(number);
      break;
    }
    case 3:
      say("kill -9 of ccrec and ccjournal");
      for (const char* name : {"ccrec", "ccjournal"}) {
        instance_.kill(name);
        instance_.start(name, {name, "run"});
      }
      break;
    case 4:
      say("the controller is silent for six seconds");
      silent_until_ = monotonic_now() + seconds(6);
      break;
    case 5: {
      Weather weather{die(30) / 1000.0, milliseconds(die(30))};
      say("weather of a span: loss " + std::to_string(weather.loss) + ", delay up to " +
          std::to_string(weather.delay_max.count() / 1000) + " ms");
      spans_[static_cast<size_t>(die(kSpans))]->set(weather);
      break;
    }
    case 6: {
      Weather weather{die(100) / 1000.0, milliseconds(die(60))};
      int number = die(kPhones);
      say("weather of telephone " + std::to_string(1001 + number) + ": loss " + std::to_string(weather.loss) +
          ", delay up to " + std::to_string(weather.delay_max.count() / 1000) + " ms");
      phones_[static_cast<size_t>(number)]->set(weather);
      break;
    }
    default:
      // Memory is compared within the life of one process: no upgrade after the first third.
      if (monotonic_now() - start_ > whole_ / 3) return;
      say("upgrade");
      start_switch(true);
      ++upgrades_;
      return;
  }
  ++kills_;
}

void Soak::step() {
  for (int i = 0; i < kPhones; ++i)
    if (!instance_.runs("phone-" + std::to_string(1001 + i))) start_phone(i);
  if (placing_ && calls_.size() < kCallsWanted && die(3) == 0) place_call();
  if (!calls_.empty() && monotonic_now() > silent_until_) {
    std::string id = any(calls_).first;  // a copy: what follows may change the table
    act_on(id, calls_[id]);
  }
  if (placing_ && monotonic_now() - last_harm_ > seconds(20)) {
    last_harm_ = monotonic_now();
    harm();
  }
}

void Soak::check(bool holds, const std::string& what) {
  if (holds) return;
  say("FAILED: " + what);
  ++failures_;
}

/// All calls are ended and all channels free; false when they will not be.
bool Soak::quiet(const std::string& when) {
  placing_ = false;
  return wait_for("silence " + when, seconds(240), [this] {
    Json now = ask_now("ccswitchd", "calls");
    for (const auto& call : wire::member(now, "calls"))
      command("hangup", {{"call", wire::text(call, "call")}});
    Json ours = ask_now("ccswitchd", "snapshot"), theirs = ask_now("ccpstn", "spans");
    bool busy = !ours.is_object() || !wire::member(ours, "calls").empty() || !theirs.is_object();
    for (const Json* one : {&ours, &theirs})
      for (const auto& span : wire::member(*one, "spans"))
        busy = busy || wire::integer(span, "busy") > 0 || wire::text(span, "state") != "up";
    return !busy;
  });
}

void Soak::check_journal() {
  std::map<std::string, int> ended;
  std::map<std::string, std::set<std::string>> legs, bridges, recordings;
  int64_t last = 0;
  auto fold = [&](const journal::Entry& entry) {
    const auto& event = entry.event;
    check(last == 0 || event.number == last + 1, "journal number " + std::to_string(event.number) + " after " + std::to_string(last));
    last = event.number;
    if (event.call.empty()) return true;
    std::string bridge = wire::text(event.fields, "bridge"), segment = wire::text(event.fields, "segment");
    if (event.name == "call.offered" || event.name == "leg.dialed") ended.try_emplace(event.call, 0), legs[event.call].insert(event.leg);
    if (event.name == "leg.released") check(legs[event.call].erase(event.leg) == 1, "leg " + event.leg + " was released without having been there");
    if (event.name == "bridge.up") bridges[event.call].insert(bridge);
    if (event.name == "bridge.down") bridges[event.call].erase(bridge);
    if (event.name == "record.started") recordings[event.call].insert(segment);
    if (event.name == "record.stopped") recordings[event.call].erase(segment);
    if (event.name == "call.ended") {
      check(++ended[event.call] == 1, "call " + event.call + " ended " + std::to_string(ended[event.call]) + " times");
      check(legs[event.call].empty() && bridges[event.call].empty() && recordings[event.call].empty(),
            "call " + event.call + " ended with something of it open");
      check(!wire::boolean(event.fields, "lost"), "call " + event.call + " was lost");
    }
    return true;
  };
  auto read = journal::read(home() + "/var/journal", "ccswitchd", 1, fold, [&](const std::string& damage) { check(false, damage); });
  check(static_cast<bool>(read), "the journal can be read");
  for (const auto& [call, times] : ended) check(times == 1, "call " + call + " ended " + std::to_string(times) + " times");
  int64_t events = 0;
  for (const auto& fault : journal::verify(home() + "/var/journal", "ccswitchd", &events)) check(false, fault);
  say(std::to_string(ended.size()) + " calls, " + std::to_string(events) + " events");
}

void Soak::check_logs() {
  for (const char* name : {"ccswitchd", "ccrec", "ccjournal", "ccpstn"}) {
    std::ifstream log(home() + "/" + name + ".log");
    for (std::string line; std::getline(log, line);)
      check(!line.starts_with("error "), std::string(name) + " said: " + line);
  }
}

int Soak::run() {
  configure();
  start_switch(false);
  start_exchange();
  for (const char* name : {"ccrec", "ccjournal"}) instance_.start(name, {name, "run"});
  switch_ = bus::Asker::connect(loop_, endpoint("ccswitchd", ".cmd"));
  exchange_ = bus::Asker::connect(loop_, endpoint("ccpstn", ".cmd"));
  follower_ = bus::Follower::connect(
      loop_, {endpoint("ccswitchd", ".evt")}, "", [this](const wire::Event& event, const std::string&) { on_event(event); },
      [this](const std::string&, int64_t, int64_t) { heal(); });
  if (!wait_for("ccswitchd", seconds(60), [this] { return ask_now("ccswitchd", "ping").is_object(); })) return 1;
  for (int i = 0; i < kPhones; ++i) start_phone(i);
  auto hello = loop_.every(milliseconds(500), [this] {
    if (monotonic_now() > silent_until_) switch_->ask("hello", {{"controller", "soak"}}, [](const Result<Reply>&) {});
    Json progress = Json::object();
    if (rule_) progress["rule"] = rule_;
    exchange_->ask("progress", progress, [this](const Result<Reply>& reply) {
      if (!reply || !reply->ok) rule_ = 0;
    });
    if (rule_ == 0)
      exchange_->ask("take", {{"number", "139"}, {"after_ms", 500}, {"say", home() + "/caller.wav"}, {"for", "20s"}},
                     [this](const Result<Reply>& reply) { rule_ = reply && reply->ok ? wire::integer(reply->body, "rule") : 0; });
  });
  auto steps = loop_.every(milliseconds(100), [this] { step(); });
  auto heals = loop_.every(seconds(10), [this] { heal(); });

  start_ = last_harm_ = monotonic_now();
  placing_ = true;
  auto run_until = [this](Instant end) {
    while (monotonic_now() < end) loop_.step(milliseconds(20));
  };
  run_until(start_ + whole_ * 2 / 5);
  check(quiet("after the first part"), "all calls end and all channels are free after the first part");
  // Not the one that was started last: an upgrade may have been refused because another was under way.
  auto pid = static_cast<pid_t>(wire::integer(ask_now("ccswitchd", "ping"), "pid"));
  int64_t rss = rss_kib(pid), fds = descriptors(pid);
  say("warm: " + std::to_string(rss) + " KiB, " + std::to_string(fds) + " descriptors, " + std::to_string(upgrades_) + " upgrades");
  placing_ = true;
  run_until(start_ + whole_);
  bool silent = quiet("at the end");
  check(silent, "all calls end and all channels are free at the end");
  int64_t rss_end = rss_kib(pid), fds_end = descriptors(pid);
  say("end: " + std::to_string(rss_end) + " KiB, " + std::to_string(fds_end) + " descriptors");
  // Heap that was used once stays with the process in part; a leak of one call's worth for each call would be far more.
  check(rss > 0 && rss_end < rss + rss / 10 + 4096, "memory grew from " + std::to_string(rss) + " to " + std::to_string(rss_end) + " KiB");
  check(fds > 0 && fds_end <= fds + 8, "descriptors grew from " + std::to_string(fds) + " to " + std::to_string(fds_end));
  if (pid > 0) ::kill(pid, SIGTERM);
  bool ended = wait_for("the end of ccswitchd", seconds(60), [&] { return rss_kib(pid) < 0; });
  check(ended, "ccswitchd ends when it is told to");
  check_journal();
  check_logs();
  std::string did, not_done;
  for (const auto& [verb, count] : done_) did += " " + verb + "=" + std::to_string(count);
  for (const auto& [code, count] : refused_) not_done += " " + code + "=" + std::to_string(count);
  say("done:" + did);
  say("refused:" + not_done + "; harm done " + std::to_string(kills_) + " times");
  if (failures_) instance_.keep();
  say(failures_ ? std::to_string(failures_) + " failures; the instance is kept in " + home() : "soak: all holds");
  return failures_ ? 1 : 0;
}

}  // namespace

}  // namespace hotline::soak

int main(int argc, char** argv) {
  using namespace hotline;
  seconds whole(1800);
  uint64_t seed = std::random_device()();
  for (int i = 1; i + 1 < argc; i += 2) {
    auto value = parse_int(argv[i + 1]);
    if (std::strcmp(argv[i], "--minutes") == 0 && value && *value > 0)
      whole = std::chrono::minutes(*value);
    else if (std::strcmp(argv[i], "--seconds") == 0 && value && *value > 0)
      whole = seconds(*value);
    else if (std::strcmp(argv[i], "--seed") == 0 && value)
      seed = static_cast<uint64_t>(*value);
    else
      argc = 2;
  }
  if (argc == 2) return std::fprintf(stderr, "usage: soak [--minutes N | --seconds N] [--seed N]\n"), 64;
  const char* build = std::getenv("BUILD");
  std::printf("soak: %lld seconds, SEED=%llu\n", static_cast<long long>(whole.count()), static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  ::signal(SIGPIPE, SIG_IGN);
  return soak::Soak(build ? build : "build", whole, seed).run();
}
