// SPDX-License-Identifier: GPL-2.0-or-later
// One fax against the other, in memory: the real T.30 of both ends, as fast as the machine.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <fstream>

#include "fax/document.h"
#include "fax/fax.h"
#include "fax/tones.h"
#include "fax/udptl.h"
#include "fax_pages.h"

using namespace hotline;
using namespace hotline::fax;

namespace {

/// A folder of its own that goes with the test.
struct Folder {
  std::string path;
  Folder() {
    char name[] = "/tmp/fax.XXXXXX";
    REQUIRE(::mkdtemp(name));
    path = name;
  }
  ~Folder() { (void)!std::system(("rm -rf " + path).c_str()); }
  std::string operator/(const std::string& name) const { return path + "/" + name; }
};

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

constexpr size_t kPacket = 160;
using Packet = std::array<uint8_t, kPacket>;

/// Both ends of a line, 20 ms at a time.
struct Line {
  Folder folder;
  Job out, in;
  std::vector<std::string> told;
  std::unique_ptr<Session> sender, receiver;
  Packet to_receiver, to_sender;
  std::function<void(Packet&)> noise = [](Packet&) {};  ///< on the way to the receiver
  int packets = 0;

  explicit Line(int pages = 2, int height = 300) {
    out.file = folder / "out.tif";
    in.file = folder / "in.tif";
    in.direction = Direction::receive;
    out.station = "+86 10 96116";
    in.station = "13800138000";
    if (pages > 0) REQUIRE(fax_pages::make(out.file.c_str(), pages, height) == 0);
    to_receiver.fill(0xD5);
    to_sender.fill(0xD5);
  }
  void begin() {
    Session::Told notes;
    notes.agreed = [this](const Facts& facts) { told.push_back("agreed " + std::to_string(facts.rate)); };
    notes.page = [this](const Facts& facts) { told.push_back("page " + std::to_string(facts.pages)); };
    sender = std::move(*Session::begin(out, {}));
    receiver = std::move(*Session::begin(in, notes));
  }
  void step() {
    Packet said;
    sender->audio(to_sender, said);
    noise(said);
    receiver->audio(to_receiver, to_sender);
    to_receiver = said;
    ++packets;
  }
  /// At most so many seconds of line time.
  bool run(int seconds) {
    if (!sender) begin();
    for (int i = 0; i < seconds * 50 && !(sender->over() && receiver->over()); ++i) step();
    return sender->over() && receiver->over();
  }
  int line_seconds() const { return packets / 50; }
};

}  // namespace

TEST_CASE("a fax of three pages arrives dot by dot at every speed, with and without error correction") {
  struct Way {
    int speed;
    bool ecm;
  };
  for (auto way : {Way{14400, true}, Way{14400, false}, Way{9600, true}, Way{4800, true}, Way{4800, false}}) {
    CAPTURE(way.speed);
    CAPTURE(way.ecm);
    Line line(3);
    line.out.speed_max = way.speed;
    line.in.ecm = way.ecm;
    REQUIRE(line.run(400));
    auto sent = line.sender->outcome(), received = line.receiver->outcome();
    CHECK(sent.code == 0);
    CHECK(sent.text == "OK");
    CHECK(received.code == 0);
    CHECK(sent.facts.pages == 3);
    CHECK(received.facts.pages == 3);
    CHECK(received.facts.rate == way.speed);
    CHECK(sent.facts.rate == way.speed);
    CHECK(received.facts.ecm == way.ecm);
    CHECK(received.facts.station == "+86 10 96116");
    CHECK(sent.facts.station == "13800138000");
    CHECK(received.facts.x_dpi == 204);
    CHECK(received.facts.y_dpi == 196);
    std::vector<std::string> order = {"agreed " + std::to_string(way.speed), "page 1", "page 2", "page 3"};
    CHECK(line.told == order);
    CHECK_FALSE(exists(line.in.file));
    auto pages = deliver(line.in.file);
    REQUIRE(pages);
    CHECK(*pages == 3);
    CHECK_FALSE(exists(part_of(line.in.file)));
    CHECK(fax_pages::difference(line.out.file.c_str(), line.in.file.c_str()) == "");
  }
}

TEST_CASE("error correction mends what the line spoils") {
  Line line(1, 1078);
  int packet = 0;
  // A hole of 20 ms every three seconds, once the page is on its way.
  line.noise = [&](Packet& said) {
    if (++packet > 600 && packet % 150 == 0) said.fill(0xD5);
  };
  REQUIRE(line.run(400));
  CHECK(line.sender->outcome().code == 0);
  CHECK(line.receiver->outcome().code == 0);
  REQUIRE(deliver(line.in.file));
  CHECK(fax_pages::difference(line.out.file.c_str(), line.in.file.c_str()) == "");
}

