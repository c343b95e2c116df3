// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/socket.h"
#include "bus_folder.h"

using namespace hotline;
using bus::Socket;

namespace {

std::string line_of(int64_t number, const std::string& name = "digit") {
  wire::Event event;
  event.number = number;
  event.time = from_us(1795309323000004);
  event.from = "daemon";
  event.name = name;
  return wire::encode(event);
}

/// A publisher and a follower of it, connected.
struct Pair {
  BusFolder folder;
  Loop loop;
  std::unique_ptr<bus::Publisher> publisher;
  std::vector<int64_t> numbers;
  std::vector<std::string> gaps;
  std::unique_ptr<bus::Follower> follower;

  explicit Pair(const std::string& prefix = "") {
    bind();
    follower = bus::Follower::connect(
        loop, {folder.events()}, prefix,
        [this](const wire::Event& event, const std::string& line) {
          CHECK(line == line_of(event.number, event.name));
          numbers.push_back(event.number);
        },
        [this](const std::string& endpoint, int64_t expected, int64_t got) {
          CHECK(endpoint == folder.events());
          gaps.push_back(std::to_string(expected) + "<" + std::to_string(got));
        });
  }
  void bind() {
    auto bound = bus::Publisher::bind(folder.events());
    REQUIRE(bound);
    publisher = std::move(*bound);
  }
  void publish(int64_t number, const std::string& name = "digit") {
    publisher->publish(name, number, line_of(number, name));
  }
  /// Says event `number` until it is heard: nobody knows when a subscription has arrived.
  void publish_until_heard(int64_t number) {
    REQUIRE(run_until(loop, [&] {
      if (numbers.empty()) publish(number);
      return !numbers.empty();
    }));
    for (int i = 0; i < 5; ++i) loop.step(milliseconds(10));
    numbers = {number};
    gaps.clear();
  }
};

}  // namespace

TEST_CASE("a follower hears a burst of 50,000 events whole and in order") {
  Pair pair;
  pair.publish_until_heard(1);
  for (int64_t number = 2; number <= 50000; ++number) pair.publish(number);
  CHECK(run_until(pair.loop, [&] { return pair.numbers.size() == 50000; }));
  CHECK(pair.numbers.back() == 50000);
  CHECK(pair.gaps.empty());
}

TEST_CASE("a follower is told of numbers it missed, before the event that shows it") {
  Pair pair;
  pair.publish_until_heard(1);
  pair.publish(2);
  pair.publish(5);
  pair.publish(6);
  CHECK(run_until(pair.loop, [&] { return pair.numbers.size() == 4; }));
  CHECK(pair.gaps == std::vector<std::string>{"3<5"});
}

TEST_CASE("a publisher that begins anew is a gap too") {
  Pair pair;
  pair.publish_until_heard(7);
  pair.publish(1);
  CHECK(run_until(pair.loop, [&] { return pair.numbers.size() == 2; }));
  CHECK(pair.gaps == std::vector<std::string>{"8<1"});
}

TEST_CASE("a follower reconnects to a publisher that came back, and sees what it missed as a gap") {
  Pair pair;
  pair.publish_until_heard(1);
  pair.publisher = nullptr;
  pair.bind();
  pair.publish(2);  // nobody can have reconnected yet
  int64_t number = 2;
  CHECK(run_until(pair.loop, [&] {
    if (pair.numbers.size() == 1) pair.publish(++number);
    return pair.numbers.size() > 1;
  }));
  REQUIRE(pair.gaps.size() == 1);
  CHECK(pair.gaps[0].rfind("2<", 0) == 0);
}

TEST_CASE("a follower with a prefix hears those events alone, and no gaps") {
  Pair pair("rec.");
  REQUIRE(run_until(pair.loop, [&] {
    if (pair.numbers.empty()) pair.publish(1, "rec.kept");
    return !pair.numbers.empty();
  }));
  pair.numbers.clear();
  pair.publish(2, "digit");
  pair.publish(3, "record.stopped");
  pair.publish(4, "rec.failed");
  CHECK(run_until(pair.loop, [&] { return !pair.numbers.empty() && pair.numbers.back() == 4; }));
  CHECK(std::count(pair.numbers.begin(), pair.numbers.end(), 3) == 0);
  CHECK(pair.gaps.empty());
}

TEST_CASE("messages that are no events are dropped and counted") {
  BusFolder folder;
  Loop loop;
  Socket publisher(Socket::Kind::pub);
  REQUIRE(publisher.bind(folder.events()));
  std::vector<int64_t> numbers;
  auto follower = bus::Follower::connect(
      loop, {folder.events()}, "",
      [&](const wire::Event& event, const std::string&) { numbers.push_back(event.number); },
      [](const std::string&, int64_t, int64_t) {});
  REQUIRE(run_until(loop, [&] {
    if (numbers.empty()) publisher.send({"digit", "1", line_of(1)});
    return !numbers.empty();
  }));
  for (int i = 0; i < 5; ++i) loop.step(milliseconds(10));
  int64_t before = follower->dropped();
  publisher.send({"digit"});
  publisher.send({"digit", "2"});
  publisher.send({"digit", "2", line_of(2), "more"});
  publisher.send({"digit", "3", line_of(2)});
  publisher.send({"leg.ringing", "2", line_of(2)});
  publisher.send({"digit", "2", "{"});
  publisher.send({"digit", "2", "{\"n\":2}"});
  numbers.clear();
  publisher.send({"digit", "9", line_of(9)});
  CHECK(run_until(loop, [&] { return !numbers.empty() && numbers.back() == 9; }));
  CHECK(numbers == std::vector<int64_t>{9});
  CHECK(follower->dropped() - before == 7);
}

TEST_CASE("a follower may end in its own callback") {
  BusFolder folder;
  Loop loop;
  auto publisher = bus::Publisher::bind(folder.events());
  int heard = 0;
  std::unique_ptr<bus::Follower> follower = bus::Follower::connect(
      loop, {folder.events()}, "",
      [&](const wire::Event&, const std::string&) {
        ++heard;
        follower = nullptr;
      },
      [](const std::string&, int64_t, int64_t) {});
  CHECK(run_until(loop, [&] {
    for (int i = 0; i < 10; ++i) (*publisher)->publish("digit", i, line_of(i));
    return heard > 0;
  }));
  CHECK(heard == 1);
}
