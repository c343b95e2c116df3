// SPDX-License-Identifier: GPL-2.0-or-later
// The engine with its real threads, over real pseudowires on loopback.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "media_fake.h"
#include "tdm/cesopsn.h"

using namespace hotline;
using namespace hotline::media;
using namespace hotline::media::test;

// Steps the loop until something is so, or far too long has passed.
template <typename F>
static bool becomes(Loop& loop, F so) {
  for (Instant end = monotonic_now() + seconds(20); monotonic_now() < end;) {
    if (so()) return true;
    loop.step(milliseconds(20));
  }
  return so();
}

static int free_port() {
  FakePhone phone;
  return ntohs(phone.address.sin_port);
}

struct TwoEnds {
  explicit TwoEnds(int tick_frames) {
    EngineConfig config;
    config.tick_frames = tick_frames;
    config = Bench::with_ports(std::move(config));
    auto started = Engine::start(loop, config, [this](const Report& report) { reports.push_back(report); });
    REQUIRE(started);
    engine = std::move(*started);
    int ports[] = {free_port(), free_port()};
    for (int i : {0, 1}) {
      tdm::CesopsnConfig line;
      line.name = i ? "right" : "left";
      line.local = "127.0.0.1:" + std::to_string(ports[i]);
      line.remote = "127.0.0.1:" + std::to_string(ports[1 - i]);
      line.packet_frames = tick_frames;
      line.jitter_ms = 50;
      auto span = tdm::open_cesopsn(line);
      REQUIRE(span);
      spans[i] = engine->add_span(std::move(*span));
    }
  }
  template <typename T>
  size_t count() const {
    return static_cast<size_t>(std::count_if(reports.begin(), reports.end(),
                                             [](const Report& report) { return std::holds_alternative<T>(report); }));
  }

  Loop loop;
  std::vector<Report> reports;
  std::unique_ptr<Engine> engine;
  SpanId spans[2];
};

TEST_CASE("two spans, a key and a frame each way, and a recording, with threads and a tick of 5 ms or 1 ms") {
  for (int tick_frames : {40, 8}) {
    TempDir dir;
    TwoEnds ends(tick_frames);
    REQUIRE(becomes(ends.loop, [&] { return ends.count<SpanState>() >= 2; }));
    PortId left = ends.engine->open_channel(ends.spans[0], 7), right = ends.engine->open_channel(ends.spans[1], 7);
    ends.engine->record({left, right, dir.path + "/one.wav", "{}"});
    ends.engine->send_digits(left, "1234567890");
    REQUIRE(becomes(ends.loop, [&] { return ends.count<Digit>() >= 10; }));
    std::string keys;
    for (const auto& report : ends.reports) {
      if (auto* digit = std::get_if<Digit>(&report)) {
        CHECK(digit->port == right);
        keys += digit->digit;
      }
    }
    CHECK(keys == "1234567890");

    ends.engine->send_d(ends.spans[0], {1, 2, 3, 4});
    ends.engine->send_d(ends.spans[1], {5, 6, 7, 8});
    CHECK(becomes(ends.loop, [&] { return ends.count<DFrame>() >= 2; }));

    ends.engine->play(left, {{nullptr, static_cast<int>(Tone::beep), 800}}, false, false);
    CHECK(becomes(ends.loop, [&] { return ends.count<PlayDone>() == 1; }));
    ends.engine->close(left);
    CHECK(becomes(ends.loop, [&] { return ends.count<RecordDone>() == 1; }));
    auto head = read_spool_head(dir.path + "/one.wav");
    REQUIRE(head);
    CHECK(head->samples >= 16000);
    CHECK(ends.engine->cpu_time().count() > 0);
    CHECK(ends.engine->trouble().commands_refused == 0);
  }
}

TEST_CASE("commands and ends from two threads never lose one another") {
  TwoEnds ends(8);
  size_t plays = 0;
  std::vector<PortId> ports;
  for (int round = 0; round < 200; ++round) {
    for (int slot = 1; slot <= 10; ++slot) ports.push_back(ends.engine->open_channel(ends.spans[0], slot));
    for (size_t i = 0; i < 10; ++i, ++plays) {
      ends.engine->play(ports[i], {{nullptr, static_cast<int>(Tone::dial), round % 3 * 40}}, round % 2 == 0, true);
    }
    for (size_t i = 0; i < 10; i += 2) ends.engine->bridge(ports[i], ports[i + 1], {{nullptr, -1, 80}});
    ends.loop.step(milliseconds(0));
    for (PortId port : ports) ends.engine->close(port);
    ports.clear();
  }
  CHECK(becomes(ends.loop, [&] { return ends.count<PlayDone>() == plays && ends.count<AnnounceDone>() == 1000; }));
  CHECK(ends.count<PlayDone>() == plays);
  CHECK(ends.count<AnnounceDone>() == 1000);
}

