// SPDX-License-Identifier: GPL-2.0-or-later
// uses: isdn tdm base
//
// CPU of one PRI call set up and cleared, one side, with its HDLC. Two ends in memory, so half of what both use. The
// floor is the same frames through HDLC alone, both directions: what any implementation has to do with them.
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <vector>

#include "base/log.h"
#include "isdn/isdn.h"
#include "tdm/hdlc.h"

using namespace hotline;

namespace {

constexpr int kCalls = 3000;
constexpr size_t kBlock = 40;

double cpu_ms() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

using Frame = std::vector<uint8_t>;

// One end: a D channel whose frames go through HDLC.
struct End : isdn::Events {
  End(Loop& loop, bool network) {
    auto send = [this](std::span<const uint8_t> frame) {
      frames.emplace_back(frame.begin(), frame.end());
      if (!hdlc.send(frame)) std::abort();
    };
    d = isdn::DChannel::create(loop, {"bench", network}, send, *this);
  }
  void on_layer2(bool) override {}
  int choose_channel(const isdn::Setup& setup) override { return setup.channel; }
  void on_incoming(isdn::CallId call, const isdn::Setup&, int) override {
    d->alert(call);
    d->answer(call);
  }
  void on_ringing(isdn::CallId) override {}
  void on_answered(isdn::CallId call) override { d->hangup(call, 16); }
  void on_released(isdn::CallId, int, bool) override { released++; }

  std::deque<Frame> frames;
  int released = 0;
  std::unique_ptr<isdn::DChannel> d;
  tdm::Hdlc hdlc{[this](std::span<const uint8_t> frame) { d->receive(frame); }, 4096};
};

void carry(End& from, End& to) {
  uint8_t block[kBlock];
  while (from.hdlc.waiting() > 0) {
    from.hdlc.transmit(block);
    to.hdlc.receive(block);
  }
}

void run(Loop& loop, End& a, End& b, const std::function<bool()>& done) {
  while (!done()) {
    carry(a, b);
    carry(b, a);
    if (!done() && a.hdlc.waiting() + b.hdlc.waiting() == 0) loop.step(milliseconds(1));
  }
}

double hdlc_alone(const std::deque<Frame>& frames) {
  tdm::Hdlc out([](auto) {}, 8), in([](auto) {});
  uint8_t block[kBlock];
  const double began = cpu_ms();
  for (const auto& frame : frames) {
    if (!out.send(frame)) std::abort();
    while (out.waiting() > 0) {
      out.transmit(block);
      in.receive(block);
    }
  }
  return cpu_ms() - began;
}

}  // namespace

int main() {
  set_log_level(Level::error);
  Loop loop;
  End network(loop, true), user(loop, false);
  run(loop, network, user, [&] { return network.d->up() && user.d->up(); });
  network.frames.clear();
  user.frames.clear();
  const double began = cpu_ms();
  for (int calls = 0; calls < kCalls; calls += 30) {
    for (int slot = 1; slot < 32; slot++) {
      if (isdn::is_channel(slot) && !network.d->place(slot, "13800138000", "96116")) return 1;
    }
    run(loop, network, user, [&] { return network.d->calls() + user.d->calls() == 0; });
  }
  const double ms = (cpu_ms() - began) / kCalls / 2;
  if (network.released != kCalls || user.released != kCalls) return 1;
  const double floor = (hdlc_alone(network.frames) + hdlc_alone(user.frames)) / kCalls / 2;
  std::printf(
      "pri_call_setup\t%.4f\tms\t%.4f\t%.1f\tCPU of one side for a PRI call set up, answered and cleared, with "
      "HDLC, %d calls; floor: HDLC of the same frames\n",
      ms, floor, ms / floor, kCalls);
  return 0;
}
