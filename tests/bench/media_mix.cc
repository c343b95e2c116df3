// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base tdm media
// What mixing costs: CPU a second of a conference, as ticks of 5 ms over spans in memory, so that no socket is in it.
// The floor is the same ticks with the same channels joined two and two, where octets are copied.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/loop.h"
#include "media/engine.h"

using namespace hotline;

namespace {

constexpr int kCalls = 40, kSeconds = 20, kRepeats = 3;

/// A span that speaks noise on all its channels.
class NoisySpan : public tdm::Span {
 public:
  NoisySpan() : noise_(32 * 40 * 16) {
    for (auto& octet : noise_) octet = static_cast<uint8_t>(std::rand());
    for (size_t i = 16; i < noise_.size(); i += 32) noise_[i] = 0x7E;  // flags on timeslot 16
  }
  const std::string& name() const override { return name_; }
  void receive(std::span<uint8_t> block) override {
    std::copy_n(noise_.begin() + static_cast<long>(at_ * block.size()), block.size(), block.begin());
    at_ = (at_ + 1) % (noise_.size() / block.size());
  }
  void send(std::span<const uint8_t> block) override { heard_ = static_cast<uint8_t>(heard_ ^ block[32]); }
  tdm::SpanStats stats() const override { return {}; }

 private:
  std::vector<uint8_t> noise_;
  size_t at_ = 0;
  uint8_t heard_ = 0;
  std::string name_ = "noise";
};

double cpu_ms() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

enum class Joined { pairs, mixed, spied };

/// CPU in ms of a second of one of kCalls conferences of `legs`, joined in pairs, in mixes, or in pairs with a spy.
double measure(int legs, Joined how) {
  Loop loop;
  media::EngineImpl engine(loop, media::EngineConfig{}, [](const media::Report&) {});
  std::vector<media::PortId> ports;
  int needed = kCalls * (legs + 1);
  while (static_cast<int>(ports.size()) < needed) {
    auto span = engine.add_span(std::make_unique<NoisySpan>());
    for (int slot = 1; slot < 32; ++slot)
      if (slot != 16) ports.push_back(engine.open_channel(span, slot));
    engine.step(0);
  }
  for (size_t call = 0; call < kCalls; ++call) {
    auto first = ports.begin() + static_cast<long>(call * static_cast<size_t>(legs + 1));
    std::vector<media::PortId> members(first, first + legs);
    if (how == Joined::mixed) {
      engine.bridge(members, {});
    } else {
      for (size_t i = 0; i + 1 < members.size(); i += 2) engine.bridge(members[i], members[i + 1], {});
      // An odd one out hears the spare channel of its call, so that every leg has a voice.
      if (legs % 2) engine.bridge(members.back(), first[legs], {});
      if (how == Joined::spied) engine.spy(first[legs], members[0], media::SpyMode::listen, false);
    }
    engine.step(0);
  }
  constexpr int kTicks = 200;
  for (int i = 0; i < kTicks; ++i) engine.core().tick();
  double before = cpu_ms();
  for (int i = 0; i < kSeconds * kTicks; ++i) engine.core().tick();
  return (cpu_ms() - before) / kSeconds / kCalls;
}

void row(const char* name, int legs, Joined how, const char* what) {
  double floor = 1e9, value = 1e9;
  for (int i = 0; i < kRepeats; ++i) {  // by turns, so that a noisy neighbour meets both
    floor = std::min(floor, measure(legs, Joined::pairs));
    value = std::min(value, measure(legs, how));
  }
  std::printf("%s\t%.4f\tms\t%.4f\t%.2f\t%d %s, spans in memory, ticks of 5 ms, CPU by getrusage, best of %d; floor: the "
              "same channels in bridges of two\n",
              name, value, floor, value / floor, kCalls, what, kRepeats);
  std::fflush(stdout);
}

}  // namespace

int main() {
  row("mix3_call_second", 3, Joined::mixed, "calls of three");
  row("mix8_call_second", 8, Joined::mixed, "calls of eight");
  row("spied_call_second", 2, Joined::spied, "calls of two, each with one who listens");
}