TEST_CASE("mixes, spies, holds, gains, streams and mailboxes come and go between two threads, and each end is told once") {
  TempDir dir;
  TwoEnds ends(8);
  media::Engine& engine = *ends.engine;
  size_t taps = 0, recordings = 0, announcements = 0;
  for (int round = 0; round < 60; ++round) {
    std::vector<PortId> ports;
    for (int slot = 1; slot <= 8; ++slot) ports.push_back(engine.open_channel(ends.spans[0], slot));
    int far[2], reader[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, far) == 0);
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, reader) == 0);
    Fd fax(far[1]), ears(reader[1]);
    ports.push_back(engine.open_socket(Fd(far[0])));
    engine.bridge({ports[0], ports[1], ports[2], ports[8]}, {{nullptr, static_cast<int>(Tone::waiting), 800}});
    ++announcements;
    std::string path = dir.path + "/" + std::to_string(round);
    engine.record({ports[0], ports[1], path + "-b.wav", "{}"});
    RecordSpec mailbox{ports[3], 0, path + "-m.wav", "{}"};
    mailbox.samples_max = 80;
    engine.record(mailbox);
    recordings += 2;
    taps += engine.listen(ports[1], Fd(reader[0])) != 0;
    engine.spy(ports[4], ports[1], round % 2 ? SpyMode::barge : SpyMode::listen, true);
    engine.set_gain(ports[2], round % 20, -(round % 20));
    engine.join(ports[0], ports[5]);
    engine.hold(ports[2], true);
    engine.beep(ports[0], Tone::beep);
    engine.set_base(ports[6], Base::music, sound(sine(500, 80)));
    if (round % 3 == 0) ears.reset();
    ends.loop.step(milliseconds(3));
    engine.leave(ports[5]);
    engine.unspy(ports[4]);
    engine.hold(ports[2], false);
    for (PortId port : ports) engine.close(port);
  }
  auto all_told = [&] {
    return ends.count<TapDone>() == taps && ends.count<RecordDone>() == recordings &&
           ends.count<AnnounceDone>() == announcements;
  };
  CHECK(becomes(ends.loop, all_told));
  CHECK(engine.trouble().commands_refused == 0);
}

TEST_CASE("the end of the engine leaves its recordings whole") {
  TempDir dir;
  {
    TwoEnds ends(40);
    PortId left = ends.engine->open_channel(ends.spans[0], 7), right = ends.engine->open_channel(ends.spans[1], 7);
    ends.engine->record({left, right, dir.path + "/one.wav", "{}"});
    ends.engine->play(left, {{nullptr, -1, 2400}}, false, false);
    CHECK(becomes(ends.loop, [&] { return ends.count<PlayDone>() == 1; }));
  }
  auto head = read_spool_head(dir.path + "/one.wav");
  REQUIRE(head);
  CHECK(head->samples >= 2400);
}

TEST_CASE("kill -9 leaves a recording that is whole to its last frame") {
  TempDir dir;
  std::string path = dir.path + "/one.wav";
  pid_t child = ::fork();
  if (child == 0) {
    TwoEnds ends(40);
    PortId left = ends.engine->open_channel(ends.spans[0], 7), right = ends.engine->open_channel(ends.spans[1], 7);
    ends.engine->play(right, {{nullptr, static_cast<int>(Tone::dial), 1 << 30}}, false, false);
    ends.engine->record({left, right, path, R"({"call":"x"})"});
    for (;;) ends.loop.step(milliseconds(1000));
  }
  REQUIRE(child > 0);
  Loop loop;
  auto samples = [&] {
    auto head = read_spool_head(path);
    return head ? head->samples : 0;
  };
  CHECK(becomes(loop, [&] { return samples() > 12000; }));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  auto head = read_spool_head(path);
  REQUIRE(head);
  CHECK(head->about == R"({"call":"x"})");
  auto file = read_file(path).value();
  CHECK(file.size() == kSpoolHeadBytes + static_cast<size_t>(head->samples) * 2);
  Octets left;
  for (size_t i = file.size() - 16000; i < file.size(); i += 2) left.push_back(static_cast<uint8_t>(file[i]));
  CHECK(level(left, 450) == doctest::Approx(0).epsilon(0.2));  // the tone goes on to the very end
}

TEST_CASE("a tick that does not divide 20 ms is refused") {
  Loop loop;
  EngineConfig config;
  config.tick_frames = 48;
  CHECK_FALSE(Engine::start(loop, config, [](const Report&) {}));
}