TEST_CASE("a far end that falls silent in the middle of a page ends the fax, by T.30's timers or by ours") {
  Line line(3, 1078);
  line.begin();
  while (line.told.size() < 2) line.step();  // the first page is there
  for (int i = 0; i < 100; ++i) line.step();
  line.noise = [](Packet& said) { said.fill(0xD5); };
  int before = line.line_seconds();
  for (int i = 0; i < 120 * 50 && !line.receiver->over(); ++i) line.step();
  REQUIRE(line.receiver->over());
  CHECK(line.line_seconds() - before < 60);
  auto outcome = line.receiver->outcome();
  CHECK(outcome.code != 0);
  CHECK(outcome.text != "OK");
  CHECK(outcome.facts.pages == 1);
  auto pages = deliver(line.in.file);
  REQUIRE(pages);
  CHECK(*pages == 1);  // what was confirmed is kept
}

TEST_CASE("a page that takes too long is ended by the timer of pages") {
  Line line(1, 2000);
  line.in.bounds.page_max = milliseconds(5000);
  line.out.speed_max = 2400;
  REQUIRE(line.run(200));
  auto outcome = line.receiver->outcome();
  CHECK(outcome.timer == "page");
  CHECK(outcome.code != 0);
  CHECK(outcome.facts.pages == 0);
  auto pages = deliver(line.in.file);
  REQUIRE(pages);
  CHECK(*pages == 0);
  CHECK_FALSE(exists(line.in.file));
  CHECK_FALSE(exists(part_of(line.in.file)));
}

TEST_CASE("nobody at the other end: the first timer, or T.30's T1, says so") {
  Line line(1);
  line.out.bounds.begin_max = milliseconds(20000);
  line.begin();
  Packet silence, said;
  silence.fill(0xD5);
  int packets = 0;
  for (; packets < 50 * 100 && !line.sender->over(); ++packets) line.sender->audio(silence, said);
  CHECK(line.sender->over());
  CHECK(packets / 50 <= 20);
  CHECK(line.sender->outcome().timer == "begin");
  for (packets = 0; packets < 50 * 100 && !line.receiver->over(); ++packets) line.receiver->audio(silence, said);
  CHECK(line.receiver->over());
  CHECK(packets / 50 <= 60);
  CHECK(line.receiver->outcome().code != 0);
}

TEST_CASE("the end comes at most a moment after the last page, whatever the far end does") {
  Line line(1);
  line.in.bounds.end_max = milliseconds(10000);
  line.begin();
  bool page = false;
  // When the page has been confirmed, the sender is never heard again: no DCN comes.
  while (!line.receiver->over()) {
    line.step();
    if (!page && line.told.size() > 1) {
      page = true;
      line.packets = 0;
      line.noise = [](Packet& said) { said.fill(0xD5); };
    }
    REQUIRE(line.packets < 50 * 120);
  }
  CHECK(page);
  CHECK(line.line_seconds() <= 12);
}

TEST_CASE("more pages than may be end it, and the confirmed ones are kept") {
  Line line(4);
  line.in.bounds.pages_max = 2;
  REQUIRE(line.run(300));
  CHECK(line.receiver->outcome().timer == "pages");
  CHECK(line.receiver->outcome().code != 0);
  CHECK(line.sender->outcome().code != 0);
}

TEST_CASE("stopped, a fax has failed by T.30's own word") {
  Line line(2);
  line.begin();
  for (int i = 0; i < 500; ++i) line.step();
  line.sender->stop();
  CHECK(line.sender->over());
  CHECK(line.sender->outcome().code != 0);
  CHECK(line.sender->outcome().text == "The call dropped prematurely");
}

