// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/dahdi.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

#include "tdm/dahdi_driver.h"
#include "tdm/hdlc.h"

#if __has_include(<dahdi/user.h>)
#include <dahdi/user.h>
#include <errno.h>
#endif

using namespace hotline;
using namespace hotline::tdm;
using Octets = std::vector<uint8_t>;

namespace {

constexpr int kFirst = 32;  // of span 2

// A card with one E1, number 2 of the machine, as the driver shows it.
struct Card : DahdiDriver {
  std::array<std::deque<uint8_t>, kTimeslots> comes;  // not yet read
  std::array<Octets, kTimeslots> went;
  std::deque<Octets> frames_come;
  std::vector<Octets> frames_went;
  std::deque<Event> events;  // of timeslot 16
  Alarms state;
  bool gone = false;
  int missing_channel = 0, wrong_kind = 0, span = 2, block = 0;
  std::array<int, 1024> slot_of{};

  Result<Fd> open(int channel) override {
    if (channel == missing_channel) return Error{Errc::io, "cannot open channel: No such device"};
    Fd fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
    slot_of[static_cast<size_t>(fd.get())] = channel - kFirst + 1;
    return fd;
  }
  Result<Channel> about(int fd) override {
    const int slot = slot_of[static_cast<size_t>(fd)];
    const bool frames = (slot == kSignallingSlot) != (slot == wrong_kind);
    return Channel{span, slot, !frames, frames};
  }
  Result<void> make_audio(int, int block_octets) override {
    block = block_octets;
    return {};
  }
  Result<void> make_frames(int) override { return {}; }
  ssize_t read(int fd, std::span<uint8_t> octets) override {
    const auto slot = static_cast<size_t>(slot_of[static_cast<size_t>(fd)]);
    if (gone) return kGone;
    if (slot == kSignallingSlot) {
      if (!events.empty()) return kEvent;
      if (frames_come.empty()) return kNothing;
      const Octets frame = frames_come.front();
      frames_come.pop_front();
      std::copy(frame.begin(), frame.end(), octets.begin());
      return static_cast<ssize_t>(frame.size());
    }
    auto& line = comes[slot];
    if (line.size() < octets.size()) return kNothing;  // whole blocks only
    std::copy_n(line.begin(), octets.size(), octets.begin());
    line.erase(line.begin(), line.begin() + static_cast<long>(octets.size()));
    return static_cast<ssize_t>(octets.size());
  }
  ssize_t write(int fd, std::span<const uint8_t> octets) override {
    const auto slot = static_cast<size_t>(slot_of[static_cast<size_t>(fd)]);
    if (gone) return kGone;
    if (slot == kSignallingSlot) {
      frames_went.emplace_back(octets.begin(), octets.end());
    } else {
      went[slot].insert(went[slot].end(), octets.begin(), octets.end());
    }
    return static_cast<ssize_t>(octets.size());
  }
  Event event(int) override {
    const Event next = events.empty() ? Event::none : events.front();
    if (!events.empty()) events.pop_front();
    return next;
  }
  Alarms alarms(int, int) override { return state; }

  void bring(int frames, uint8_t first) {
    for (int slot = 1; slot < kTimeslots; slot++) {
      for (int i = 0; i < frames; i++) {
        comes[static_cast<size_t>(slot)].push_back(static_cast<uint8_t>(first + slot));
      }
    }
  }
};

DahdiConfig config() { return {"e1", 2, 0, 40, 10}; }
Octets block(uint8_t octet) { return Octets(40 * kTimeslots, octet); }

struct Rig {
  std::shared_ptr<Card> card = std::make_shared<Card>();
  std::unique_ptr<Span> span;
  Rig() {
    auto opened = open_dahdi(config(), card);
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().text));
    span = std::move(*opened);
  }
  Octets tick(uint8_t comes, const Octets& says) {
    card->bring(40, comes);
    Octets in = block(0);
    span->receive(in);
    span->send(says);
    return in;
  }
};

}  // namespace

TEST_CASE("dahdi: each timeslot is read from and written to its own channel, and no more is written than was read") {
  Rig rig;
  CHECK(rig.card->block == 40);
  CHECK(rig.card->went[1].size() == 80);  // the idle that the card is given in advance
  Octets in;
  Octets says = block(0);
  for (size_t i = 0; i < says.size(); i++) says[i] = static_cast<uint8_t>(i % kTimeslots + 100);
  for (int i = 0; i < 20; i++) in = rig.tick(0x20, says);
  for (size_t i = 0; i < in.size(); i++) {
    const size_t slot = i % kTimeslots;
    if (slot != 0 && slot != kSignallingSlot) CHECK(in[i] == 0x20 + slot);
  }
  CHECK(rig.card->went[5].size() == 80 + 20 * 40);
  CHECK(rig.card->went[5][79] == kIdleAlaw);
  CHECK(rig.card->went[5][80] == 105);
  CHECK(rig.card->went[31].back() == 131);
  CHECK(rig.span->stats().usable());
  for (int i = 0; i < 20; i++) rig.span->send(says);  // the card's clock stands still
  CHECK(rig.card->went[5].size() == 80 + 20 * 40);
  CHECK(rig.span->stats().overrun > 10);
}

