// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/line.h"

#include <algorithm>

namespace hotline::media {

using tdm::kSignallingSlot;
using tdm::kTimeslots;

Line::Line(SpanId id, std::unique_ptr<tdm::Span> span, int frames)
    : Note(Kind::span),
      id(id),
      told{id, false, false, false},
      span_(std::move(span)),
      frames_(frames),
      block_(static_cast<size_t>(frames * kTimeslots), tdm::kIdleAlaw),
      said_(block_),
      heard_(block_),
      hdlc_([this](std::span<const uint8_t> frame) {
        if (on_frame) on_frame(*this, frame);
      }) {}

// Rows of `rows` octets become columns. Eight octets of a row are taken at a time, so that reads stay in order.
static void transpose(const uint8_t* in, uint8_t* out, int rows, int columns) {
  for (int column = 0; column < columns; column += 8) {
    for (int row = 0; row < rows; ++row) {
      const uint8_t* from = in + row * columns + column;
      uint8_t* to = out + column * rows + row;
      for (int i = 0; i < 8; ++i) to[i * rows] = from[i];
    }
  }
}

void Line::receive() {
  span_->receive(block_);
  transpose(block_.data(), said_.data(), frames_, kTimeslots);
  hdlc_.receive({said(kSignallingSlot), static_cast<size_t>(frames_)});
}

void Line::send() {
  hdlc_.transmit({heard(kSignallingSlot), static_cast<size_t>(frames_)});
  transpose(heard_.data(), block_.data(), kTimeslots, frames_);
  span_->send(block_);
}

void Line::idle(int slot) { std::fill_n(heard(slot), frames_, tdm::kIdleAlaw); }

}  // namespace hotline::media
