// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/hdlc.h"

extern "C" {
#include <spandsp.h>
}

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/require.h"

namespace hotline::tdm {

static_assert(kFrameBytesMax <= HDLC_MAXFRAME_LEN);

namespace {

struct RxFree {
  void operator()(hdlc_rx_state_t* rx) const { hdlc_rx_free(rx); }
};
struct TxFree {
  void operator()(hdlc_tx_state_t* tx) const { hdlc_tx_free(tx); }
};

struct Waiting {
  size_t length = 0;
  std::array<uint8_t, kFrameBytesMax> octets;
};

}  // namespace

struct Hdlc::State {
  OnFrame on_frame;
  std::unique_ptr<hdlc_rx_state_t, RxFree> rx;
  std::unique_ptr<hdlc_tx_state_t, TxFree> tx;
  std::vector<Waiting> queue;  // a ring
  size_t first = 0, count = 0;
  bool sending = false;  // SpanDSP holds a frame
  bool opened = false;   // a first flag has been sent
  uint64_t sent = 0, refused = 0;

  // Hands SpanDSP the next frame; it takes one only while it has none.
  void feed() {
    sending = false;
    if (count == 0) return;
    const Waiting& next = queue[first];
    if (hdlc_tx_frame(tx.get(), next.octets.data(), static_cast<int>(next.length)) != 0) return;
    first = (first + 1) % queue.size();
    count--;
    sent++;
    sending = true;
  }

  static void on_underflow(void* self) { static_cast<State*>(self)->feed(); }

  static void on_packet(void* self, const uint8_t* octets, int length, int ok) {
    // A negative length is a change of the line's state (flags seen, abort), of which the counters tell enough.
    if (length <= 0 || !ok) return;
    static_cast<State*>(self)->on_frame({octets, static_cast<size_t>(length)});
  }
};

Hdlc::Hdlc(OnFrame on_frame, size_t queue_frames) : state_(std::make_unique<State>()) {
  require(queue_frames > 0);
  state_->on_frame = std::move(on_frame);
  state_->queue.resize(queue_frames);
  state_->rx.reset(hdlc_rx_init(nullptr, 0, 0, 1, State::on_packet, state_.get()));
  state_->tx.reset(hdlc_tx_init(nullptr, 0, 1, 0, State::on_underflow, state_.get()));
  require(state_->rx && state_->tx);
}

Hdlc::~Hdlc() = default;

void Hdlc::receive(std::span<const uint8_t> octets) {
  // Eight ones in a row stand in no frame and no flag. A Span fills with them where nothing came in time, so leaving
  // them out lets a frame outlive an underrun of the jitter buffer; an abort that is lost thereby still ends at the
  // FCS.
  constexpr uint8_t kNothing = 0xFF;
  while (!octets.empty()) {
    const auto nothing = std::find(octets.begin(), octets.end(), kNothing);
    const auto some = octets.first(nothing - octets.begin());
    if (!some.empty()) hdlc_rx_put(state_->rx.get(), some.data(), static_cast<int>(some.size()));
    octets = octets.subspan(some.size());
    while (!octets.empty() && octets[0] == kNothing) octets = octets.subspan(1);
  }
}

bool Hdlc::send(std::span<const uint8_t> frame) {
  State& s = *state_;
  if (frame.empty() || frame.size() > kFrameBytesMax || s.count == s.queue.size()) {
    s.refused++;
    return false;
  }
  Waiting& slot = s.queue[(s.first + s.count) % s.queue.size()];
  slot.length = frame.size();
  std::copy(frame.begin(), frame.end(), slot.octets.begin());
  s.count++;
  return true;
}

void Hdlc::transmit(std::span<uint8_t> octets) {
  // SpanDSP puts a flag after each frame, none before the first: the far end needs one to find its beginning.
  if (!state_->opened && !octets.empty()) {
    hdlc_tx_get(state_->tx.get(), octets.data(), 1);
    octets = octets.subspan(1);
    state_->opened = true;
  }
  // The underflow handler is called at a frame's end only: an idle transmitter is kicked here.
  if (!state_->sending) state_->feed();
  hdlc_tx_get(state_->tx.get(), octets.data(), octets.size());
}

size_t Hdlc::waiting() const { return state_->count + (state_->sending ? 1 : 0); }

HdlcStats Hdlc::stats() const {
  hdlc_rx_stats_t rx{};
  hdlc_rx_get_stats(state_->rx.get(), &rx);
  return {.frames_received = rx.good_frames,
          .frames_sent = state_->sent,
          .bad_fcs = rx.crc_errors,
          .bad_length = rx.length_errors,
          .aborts = rx.aborts,
          .refused = state_->refused};
}

}  // namespace hotline::tdm
