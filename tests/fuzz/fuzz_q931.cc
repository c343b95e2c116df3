// SPDX-License-Identifier: GPL-2.0-or-later
// uses: isdn base
// Q.931 messages of a hostile far end, over a layer 2 that is up: each is an octet of length and its octets. The frames
// are numbered here, so that the messages and not the numbering are what is tried.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/log.h"
#include "isdn/isdn.h"

using namespace hotline;
using namespace hotline::isdn;

namespace {

// Half of the calls are taken; all are hung up at the end.
class Taker : public Events {
 public:
  void on_layer2(bool) override {}
  int choose_channel(const Setup& setup) override { return setup.channel; }
  void on_incoming(CallId call, const Setup&, int) override {
    calls.push_back(call);
    d->alert(call);
    if (call % 2) d->answer(call);
  }
  void on_ringing(CallId) override {}
  void on_answered(CallId) override {}
  void on_released(CallId, int cause, bool) override { require(cause >= 1 && cause <= 127); }
  DChannel* d = nullptr;
  std::vector<CallId> calls;
};

// The D channel stays for the whole run: libpri cannot free one.
struct Line {
  Loop loop;
  Taker taker;
  uint8_t sent_by_us = 0;
  std::unique_ptr<DChannel> d = DChannel::create(
      loop, {"fuzz", false},
      [this](std::span<const uint8_t> frame) {
        if (frame.size() > 4 && (frame[2] & 1) == 0) sent_by_us = static_cast<uint8_t>((frame[2] >> 1) + 1) & 0x7F;
      },
      taker);
  Line() {
    set_log_level(Level::error);
    taker.d = d.get();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto& line = *new Line;
  line.taker.calls.clear();
  line.sent_by_us = 0;
  const std::vector<uint8_t> sabme = {0x02, 0x01, 0x7F}, ua = {0x00, 0x01, 0x73};
  line.d->receive(sabme);
  line.d->receive(ua);
  uint8_t number = 0;
  while (size >= 1) {
    const size_t length = std::min<size_t>(data[0], size - 1);
    std::vector<uint8_t> frame = {0x02, 0x01, static_cast<uint8_t>(number << 1),
                                  static_cast<uint8_t>(line.sent_by_us << 1)};
    frame.insert(frame.end(), data + 1, data + 1 + length);
    line.d->receive(frame);
    number = (number + 1) & 0x7F;
    data += 1 + length;
    size -= 1 + length;
  }
  for (CallId call : line.taker.calls) line.d->hangup(call, 16);
  line.loop.step(milliseconds(0));
  return 0;
}