TEST_CASE("dahdi: frames come without their FCS and go with room for it") {
  Rig rig;
  std::vector<Octets> heard;
  Hdlc ours([&](std::span<const uint8_t> frame) { heard.emplace_back(frame.begin(), frame.end()); });
  rig.card->frames_come.push_back({2, 1, 0x7F, 0xAA, 0xBB});
  rig.card->frames_come.push_back({0xAA, 0xBB});  // no frame at all
  ours.send(Octets{0, 1, 0x73});
  for (int i = 0; i < 20; i++) {
    Octets says = block(kIdleAlaw), d(40);
    ours.transmit(d);
    for (size_t f = 0; f < 40; f++) says[f * kTimeslots + kSignallingSlot] = d[f];
    const Octets in = rig.tick(0, says);
    for (size_t f = 0; f < 40; f++) d[f] = in[f * kTimeslots + kSignallingSlot];
    ours.receive(d);
  }
  CHECK(heard == std::vector<Octets>{{2, 1, 0x7F}});
  REQUIRE(rig.card->frames_went.size() == 1);
  CHECK(rig.card->frames_went[0] == Octets{0, 1, 0x73, 0, 0});
  CHECK(rig.span->stats().malformed == 1);
}

TEST_CASE("dahdi: alarms are told by events, and by asking") {
  Rig rig;
  const Octets idle = block(kIdleAlaw);
  for (int i = 0; i < 5; i++) rig.tick(0, idle);
  CHECK(rig.span->stats().usable());
  rig.card->state.remote = true;
  rig.card->events = {DahdiDriver::Event::other, DahdiDriver::Event::alarm, DahdiDriver::Event::bad_frame};
  rig.tick(0, idle);
  CHECK(rig.span->stats().remote_alarm);
  CHECK(rig.span->stats().malformed == 1);
  rig.card->state = {.loss = true};
  rig.card->events = {DahdiDriver::Event::alarm};
  rig.tick(0, idle);
  CHECK_FALSE(rig.span->stats().receiving);
  CHECK(std::string_view(rig.span->stats().trouble) == "DAHDI tells of a red alarm");
  rig.card->state = {.ais = true};
  rig.card->events = {DahdiDriver::Event::alarm};
  rig.tick(0, idle);
  CHECK(rig.span->stats().ais);
  CHECK(rig.span->stats().receiving);
  rig.card->state = {};
  rig.card->events = {DahdiDriver::Event::alarm};
  rig.tick(0, idle);
  CHECK(rig.span->stats().usable());
}

TEST_CASE("dahdi: a card that is taken away is loss, and nothing more is asked of it") {
  Rig rig;
  const Octets idle = block(kIdleAlaw);
  for (int i = 0; i < 5; i++) rig.tick(0, idle);
  rig.card->gone = true;
  rig.tick(0, idle);
  Octets in = rig.tick(0, idle);
  CHECK_FALSE(rig.span->stats().receiving);
  CHECK(std::string_view(rig.span->stats().trouble).find("taken the card away") != std::string_view::npos);
}

TEST_CASE("dahdi: a channel that is not there, elsewhere or configured otherwise is said with the remedy") {
  auto card = std::make_shared<Card>();
  auto fails = [&](const DahdiConfig& config) {
    auto span = open_dahdi(config, card);
    REQUIRE_FALSE(span);
    return span.error().text;
  };
  card->missing_channel = kFirst + 6;
  CHECK(fails(config()).find("span 'e1': cannot open channel") == 0);
  card->missing_channel = 0;
  card->wrong_kind = 16;
  CHECK(fails(config()) == "span 'e1': channel 47 (timeslot 16) is not 'dchan' in /etc/dahdi/system.conf: write it there "
                           "and run dahdi_cfg");
  card->wrong_kind = 3;
  CHECK(fails(config()).find("channel 34 (timeslot 3) is not 'bchan'") != std::string::npos);
  card->wrong_kind = 0;
  card->span = 1;
  CHECK(fails(config()).find("channel 32 is timeslot 1 of DAHDI's span 1 and not 1 of span 2") != std::string::npos);
  for (DahdiConfig bad : {DahdiConfig{"e1", 0}, DahdiConfig{"e1", 1, -1}, DahdiConfig{"e1", 1, 0, 8},
                          DahdiConfig{"e1", 1, 0, 48}, DahdiConfig{"e1", 1, 0, 40, 0}}) {
    CHECK_FALSE(open_dahdi(bad, card));
  }
}

#if __has_include(<dahdi/user.h>)

