// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/osmo_e1d.h"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <string_view>
#include <thread>

#include "../tools/e1d_server.h"
#include "base/time.h"

using namespace hotline;
using namespace hotline::tdm;
using Octets = std::vector<uint8_t>;

namespace {

struct Folder {
  std::string path;
  Folder() {
    char name[] = "/tmp/hl.e1d.XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

// A daemon that answers while a span is being opened.
struct Daemon {
  Folder folder;
  std::string socket = folder.path + "/ctl";
  E1dServer server{socket};

  Result<std::unique_ptr<Span>> open(int interface, bool superchannel, int packet = 40, int jitter = 10) {
    std::atomic<bool> opened{false};
    std::thread thread([&] {
      while (!opened) server.serve();
    });
    auto span = open_osmo_e1d({"e1", socket, interface, 0, superchannel, packet, jitter});
    opened = true;
    thread.join();
    return span;
  }
};

struct Pair : Daemon {
  std::unique_ptr<Span> a, b;
  int packet;
  explicit Pair(bool superchannel, int packet = 40) : packet(packet) {
    for (auto* span : {&a, &b}) {
      auto opened = open(span == &b, superchannel, packet);
      REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().text));
      *span = std::move(*opened);
    }
  }
  // One tick of everybody; what b hears.
  Octets tick(const Octets& a_says, const Octets& b_says, Octets* a_hears = nullptr) {
    Octets in(a_says.size());
    server.step(static_cast<int>(a_says.size()) / kTimeslots);
    a->receive(in);
    if (a_hears) *a_hears = in;
    a->send(a_says);
    b->receive(in);
    b->send(b_says);
    return in;
  }
};

Octets block(int frames, uint8_t octet) { return Octets(static_cast<size_t>(frames * kTimeslots), octet); }

// Tries for some seconds, because the span looks for its daemon once a second.
template <typename Condition>
bool becomes(Condition&& condition) {
  for (const Instant end = monotonic_now() + seconds(20); monotonic_now() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return false;
}

}  // namespace

TEST_CASE("osmo-e1d: thirty channels arrive bit-exact both ways, as superchannel and in timeslots") {
  for (bool superchannel : {true, false}) {
    for (int packet : {40, 8, 24}) {
      CAPTURE(superchannel);
      CAPTURE(packet);
      Pair pair(superchannel, packet);
      Octets sent, got, sent_back, got_back;
      auto append = [](Octets& to, const Octets& block) {
        for (size_t i = 0; i < block.size(); i++) {
          if (i % kTimeslots != 0 && i % kTimeslots != kSignallingSlot) to.push_back(block[i]);
        }
      };
      uint32_t n = 1;
      for (int i = 0; i < 120; i++) {
        Octets there = block(40, 0), back = there, heard;
        for (auto& octet : there) octet = static_cast<uint8_t>((n = n * 1664525 + 1013904223) >> 24);
        for (auto& octet : back) octet = static_cast<uint8_t>((n = n * 1664525 + 1013904223) >> 24);
        append(sent, there);
        append(sent_back, back);
        append(got, pair.tick(there, back, &heard));
        append(got_back, heard);
      }
      sent.resize(100 * 40 * 30);
      sent_back.resize(100 * 40 * 30);
      CHECK(std::search(got.begin(), got.end(), sent.begin(), sent.end()) != got.end());
      CHECK(std::search(got_back.begin(), got_back.end(), sent_back.begin(), sent_back.end()) != got_back.end());
      CHECK(pair.b->stats().usable());
      CHECK(pair.b->stats().underrun == 0);
      CHECK(pair.b->stats().overrun == 0);
      CHECK(pair.server.underflows() == 0);
    }
  }
}

TEST_CASE("osmo-e1d: frames of timeslot 16 arrive both ways, though the daemon does the HDLC of one end") {
  for (bool superchannel : {true, false}) {
    CAPTURE(superchannel);
    Pair pair(superchannel);
    std::vector<Octets> heard;
    Hdlc a([](std::span<const uint8_t>) {});
    Hdlc b([&](std::span<const uint8_t> frame) { heard.emplace_back(frame.begin(), frame.end()); });
    const std::vector<Octets> frames = {{2, 1, 0x7F}, Octets(260, 0x55), {2, 1, 0x73}};
    for (int i = 0; i < 60; i++) {
      if (i % 20 == 10) a.send(frames[static_cast<size_t>(i / 20)]);
      Octets says = block(40, kIdleAlaw), d(40);
      a.transmit(d);
      for (size_t f = 0; f < 40; f++) says[f * kTimeslots + kSignallingSlot] = d[f];
      Octets hears = pair.tick(says, block(40, kIdleAlaw));
      for (size_t f = 0; f < 40; f++) d[f] = hears[f * kTimeslots + kSignallingSlot];
      b.receive(d);
    }
    CHECK(heard == frames);
  }
}

TEST_CASE("osmo-e1d: a writer cannot run ahead of the line, whatever the two clocks differ by") {
  Pair pair(true);
  // The line is a tenth slower than the tick, then as much faster.
  for (int i = 0; i < 400; i++) {
    pair.server.step(36);
    Octets in = block(40, 0);
    pair.a->receive(in);
    pair.a->send(in);
  }
  CHECK(pair.a->stats().sent <= 400 * 36 / 40 + 1);
  CHECK(pair.a->stats().overrun > 20);
  const uint64_t before = pair.a->stats().sent;
  for (int i = 0; i < 400; i++) {
    pair.server.step(44);
    Octets in = block(40, 0);
    pair.a->receive(in);
    pair.a->send(in);
  }
  CHECK(pair.a->stats().sent - before >= 395);
  CHECK(pair.a->stats().receiving);
}

TEST_CASE("osmo-e1d: alarms are those that the daemon tells of this line") {
  Pair pair(true);
  auto settle = [&](auto condition) {
    return becomes([&] {
      pair.tick(block(40, 1), block(40, 2));
      return condition(pair.a->stats());
    });
  };
  CHECK(settle([](const SpanStats& stats) { return stats.usable(); }));
  pair.server.event(kE1dRaiOn, 0);
  pair.server.event(kE1dLosOn, 1);
  CHECK(settle([](const SpanStats& stats) { return stats.remote_alarm; }));
  CHECK(pair.a->stats().usable());
  pair.server.event(kE1dLosOn, 0);
  CHECK(settle([](const SpanStats& stats) { return !stats.receiving; }));
  CHECK(std::string_view(pair.a->stats().trouble) == "osmo-e1d tells of no signal on the line");
  pair.server.event(kE1dLosOn + 1, 0);
  pair.server.event(kE1dRaiOn + 1, 0);
  CHECK(settle([](const SpanStats& stats) { return stats.usable() && !stats.remote_alarm; }));
  pair.server.event(kE1dLofOn, 0);
  pair.server.event(kE1dAisOn, 0);
  CHECK(settle([](const SpanStats& stats) { return stats.ais && stats.receiving; }));
  pair.server.event(kE1dAisOn + 1, 0);
  CHECK(settle([](const SpanStats& stats) { return !stats.receiving && !stats.ais; }));
  pair.server.event(kE1dLofOn + 1, 0);
  CHECK(settle([](const SpanStats& stats) { return stats.usable(); }));
}

TEST_CASE("osmo-e1d: a daemon that closes is loss, and one that is back is found again") {
  for (bool superchannel : {true, false}) {
    CAPTURE(superchannel);
    Pair pair(superchannel);
    for (int i = 0; i < 10; i++) pair.tick(block(40, 1), block(40, 2));
    CHECK(pair.a->stats().usable());
    pair.server.drop_all();
    Octets heard;
    CHECK(becomes([&] {
      heard = pair.tick(block(40, 1), block(40, 2));
      return !pair.a->stats().receiving && !pair.b->stats().receiving;
    }));
    CHECK(heard[1] == kIdleAlaw);
    CHECK(std::string_view(pair.a->stats().trouble).find("closed") != std::string_view::npos);
    CHECK(becomes([&] {
      pair.server.serve();
      heard = pair.tick(block(40, 0x31), block(40, 2));
      return pair.a->stats().usable() && pair.b->stats().usable() && heard[1] == 0x31;
    }));
  }
}

TEST_CASE("osmo-e1d: a line that is closed by the daemon alone is asked for again") {
  Pair pair(true);
  for (int i = 0; i < 10; i++) pair.tick(block(40, 1), block(40, 2));
  pair.server.drop_line(0);
  pair.tick(block(40, 1), block(40, 2));
  pair.tick(block(40, 1), block(40, 2));
  CHECK_FALSE(pair.a->stats().receiving);
  CHECK(pair.server.open_slots(0) == 0);
  CHECK(becomes([&] {
    pair.server.serve();
    pair.tick(block(40, 1), block(40, 2));
    return pair.server.open_slots(0) == 1 && pair.a->stats().usable();
  }));
}

TEST_CASE("osmo-e1d: a daemon that is not there yet is no error, and is found when it comes") {
  Folder folder;
  auto span = open_osmo_e1d({"e1", folder.path + "/ctl"});
  REQUIRE(span);
  Octets in = block(40, 0);
  (*span)->receive(in);
  CHECK(in[1] == kIdleAlaw);
  CHECK_FALSE((*span)->stats().receiving);
  CHECK(std::string_view((*span)->stats().trouble) == "osmo-e1d is not at its socket");
  E1dServer server(folder.path + "/ctl");
  CHECK(becomes([&] {
    server.serve();
    server.step(40);
    (*span)->receive(in);
    (*span)->send(in);
    return (*span)->stats().receiving;
  }));
}

TEST_CASE("osmo-e1d: what the daemon refuses is said with the remedy") {
  Daemon daemon;
  auto span = daemon.open(5, true);
  REQUIRE_FALSE(span);
  CHECK(span.error().code == Errc::unavailable);
  CHECK(span.error().text.find("span 'e1': osmo-e1d has no such interface or line") == 0);
  CHECK(span.error().text.find("show interface") != std::string::npos);

  daemon.server.refused_slot = 7;
  span = daemon.open(0, false);
  REQUIRE_FALSE(span);
  CHECK(span.error().text.find("refuses a timeslot") != std::string::npos);
  daemon.server.refused_slot = -1;

  daemon.server.no_descriptor = true;
  span = daemon.open(0, true);
  REQUIRE_FALSE(span);
  CHECK(span.error().text.find("another version") != std::string::npos);
  daemon.server.no_descriptor = false;

  daemon.server.other_version = 2;
  span = daemon.open(0, true);
  REQUIRE_FALSE(span);
  CHECK(span.error().text.find("another version") != std::string::npos);
  daemon.server.other_version = 1;

  daemon.server.silent = true;
  span = daemon.open(0, true);
  REQUIRE_FALSE(span);
  CHECK(span.error().text.find("does not answer") != std::string::npos);

  CHECK_FALSE(open_osmo_e1d({"e1", ""}));
  CHECK_FALSE(open_osmo_e1d({"e1", std::string(120, 'x')}));
  CHECK_FALSE(open_osmo_e1d({"e1", daemon.socket, -1}));
  CHECK_FALSE(open_osmo_e1d({"e1", daemon.socket, 0, 0, true, 12}));
  CHECK_FALSE(open_osmo_e1d({"e1", daemon.socket, 0, 0, true, 40, 0}));
}

TEST_CASE("osmo-e1d: messages are octet for octet those of its header file") {
  std::array<uint8_t, kE1dMessageMax> out;
  E1dConversation talk(0, 2, false, 40);
  auto said = [&] {
    auto length = talk.request(out);
    REQUIRE(length);
    return Octets(out.begin(), out.begin() + static_cast<long>(*length));
  };
  CHECK(said() == Octets{0xE1, 0x01, 9, 0, 0x03, 0, 2, 0xFF, 0x20});
  CHECK_FALSE(talk.request(out));  // an answer is waited for
  using Took = E1dConversation::Took;
  CHECK(talk.take(Octets{0xE1, 0x01, 8, 0, 0x46, 0, 2, 0xFF}, false) == Took::heard);
  CHECK(talk.lof());
  CHECK(talk.take(Octets{0xE1, 0x01, 8, 0, 0x46, 0, 1, 0xFF}, false) == Took::heard);
  CHECK(talk.take(Octets{0xE1, 0x01, 11, 0, 0x83, 0, 0, 0, 2, 0x20, 0}, false) == Took::agreed);
  CHECK(said() == Octets{0xE1, 0x01, 12, 0, 0x04, 0, 2, 16, 0x11, 0x80, 40, 0});
  CHECK(talk.take(Octets{0xE1, 0x01, 14, 0, 0x84, 0, 0, 0, 16, 0x11, 0, 40, 0, 0xA5}, true) == Took::opened);
  CHECK(talk.slot() == 16);
  CHECK(said() == Octets{0xE1, 0x01, 12, 0, 0x04, 0, 2, 1, 0x10, 0x80, 40, 0});
  CHECK(talk.take(Octets{0xE1, 0x01, 8, 0, 0x84, 0, 0, 0}, false) == Took::refused);
  for (const Octets& bad : {Octets{}, Octets{0xE1}, Octets{0xE1, 0x00, 8, 0, 0x84, 0, 0, 0},
                            Octets{0xE1, 0x01, 9, 0, 0x84, 0, 0, 0}, Octets{0xE1, 0x01, 8, 0, 0x84, 0, 0, 0}}) {
    CHECK(talk.take(bad, true) == Took::nonsense);
  }
}
