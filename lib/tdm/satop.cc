// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/satop.h"

#include <algorithm>
#include <cstring>

#include "tdm/g704.h"

namespace hotline::tdm {

namespace {

constexpr int kLostFor = 100 * 8;  // frames without alignment until it is an alarm

class Satop : public Span {
 public:
  explicit Satop(std::unique_ptr<Pseudowire> wire) : wire_(std::move(wire)) {}

  const std::string& name() const override { return wire_->name(); }

  void receive(std::span<uint8_t> block) override {
    uint8_t* frame = block.data();
    const int frames = static_cast<int>(block.size()) / kTimeslots;
    wire_->watch_octet(deframer_.signalling_octet());
    wire_->receive(frames, [&](const uint8_t* octets, int count) {
      for (; count > 0; count--, frame += kTimeslots) {
        deframer_.turn(octets, frame);
        if (octets) octets += kTimeslots;
      }
    });
    unaligned_ = deframer_.aligned() ? 0 : std::min(unaligned_ + frames, kLostFor);
    aligned_ = deframer_.aligned() || (heard_ && unaligned_ < kLostFor);
    heard_ = heard_ || deframer_.aligned();
    ais_ = deframer_.ais() || wire_->local_alarm();
    remote_alarm_ = deframer_.remote_alarm();
    losses_ = deframer_.losses();
  }

  void send(std::span<const uint8_t> block) override {
    const bool deaf = !wire_->receiving() || !deframer_.aligned() || ais_;
    wire_->say(send_ais_, false);
    for (size_t at = 0; at < block.size(); at += kTimeslots) {
      uint8_t* frame = wire_->next_frame();
      const uint8_t first = framer_.next(deaf);
      if (send_ais_) {
        std::memset(frame, 0xFF, kTimeslots);
        continue;
      }
      frame[0] = first;
      std::memcpy(frame + 1, &block[at + 1], kTimeslots - 1);
    }
    wire_->flush();
  }

  void send_ais(bool on) override { send_ais_ = on; }

  SpanStats stats() const override {
    SpanStats stats = wire_->tell();
    const bool packets = stats.receiving;
    stats.misaligned = losses_;
    stats.ais = packets && ais_;
    stats.receiving = packets && (aligned_ || ais_);
    stats.remote_alarm = stats.remote_alarm || (stats.receiving && remote_alarm_);
    if (packets && !stats.receiving) stats.trouble = "packets come, but no frame alignment is found in them";
    return stats;
  }

 private:
  std::unique_ptr<Pseudowire> wire_;
  Framer framer_;
  Deframer deframer_;
  int unaligned_ = 0;
  bool heard_ = false, send_ais_ = false;
  Told<bool> aligned_, ais_, remote_alarm_;
  Counter losses_;
};

}  // namespace

Result<std::unique_ptr<Span>> open_satop(const PseudowireConfig& config) {
  auto wire = Pseudowire::open(config, kTimeslots);
  if (!wire) return wire.error();
  return std::unique_ptr<Span>(std::make_unique<Satop>(std::move(*wire)));
}

}  // namespace hotline::tdm
