// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/dahdi.h"

#include <algorithm>
#include <array>

#include "tdm/device_span.h"
#include "tdm/hdlc.h"

namespace hotline::tdm {

namespace {

constexpr int kLast = kTimeslots - 1;
constexpr milliseconds kAlarmsEvery{100};
constexpr int kFramesATick = 64, kEventsARead = 8;
constexpr size_t kFcs = 2;

class Dahdi : public DeviceSpan {
 public:
  using Driver = DahdiDriver;

  Dahdi(const DahdiConfig& config, std::shared_ptr<Driver> driver)
      : DeviceSpan(config.name, config.packet_frames, config.jitter_ms),
        config_(config),
        driver_(std::move(driver)),
        d_in_([](std::span<const uint8_t>) {}),
        d_out_([this](std::span<const uint8_t> frame) { write_frame(frame); }) {}

  Result<void> open() {
    const int first = config_.first_channel != 0 ? config_.first_channel : kLast * (config_.number - 1) + 1;
    for (int slot = 1; slot < kTimeslots; slot++) {
      if (auto opened = open_slot(slot, first + slot - 1); !opened) return opened;
    }
    there_ = true;
    begin();
    return {};
  }

 protected:
  bool look_after(Instant now) override {
    if (there_ && now >= next_alarms_) {
      next_alarms_ = now + kAlarmsEvery;
      look_for_alarms();
    }
    return there_;
  }

  bool read_unit(uint8_t* unit) override {
    // The driver goes through the timeslots in their order: when the last one has something, all have.
    if (read_slot(kLast, unit) == 0) return false;
    for (int slot = 1; slot < kLast; slot++) {
      if (slot != kSignallingSlot) (void)read_slot(slot, unit);
    }
    read_frames();
    std::array<uint8_t, 40> d;
    d_in_.transmit({d.data(), static_cast<size_t>(packet_frames())});
    put_column(unit, kSignallingSlot, d.data(), packet_frames());
    put_column(unit, 0, nullptr, 0);
    return there_;
  }

  bool write_unit(const uint8_t* unit) override {
    bool all = true;
    std::array<uint8_t, 40> octets;
    const std::span<const uint8_t> some(octets.data(), static_cast<size_t>(packet_frames()));
    for (int slot = 1; slot < kTimeslots; slot++) {
      for (int i = 0; i < packet_frames(); i++) octets[static_cast<size_t>(i)] = unit[i * kTimeslots + slot];
      if (slot == kSignallingSlot) {
        d_out_.receive(some);
      } else {
        all = write(slot, some) && all;
      }
    }
    return all;
  }

 private:
  Result<void> open_slot(int slot, int channel) {
    const std::string what = "channel " + std::to_string(channel);
    auto fd = driver_->open(channel);
    if (!fd) return fd.error();
    auto about = driver_->about(fd->get());
    if (!about) return about.error().within(what);
    if (about->span != config_.number || about->timeslot != slot) {
      return Error{Errc::config, what + " is timeslot " + std::to_string(about->timeslot) + " of DAHDI's span " +
                                     std::to_string(about->span) + " and not " + std::to_string(slot) + " of span " +
                                     std::to_string(config_.number) + ": see number and first_channel"};
    }
    const bool signalling = slot == kSignallingSlot;
    if (signalling ? !about->frames : !about->clear) {
      return Error{Errc::config, what + " (timeslot " + std::to_string(slot) + ") is not '" +
                                     (signalling ? "dchan" : "bchan") +
                                     "' in /etc/dahdi/system.conf: write it there and run dahdi_cfg"};
    }
    auto made = signalling ? driver_->make_frames(fd->get()) : driver_->make_audio(fd->get(), packet_frames());
    if (!made) return made.error().within(what);
    slots_[static_cast<size_t>(slot)] = std::move(*fd);
    return {};
  }

  void put_column(uint8_t* unit, int slot, const uint8_t* octets, int count) {
    for (int i = 0; i < packet_frames(); i++) {
      unit[i * kTimeslots + slot] = i < count ? octets[i] : slot == 0 ? 0xFF : kIdleAlaw;
    }
  }

