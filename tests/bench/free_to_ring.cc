// SPDX-License-Identifier: GPL-2.0-or-later
// uses: bus conf
// free_to_ring_p50_ms and _p99_ms: from the moment an agent's talk ends to the command that rings his phone for the next
// caller, with 0, 100 and 2,000 others waiting. ccqueue is the real program, with its journal; the switch here is a double
// that speaks cc-wire and has no media, since the real one's share (SIP, RTP) is measured by the set-up benches. The floor
// is a program that follows the same events and sends the same command without thinking.
// queue_idle_cpu_ms: CPU of ccqueue in a second in which its only agent talks, 2,000 wait and nothing happens; the floor is
// the same with nobody waiting, which is the heartbeat.
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/fd.h"
#include "bus/bus.h"
#include "conf/instance.h"

using namespace hotline;
using wire::Json;

namespace {

constexpr int kRounds = 500, kWarmUp = 50;
constexpr seconds kPatience(60), kIdle(5);

std::string call_name(int number) {
  char text[32];
  std::snprintf(text, sizeof text, "0b1c2d3e%05d", number);
  return text;
}

/// A child process that ends with us.
class Child {
 public:
  explicit Child(const std::function<void()>& become) : pid_(::fork()) {
    if (pid_ != 0) return;
    become();
    ::_exit(70);
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  /// Of all its threads so far.
  double cpu_ms() const {
    double sum = 0;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task"))
      if (double ns = 0; std::ifstream(thread.path() / "schedstat") >> ns) sum += ns / 1e6;
    return sum;
  }

 private:
  pid_t pid_;
};

/// The switch, as far as ccqueue can tell: calls that wait, and one telephone that answers whatever rings it.
class Double {
 public:
  Double(const conf::Instance& instance, int others) : waiting_(others + 1) {
    publisher_ = std::move(bus::Publisher::bind(instance.event_endpoint("ccswitchd")).value());
    server_ = std::move(
        bus::Server::bind(loop_, instance.command_endpoint("ccswitchd"), [this](const std::string& verb, const Json& body, int) {
          return obey(verb, body);
        }).value());
  }

  /// One second's patience for the follower to have found us; then the agent comes to work.
  std::vector<double> measure() {
    // The follower's hello and snapshot show that it runs; its SUB socket may still be connecting, so the phone registers
    // again and again until that is heard: the first dial says so.
    auto registering = loop_.every(milliseconds(100), [this] {
      if (asked_ && !rung_) say("phone.registered", "", "", {{"phone", "1001"}, {"contact", "sip:1001@127.0.0.1"}, {"expires_s", 60}});
    });
    auto deadline = loop_.after(kPatience, [this] { loop_.stop(); });
    loop_.run();
    return samples_;
  }

  /// Nothing happens for so long.
  void rest(seconds span) {
    // The loop was stopped and stays so: it is stepped by hand.
    for (Instant end = monotonic_now() + span, now = monotonic_now(); now < end; now = monotonic_now())
      loop_.step(std::chrono::duration_cast<milliseconds>(end - now) + milliseconds(1));
  }

 private:
  void say(const std::string& name, const std::string& call, const std::string& leg, Json fields) {
    wire::Event event{++number_, utc_now(), "ccswitchd", name, call, leg, std::move(fields)};
    publisher_->publish(name, number_, wire::encode(event));
  }

  wire::Reply obey(const std::string& verb, const Json& body) {
    if (verb == "hello") return wire::Reply::yes({{"n", number_}});
    if (verb == "snapshot") return snapshot(wire::text(body, "after"));
    if (verb == "dial") return dial(body);
    if (verb == "bridge") {
      loop_.post([this, legs = wire::member(body, "legs")] { talk(legs); });
      return wire::Reply::yes({{"bridge", "b"}});
    }
    return wire::Reply::yes();
  }

  Json tags() const { return {{"queue", "repair"}, {"queue-entry", format_utc(utc_now())}, {"notice", "played"}}; }

  /// In parts, as the real one does with many calls.
  wire::Reply snapshot(const std::string& after) {
    constexpr int kPart = 400;
    asked_ = true;
    Json calls = Json::array();
    int first = after.empty() ? 0 : std::atoi(after.c_str() + 8), last = std::min(waiting_, first + kPart);
    for (int i = first + 1; i <= last; ++i) {
      std::string id = call_name(i);
      calls.push_back({{"call", id},
                       {"from", "13800138000"},
                       {"controller", "ccqueue"},
                       {"tags", tags()},
                       {"legs", {{{"leg", id + "-1"}, {"role", "caller"}, {"state", "up"}, {"since", format_utc(utc_now())}}}}});
    }
    last_call_ = last;
    return wire::Reply::yes({{"n", number_},
                             {"calls", calls},
                             {"more", last < waiting_},
                             {"phones", {{{"phone", "1001"}, {"registered", false}}}}});
  }

  wire::Reply dial(const Json& body) {
    if (freed_) samples_.push_back(std::chrono::duration<double, std::milli>(monotonic_now() - *freed_).count());
    freed_.reset();
    rung_ = true;
    std::string call = wire::text(body, "call"), leg = call + "-2";
    loop_.post([this, call, leg, tags = wire::member(body, "tags")] {
      say("leg.dialed", call, leg, {{"to", "phone:1001"}, {"role", "agent"}, {"tags", tags}});
      say("leg.answered", call, leg, {});
    });
    return wire::Reply::yes({{"call", call}, {"leg", leg}});
  }

