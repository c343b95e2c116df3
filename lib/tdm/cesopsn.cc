// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/cesopsn.h"

#include <cstring>

#include "tdm/idle.h"

namespace hotline::tdm {

namespace {

class Cesopsn : public Span {
 public:
  explicit Cesopsn(std::unique_ptr<Pseudowire> wire) : wire_(std::move(wire)) {}

  const std::string& name() const override { return wire_->name(); }

  void receive(std::span<uint8_t> block) override {
    uint8_t* frame = block.data();
    wire_->receive(static_cast<int>(block.size()) / kTimeslots, [&](const uint8_t* octets, int count) {
      for (; count > 0; count--, frame += kTimeslots) {
        if (!octets) {
          make_idle(frame);
          continue;
        }
        frame[0] = 0xFF;
        std::memcpy(frame + 1, octets, kCesSlots);
        octets += kCesSlots;
      }
    });
  }

  void send(std::span<const uint8_t> block) override {
    wire_->say(ais_, wire_->local_alarm());
    for (size_t at = 0; at < block.size(); at += kTimeslots) {
      uint8_t* frame = wire_->next_frame();
      if (ais_) {
        std::memset(frame, 0xFF, kCesSlots);
      } else {
        std::memcpy(frame, &block[at + 1], kCesSlots);
      }
    }
    wire_->flush();
  }

  void send_ais(bool on) override { ais_ = on; }
  SpanStats stats() const override { return wire_->tell(); }

 private:
  std::unique_ptr<Pseudowire> wire_;
  bool ais_ = false;
};

}  // namespace

Result<std::unique_ptr<Span>> open_cesopsn(const CesopsnConfig& config) {
  auto wire = Pseudowire::open(config, kCesSlots);
  if (!wire) return wire.error();
  return std::unique_ptr<Span>(std::make_unique<Cesopsn>(std::move(*wire)));
}

}  // namespace hotline::tdm
