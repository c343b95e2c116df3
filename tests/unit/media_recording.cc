// SPDX-License-Identifier: GPL-2.0-or-later
// Recordings from the tick to the file: what is in them, cut anywhere, and when the disk is full.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>

#include "base/fd.h"
#include "media/spool.h"
#include "media/wav.h"
#include "media_fake.h"

using namespace hotline;
using namespace hotline::media;
using namespace hotline::media::test;

struct RecordBench : Bench {
  RecordBench() {
    a = engine.open_channel(span_id, 1);
    b = engine.open_channel(span_id, 2);
    engine.bridge(a, b, {});
  }
  TempDir dir;
  std::string path = dir.path + "/one.wav";
  PortId a = 0, b = 0;
};

struct Heard {
  Octets left, right;
};
static Heard read_frames(const std::string& path) {
  auto file = read_file(path).value();
  Heard heard;
  for (size_t i = kSpoolHeadBytes; i + 1 < file.size(); i += 2) {
    heard.left.push_back(static_cast<uint8_t>(file[i]));
    heard.right.push_back(static_cast<uint8_t>(file[i + 1]));
  }
  return heard;
}

TEST_CASE("a recording has what the first port says left and the second right, from the first sample on") {
  RecordBench bench;
  bench.span->say[1] = sine(500, 16000);
  bench.span->say[2] = sine(1400, 8000);
  bench.engine.record({bench.a, bench.b, bench.path, R"({"call":"x"})"});
  for (int i = 0; i < 20; ++i) bench.ms(100);
  bench.engine.stop_recording(bench.path);
  bench.ms(10);
  auto done = bench.all<RecordDone>();
  REQUIRE(done.size() == 1);
  CHECK(done[0].path == bench.path);
  CHECK(done[0].samples == 16000);
  CHECK(done[0].gap_samples == 0);
  CHECK(done[0].reason == "stop");
  auto heard = read_frames(bench.path);
  CHECK(heard.left == bench.span->say[1]);
  CHECK(Octets(heard.right.begin(), heard.right.begin() + 8000) == bench.span->say[2]);
  CHECK(silent(heard.right, 8000));
  CHECK(level(heard.left, 1400) < -40);
  CHECK(level(heard.right, 500) < -40);
}

TEST_CASE("an announcement and music are not in a recording: it has what people said") {
  RecordBench bench;
  bench.span->say[1] = sine(500, 8000);
  bench.engine.bridge(bench.a, bench.b, {{sound(sine(1000, 8000)), -1, 0}});
  bench.engine.record({bench.a, bench.b, bench.path, "{}"});
  bench.ms(1000);
  bench.engine.stop_recording(bench.path);
  bench.ms(5);
  auto heard = read_frames(bench.path);
  CHECK(heard.left == bench.span->say[1]);
  CHECK(silent(heard.right));
}

TEST_CASE("a recording ends when either port is closed") {
  RecordBench bench;
  bench.engine.record({bench.b, bench.a, bench.path, "{}"});
  bench.ms(100);
  bench.engine.close(bench.a);
  bench.ms(5);
  auto done = bench.all<RecordDone>();
  REQUIRE(done.size() == 1);
  CHECK(done[0].reason == "gone");
  CHECK(done[0].samples == 800);
  bench.engine.stop_recording(bench.path);  // too late, and no harm
  bench.ms(5);
  CHECK(bench.all<RecordDone>().size() == 1);
}

TEST_CASE("a recording of a port that is not there ends at once") {
  RecordBench bench;
  bench.engine.record({bench.a, 999, bench.path, "{}"});
  bench.ms(5);
  REQUIRE(bench.all<RecordDone>().size() == 1);
  CHECK(bench.all<RecordDone>()[0].reason == "gone");
  CHECK(bench.all<RecordDone>()[0].samples == 0);
}

TEST_CASE("a file that is there already is not written over") {
  RecordBench bench;
  REQUIRE(replace_file(bench.path, "somebody's"));
  bench.engine.record({bench.a, bench.b, bench.path, "{}"});
  bench.ms(100);
  bench.engine.stop_recording(bench.path);
  bench.ms(5);
  REQUIRE(bench.all<RecordDone>().size() == 1);
  CHECK(bench.all<RecordDone>()[0].reason == "File exists");
  CHECK(bench.all<RecordDone>()[0].gap_samples == 800);
  CHECK(read_file(bench.path).value() == "somebody's");
}

TEST_CASE("the spool file is a WAV that tells whose it is") {
  RecordBench bench;
  std::string about = R"({"call":"0b1c2d3e4f5g6"})";
  bench.engine.record({bench.a, bench.b, bench.path, about});
  bench.ms(1000);
  bench.engine.stop_recording(bench.path);
  bench.ms(5);
  auto file = read_file(bench.path).value();
  auto parsed = parse_wav(file);
  REQUIRE(parsed);
  CHECK(parsed->format == 6);
  CHECK(parsed->channels == 2);
  CHECK(parsed->rate == 8000);
  CHECK(parsed->data.size() == 16000);
  auto head = read_spool_head(bench.path);
  REQUIRE(head);
  CHECK(head->about == about);
  CHECK(head->samples == 8000);
  CHECK(read_file(bench.path).value().substr(4, 4) == std::string("\x78\x4E\0\0", 4));  // 4096 - 8 + 16000
}