namespace {

// The driver's system calls, told one after the other.
struct Asked {
  std::vector<std::string> calls;
  int error = 0;   // of the next call
  int event = 0;   // that GETEVENT gives
  int alarms = 0;
  int signalling = DAHDI_SIG_CLEAR;
} told;

int failing() {
  errno = std::exchange(told.error, 0);
  return errno != 0 ? -1 : 0;
}

int fake_ioctl(int, unsigned long request, void* argument) {
  const int number = *static_cast<int*>(argument);
  switch (request) {
    case DAHDI_SPECIFY:
      told.calls.push_back("specify " + std::to_string(number));
      break;
    case DAHDI_AUDIOMODE:
      told.calls.push_back("audio " + std::to_string(number));
      break;
    case DAHDI_SETLAW:
      told.calls.push_back(number == DAHDI_LAW_ALAW ? "a-law" : "another law");
      break;
    case DAHDI_SET_BUFINFO: {
      auto* info = static_cast<dahdi_bufferinfo*>(argument);
      told.calls.push_back("buffers " + std::to_string(info->numbufs) + "x" + std::to_string(info->bufsize));
      break;
    }
    case DAHDI_GET_PARAMS: {
      auto* params = static_cast<dahdi_params*>(argument);
      params->spanno = 1;
      params->chanpos = 7;
      params->sigtype = told.signalling;
      break;
    }
    case DAHDI_GETEVENT:
      *static_cast<int*>(argument) = told.event;
      break;
    case DAHDI_SPANSTAT:
      static_cast<dahdi_spaninfo*>(argument)->alarms = told.alarms;
      break;
    default:
      told.calls.push_back("what is that?");
  }
  return failing();
}

const DahdiCalls kCalls{[](const char* path, int) {
                          told.calls.push_back(path);
                          return failing() != 0 ? -1 : ::open("/dev/null", O_RDWR | O_CLOEXEC);
                        },
                        fake_ioctl,
                        [](int, void*, size_t count) { return failing() != 0 ? -1 : static_cast<ssize_t>(count); },
                        [](int, const void*, size_t count) { return failing() != 0 ? -1 : static_cast<ssize_t>(count); }};

}  // namespace

TEST_CASE("dahdi: the system's driver is asked in the words of its header") {
  auto driver = make_dahdi_driver(kCalls);
  REQUIRE(driver);
  told = {};
  auto fd = driver->open(7);
  REQUIRE(fd);
  REQUIRE(driver->make_audio(fd->get(), 40));
  REQUIRE(driver->make_frames(fd->get()));
  CHECK(told.calls == std::vector<std::string>{"/dev/dahdi/channel", "specify 7", "audio 1", "a-law", "buffers 32x40",
                                               "buffers 32x1024"});
  CHECK(driver->about(fd->get())->timeslot == 7);
  CHECK(driver->about(fd->get())->clear);
  for (int frames : {DAHDI_SIG_HDLCFCS, static_cast<int>(DAHDI_SIG_HARDHDLC)}) {
    told.signalling = frames;
    CHECK(driver->about(fd->get())->frames);
    CHECK_FALSE(driver->about(fd->get())->clear);
  }
  Octets octets(40);
  CHECK(driver->read(fd->get(), octets) == 40);
  for (auto [error, what] : {std::pair{EAGAIN, DahdiDriver::kNothing}, {ELAST, DahdiDriver::kEvent}, {ENODEV, DahdiDriver::kGone}}) {
    told.error = error;
    CHECK(driver->read(fd->get(), octets) == what);
    told.error = error;
    CHECK(driver->write(fd->get(), octets) == what);
  }
  told.event = DAHDI_EVENT_BADFCS;
  CHECK(driver->event(fd->get()) == DahdiDriver::Event::bad_frame);
  told.event = DAHDI_EVENT_NOALARM;
  CHECK(driver->event(fd->get()) == DahdiDriver::Event::alarm);
  told.event = DAHDI_EVENT_REMOVED;
  CHECK(driver->event(fd->get()) == DahdiDriver::Event::removed);
  told.alarms = DAHDI_ALARM_YELLOW;
  CHECK(driver->alarms(fd->get(), 1).remote);
  told.alarms = DAHDI_ALARM_BLUE;
  CHECK(driver->alarms(fd->get(), 1).ais);
  told.alarms = DAHDI_ALARM_RED;
  CHECK(driver->alarms(fd->get(), 1).loss);
  told.error = ENOENT;
  CHECK(driver->open(1).error().text.find("run dahdi_cfg") != std::string::npos);
}

#else

TEST_CASE("dahdi: a program without the driver's header says so, and how to get it") {
  auto span = open_dahdi(config());
  REQUIRE_FALSE(span);
  CHECK(span.error().code == Errc::config);
  CHECK(span.error().text.find("dahdi-source") != std::string::npos);
}

#endif
