// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "media/media.h"
#include "media/queues.h"
#include "tdm/hdlc.h"

namespace hotline::media {

/// A span in the media plane: its block turned into one row of octets for each timeslot, HDLC on timeslot 16.
class Line : public Note {
 public:
  using OnFrame = std::function<void(Line&, std::span<const uint8_t>)>;
  Line(SpanId id, std::unique_ptr<tdm::Span> span, int frames);

  /// Takes one tick from the span; frames of the D channel go to `on_frame`.
  void receive();
  void send();
  bool send_frame(std::span<const uint8_t> frame) { return hdlc_.send(frame); }

  uint8_t* said(int slot) { return said_.data() + slot * frames_; }
  uint8_t* heard(int slot) { return heard_.data() + slot * frames_; }
  /// Makes a channel carry idle again.
  void idle(int slot);

  const SpanId id;
  OnFrame on_frame;
  tdm::Span& span() { return *span_; }
  size_t index = 0;  // in the core's list
  SpanState told{};  // the last SpanState that was reported

 private:
  std::unique_ptr<tdm::Span> span_;
  const int frames_;
  std::vector<uint8_t> block_, said_, heard_;
  tdm::Hdlc hdlc_;
};

}  // namespace hotline::media