  void talk(const Json& legs) {
    std::string caller = legs[0].get<std::string>(), agent = legs[1].get<std::string>(), call = caller.substr(0, 13);
    say("bridge.up", call, "", {{"bridge", call + "-b1"}, {"legs", legs}});
    if (static_cast<int>(samples_.size()) >= kRounds + kWarmUp) return loop_.stop();  // this talk does not end
    // Another takes the place of the one who is served, so that the queue stays as long as it is.
    std::string next = call_name(++last_call_);
    say("call.offered", next, next + "-1", {{"caller", "13800138000"}, {"controller", "ccivr"}, {"tags", {{"notice", "played"}}}});
    say("leg.answered", next, next + "-1", {});
    say("call.handover", next, "", {{"was", "ccivr"}, {"to", "ccqueue"}, {"tags", tags()}});
    pause_ = loop_.after(milliseconds(2), [this, caller, agent, call] {
      freed_ = monotonic_now();
      say("leg.released", call, agent, {{"cause", 16}, {"by", "remote"}, {"up_ms", 1}});
      say("leg.released", call, caller, {{"cause", 16}, {"by", "local"}, {"up_ms", 1}});
      say("call.ended", call, "", {{"cause", 16}, {"by", "controller"}, {"ms", 1}});
    });
  }

  Loop loop_;
  std::unique_ptr<bus::Publisher> publisher_;
  std::unique_ptr<bus::Server> server_;
  Loop::Handle pause_;
  int waiting_, last_call_ = 0;
  int64_t number_ = 1;
  bool asked_ = false, rung_ = false;
  std::optional<Instant> freed_;
  std::vector<double> samples_;
};

/// The floor: hears that a leg was released, rings the next call; joins when answered.
void bounce(const conf::Instance& instance) {
  Loop loop;
  auto asker = bus::Asker::connect(loop, instance.command_endpoint("ccswitchd"));
  int next = 0;
  auto ring = [&] {
    std::string call = call_name(++next);
    asker->ask("dial", {{"to", "phone:1001"}, {"call", call}, {"role", "agent"}, {"tags", {{"agent", "1001"}, {"offer", call + "-o1"}}}},
               [](const auto&) {});
  };
  asker->ask("snapshot", Json::object(), [](const auto&) {});
  bool at_work = false;
  auto follower = bus::Follower::connect(
      loop, {instance.event_endpoint("ccswitchd")}, "",
      [&](const wire::Event& event, const std::string&) {
        if (event.name == "phone.registered" && !std::exchange(at_work, true)) ring();
        if (event.name == "leg.released" && event.leg.ends_with("-2")) ring();
        if (event.name == "leg.answered" && event.leg.ends_with("-2"))
          asker->ask("bridge", {{"legs", {event.call + "-1", event.leg}}}, [](const auto&) {});
      },
      [](const std::string&, int64_t, int64_t) {});
  loop.run();
}

double percentile(std::vector<double> samples, double part) {
  std::sort(samples.begin(), samples.end());
  return samples[static_cast<size_t>(part * static_cast<double>(samples.size() - 1))];
}

struct Measured {
  std::vector<double> samples;
  double idle_cpu_ms = 0;  // a second
};

Measured run(int others, bool floor) {
  char dir[] = "/tmp/hlb.XXXXXX";
  if (!::mkdtemp(dir)) return {};
  ::setenv("HOTLINE_HOME", dir, 1);
  auto instance = conf::Instance::from_environment();
  std::filesystem::create_directories(instance.etc());
  bool ready = static_cast<bool>(instance.prepare()) &&
               static_cast<bool>(replace_file(instance.config_file(),
                                              "[[queue]]\nname = \"repair\"\nwrap_up = \"0s\"\n"
                                              "[[agent]]\nid = \"1001\"\nqueues = [\"repair\"]\n"));
  Measured measured;
  auto& samples = measured.samples;
  if (ready) {
    Child child([&] {
      if (floor) bounce(instance);
      if (!::freopen((std::string(dir) + "/log").c_str(), "w", stderr)) return;
      ::execlp("ccqueue", "ccqueue", "run", nullptr);
    });
    Double around(instance, others);
    samples = around.measure();
    around.rest(seconds(2));  // what was under way comes to rest
    double before = child.cpu_ms();
    around.rest(kIdle);
    measured.idle_cpu_ms = (child.cpu_ms() - before) / static_cast<double>(kIdle.count());
  }
  std::filesystem::remove_all(dir);
  if (samples.size() >= kWarmUp) samples.erase(samples.begin(), samples.begin() + kWarmUp);
  return measured;
}

}  // namespace

int main() {
  // Each child is forked before this process has a thread of its own: the floor's double is gone by then.
  auto floor = run(0, true).samples;
  if (floor.size() < kRounds) return std::fprintf(stderr, "free_to_ring: the floor gave %zu samples\n", floor.size()), 1;
  double idle_floor = 0;
  for (int others : {0, 100, 2000}) {
    auto [samples, idle_cpu_ms] = run(others, false);
    if (samples.size() < kRounds)
      return std::fprintf(stderr, "free_to_ring: %zu samples with %d others waiting; is ccqueue in PATH?\n", samples.size(), others), 1;
    for (double part : {0.50, 0.99}) {
      double value = percentile(samples, part), least = percentile(floor, part);
      std::printf("free_to_ring_p%.0f_ms\t%.3f\tms\t%.3f\t%.1f\t%d others waiting: end of a talk to the next dial, %zu times, real ccqueue, switch double; floor: the same events bounced\n",
                  part * 100, value, least, value / least, others, samples.size());
    }
    if (others == 0) idle_floor = idle_cpu_ms;
    if (others == 2000)
      std::printf("queue_idle_cpu_ms\t%.3f\tms\t%.3f\t%.2f\tCPU in a second in which 2000 wait and nothing happens; floor: nobody waits (the heartbeat)\n",
                  idle_cpu_ms, idle_floor, idle_floor > 0 ? idle_cpu_ms / idle_floor : 0);
  }
  return 0;
}