TEST_CASE("over T.38, through datagrams of which every seventh is lost, the same dots arrive") {
  Line line(3);
  line.begin();
  // It begins in audio, as calls do.
  for (int i = 0; i < 50; ++i) line.step();
  UdptlSender from_sender, from_receiver;
  UdptlReceiver at_sender, at_receiver;
  struct Datagram {
    bool to_receiver;
    std::vector<uint8_t> octets;
  };
  std::deque<Datagram> wire;
  int count = 0, lost = 0;
  auto send = [&](bool to_receiver, UdptlSender& sender) {
    return [&, to_receiver](std::span<const uint8_t> packet, int) {
      auto datagram = sender.next(packet);
      if (++count % 7 == 0)
        ++lost;
      else
        wire.push_back({to_receiver, std::move(datagram)});
    };
  };
  T38Terms terms;
  REQUIRE(line.sender->change_to_t38(terms, send(true, from_sender)));
  REQUIRE(line.receiver->change_to_t38(terms, send(false, from_receiver)));
  CHECK_FALSE(line.sender->change_to_t38(terms, send(true, from_sender)));
  for (int i = 0; i < 50 * 300 && !(line.sender->over() && line.receiver->over()); ++i) {
    line.sender->elapse(milliseconds(20));
    line.receiver->elapse(milliseconds(20));
    for (; !wire.empty(); wire.pop_front()) {
      auto& end = wire.front().to_receiver ? line.receiver : line.sender;
      auto& reader = wire.front().to_receiver ? at_receiver : at_sender;
      reader.take(wire.front().octets, [&](std::span<const uint8_t> packet, uint16_t number) { end->packet(packet, number); });
    }
  }
  CHECK(lost > 20);
  CHECK(line.sender->outcome().code == 0);
  CHECK(line.receiver->outcome().code == 0);
  CHECK(line.receiver->outcome().facts.pages == 3);
  REQUIRE(deliver(line.in.file));
  CHECK(fax_pages::difference(line.out.file.c_str(), line.in.file.c_str()) == "");
}

TEST_CASE("once pages have begun it is too late for T.38") {
  Line line(1);
  line.begin();
  while (line.told.empty()) line.step();
  CHECK_FALSE(line.receiver->change_to_t38({}, [](std::span<const uint8_t>, int) {}));
}

TEST_CASE("a document is a TIFF that a fax machine can print") {
  Folder folder;
  std::string good = folder / "good.tif";
  REQUIRE(fax_pages::make(good.c_str(), 3, 300) == 0);
  auto document = check_document(good, 200, 1 << 20);
  REQUIRE(document);
  CHECK(document->pages == 3);
  CHECK(document->width == 1728);
  CHECK(document->x_dpi == 204);
  auto refused = [&](const std::string& path, int pages = 200, int64_t bytes = 1 << 20) {
    auto verdict = check_document(path, pages, bytes);
    REQUIRE_FALSE(verdict);
    return verdict.error().text;
  };
  CHECK(refused(folder / "none.tif").find("there is no file") != std::string::npos);
  CHECK(refused(folder.path).find("is no file") != std::string::npos);
  CHECK(refused(good, 2).find("more than the 2 pages") != std::string::npos);
  CHECK(refused(good, 200, 100).find("octets") != std::string::npos);
  std::ofstream(folder / "junk.tif") << "%PDF-1.4 this is no TIFF";
  CHECK(refused(folder / "junk.tif").find("is no TIFF file; make one with: gs") != std::string::npos);
  std::ofstream(folder / "empty.tif");
  CHECK(refused(folder / "empty.tif").find("is no TIFF file") != std::string::npos);
  // Cut at every length: refused, never a crash.
  std::ifstream in(good, std::ios::binary);
  std::string octets((std::istreambuf_iterator<char>(in)), {});
  for (size_t length = 1; length < octets.size(); length += 97) {
    std::ofstream(folder / "cut.tif", std::ios::binary) << octets.substr(0, length);
    CHECK_FALSE(check_document(folder / "cut.tif", 200, 1 << 20));
  }
}

TEST_CASE("a fax never takes the place of another file") {
  Folder folder;
  std::string path = folder / "in.tif";
  REQUIRE(fax_pages::make(part_of(path).c_str(), 1, 100) == 0);
  std::ofstream(path) << "somebody's";
  auto delivered = deliver(path);
  REQUIRE_FALSE(delivered);
  CHECK(delivered.error().code == Errc::again);
  CHECK(exists(part_of(path)));
}

TEST_CASE("a fax machine is told from a person by its tones") {
  Line line(1);
  line.begin();
  ToneDetector at_sender, at_receiver;
  std::string from_sender, from_receiver;
  for (int i = 0; i < 50 * 6; ++i) {
    line.step();
    if (const char* tone = at_sender.hear(line.to_receiver); tone && from_sender.empty()) from_sender = tone;
    if (const char* tone = at_receiver.hear(line.to_sender); tone && from_receiver.empty()) from_receiver = tone;
  }
  CHECK(from_sender == "cng");
  CHECK(from_receiver == "ced");
  ToneDetector quiet;
  Packet silence;
  silence.fill(0xD5);
  for (int i = 0; i < 50 * 6; ++i) CHECK(quiet.hear(silence) == nullptr);
}