TEST_CASE("cut anywhere, a spool file is whole up to its last frame; cut in its head it is none") {
  RecordBench bench;
  bench.engine.record({bench.a, bench.b, bench.path, R"({"call":"x"})"});
  bench.ms(500);
  auto file = read_file(bench.path).value();  // as kill -9 leaves it: nobody has said goodbye
  REQUIRE(file.size() == kSpoolHeadBytes + 8000);
  std::string cut = bench.dir.path + "/cut.wav";
  for (size_t size = kSpoolHeadBytes; size <= file.size(); size += 613) {
    REQUIRE(replace_file(cut, file.substr(0, size)));
    auto head = read_spool_head(cut);
    REQUIRE(head);
    CHECK(head->samples == static_cast<int64_t>(size - kSpoolHeadBytes) / 2);
    CHECK(head->about == R"({"call":"x"})");
  }
  for (size_t size = 0; size < kSpoolHeadBytes; size += 97) {
    REQUIRE(replace_file(cut, file.substr(0, size)));
    auto head = read_spool_head(cut);
    REQUIRE_FALSE(head);
    CHECK(head.error().code == Errc::bad_data);
  }
  CHECK(read_spool_head(bench.dir.path + "/none").error().code == Errc::no_input);
}

TEST_CASE("what the tick has said is in the file after the writer's next round") {
  RecordBench bench;
  bench.engine.record({bench.a, bench.b, bench.path, "{}"});
  for (int64_t i = 1; i <= 30; ++i) {
    bench.ms(100);
    CHECK(read_spool_head(bench.path).value().samples == i * 800);
  }
}

TEST_CASE("a note that is too long is cut, and the head keeps its size") {
  std::string about(5000, 'x');
  auto head = spool_head(about, 0);
  auto parsed = parse_wav({head.data(), head.size()});
  REQUIRE(parsed);
  CHECK(parsed->note.substr(0, kAboutBytesMax) == about.substr(0, kAboutBytesMax));
  CHECK(parsed->note[kAboutBytesMax] == ' ');
}

// A limit on the size of files stands for a disk that is full: write(2) fails in the same way.
struct FullDisk {
  explicit FullDisk(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before);
    limit(bytes);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before); }
  void limit(rlim_t bytes) {
    rlimit now{bytes, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &now) == 0);
  }
  rlimit before{};
};

TEST_CASE("when the disk is full the tick goes on, the gap is counted, and room is used again") {
  RecordBench bench;
  bench.span->say[1] = sine(500, 80000);
  Recording recording(1, {bench.a, bench.b, bench.path, "{}"});
  auto audio = sine(500, 80000);
  size_t at = 0;
  auto say = [&](size_t samples) {
    for (size_t end = at + samples; at < end; at += 40) recording.add(audio.data() + at, audio.data() + at, 40);
  };
  Instant now{};
  {
    FullDisk full(kSpoolHeadBytes + 1601);
    for (int i = 0; i < 50; ++i, now += milliseconds(100)) {
      say(800);
      CHECK_FALSE(recording.write(now, false));
    }
    CHECK(read_spool_head(bench.path).value().samples == 800);
    full.limit(full.before.rlim_cur);
    now += seconds(1);
    CHECK_FALSE(recording.write(now, false));
    // The ring held two seconds; what did not fit is the gap.
    CHECK(read_spool_head(bench.path).value().samples == 800 + 16360);
    say(800);
    recording.end("stop");
    CHECK(recording.write(now, false));
  }
  auto done = recording.done();
  CHECK(done.samples == 800 + 16360 + 800);
  CHECK(done.samples + done.gap_samples == static_cast<int64_t>(at));
  CHECK(done.reason == "File too large");
  auto heard = read_frames(bench.path);
  CHECK(std::equal(heard.left.begin(), heard.left.begin() + 17160, audio.begin()));
  CHECK(heard.left == heard.right);
}

TEST_CASE("when there is never room the recording is all gap, with the disk's reason") {
  RecordBench bench;
  FullDisk full(0);
  bench.engine.record({bench.a, bench.b, bench.path, "{}"});
  for (int i = 0; i < 30; ++i) bench.ms(100);
  CHECK(bench.span->heard[1].size() == 24000);
  bench.engine.stop_recording(bench.path);
  bench.ms(5);
  auto done = bench.all<RecordDone>();
  REQUIRE(done.size() == 1);
  CHECK(done[0].samples == 0);
  CHECK(done[0].gap_samples == 24040 - 40);
  CHECK(done[0].reason == "File too large");
  CHECK_FALSE(std::filesystem::exists(bench.path));
}

TEST_CASE("a late recording's ring that wraps keeps its frames in order") {
  TempDir dir;
  Recording recording(1, {1, 2, dir.path + "/one.wav", "{}"});
  auto left = sine(300, 100000), right = sine(700, 100000);
  Instant now{};
  size_t at = 0;
  for (size_t samples : {40u, 16000u, 7u * 40, 16000u, 12000u, 40u}) {
    for (size_t end = at + samples; at < end; at += 40) recording.add(left.data() + at, right.data() + at, 40);
    recording.write(now += milliseconds(100), true);
  }
  auto heard = read_frames(dir.path + "/one.wav");
  REQUIRE(heard.left.size() == at);
  CHECK(std::equal(heard.left.begin(), heard.left.end(), left.begin()));
  CHECK(std::equal(heard.right.begin(), heard.right.end(), right.begin()));
}