  int read_slot(int slot, uint8_t* unit) {
    std::array<uint8_t, 40> octets;
    const ssize_t got = read(slot, {octets.data(), static_cast<size_t>(packet_frames())});
    put_column(unit, slot, octets.data(), static_cast<int>(got));
    return static_cast<int>(got);
  }

  // Octets of a channel; 0 when there are none. Events stand in the way of data until they are taken.
  ssize_t read(int slot, std::span<uint8_t> octets) {
    const int fd = slots_[static_cast<size_t>(slot)].get();
    for (int i = 0; there_ && i < kEventsARead; i++) {
      const ssize_t got = driver_->read(fd, octets);
      if (got >= 0) return got;
      take_event(fd, got);
    }
    return 0;
  }
  bool write(int slot, std::span<const uint8_t> octets) {
    const int fd = slots_[static_cast<size_t>(slot)].get();
    for (int i = 0; there_ && i < kEventsARead; i++) {
      const ssize_t sent = driver_->write(fd, octets);
      if (sent >= 0) return sent == static_cast<ssize_t>(octets.size());
      take_event(fd, sent);
    }
    return false;
  }

  void take_event(int fd, ssize_t what) {
    switch (what == Driver::kGone ? Driver::Event::removed : driver_->event(fd)) {
      case Driver::Event::removed:
        there_ = false;
        set_alarms({true, false, false, "DAHDI has taken the card away; a restart opens it again"});
        return;
      case Driver::Event::alarm:
        return look_for_alarms();
      case Driver::Event::bad_frame:
        return count_malformed();
      case Driver::Event::none:
      case Driver::Event::other:
        return;
    }
  }

  void look_for_alarms() {
    const auto alarms = driver_->alarms(slots_[kSignallingSlot].get(), config_.number);
    set_alarms({alarms.loss, alarms.ais, alarms.remote,
                alarms.loss ? "DAHDI tells of a red alarm" : "nothing comes from DAHDI"});
  }

  void read_frames() {
    std::array<uint8_t, kFrameBytesMax + kFcs> frame;
    for (int i = 0; i < kFramesATick; i++) {
      const ssize_t got = read(kSignallingSlot, frame);
      if (got <= 0) return;
      const auto length = static_cast<size_t>(got);
      if (length <= kFcs || !d_in_.send({frame.data(), length - kFcs})) count_malformed();
    }
  }
  void write_frame(std::span<const uint8_t> frame) {
    std::array<uint8_t, kFrameBytesMax + kFcs> octets{};
    std::copy(frame.begin(), frame.end(), octets.begin());
    (void)write(kSignallingSlot, {octets.data(), frame.size() + kFcs});  // the driver makes the FCS
  }

  const DahdiConfig config_;
  const std::shared_ptr<Driver> driver_;
  std::array<Fd, kTimeslots> slots_;
  Hdlc d_in_, d_out_;  // frames to octets of a block, and octets of a block to frames
  bool there_ = false;
  Instant next_alarms_{};
};

}  // namespace

Result<std::unique_ptr<Span>> open_dahdi(const DahdiConfig& config, std::shared_ptr<DahdiDriver> driver) {
  const std::string what = "span '" + config.name + "'";
  if (config.number < 1 || config.first_channel < 0) {
    return Error{Errc::bad_data, what + ": DAHDI counts spans and channels from 1"};
  }
  if (config.packet_frames < 16 || config.packet_frames > 40 || config.packet_frames % 8 != 0) {
    return Error{Errc::bad_data, what + ": 16, 24, 32 or 40 frames are read at a time (2 to 5 ms)"};
  }
  if (config.jitter_ms < 1 || config.jitter_ms > 200) {
    return Error{Errc::bad_data, what + ": the jitter buffer holds 1 to 200 ms"};
  }
  if (!driver) driver = make_dahdi_driver();
  if (!driver) {
    return Error{Errc::config, what + ": this program was built without DAHDI: install dahdi/user.h (Debian package "
                                      "dahdi-source) and build it again"};
  }
  auto span = std::make_unique<Dahdi>(config, std::move(driver));
  if (auto opened = span->open(); !opened) return opened.error().within(what);
  return std::unique_ptr<Span>(std::move(span));
}

}  // namespace hotline::tdm
