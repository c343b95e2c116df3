// SPDX-License-Identifier: GPL-2.0-or-later
// A channel and a telephone in one bridge.
#pragma once

#include "media_fake.h"

namespace hotline::media::test {

struct RtpBench : Bench {
  RtpBench() {
    channel = engine.open_channel(span_id, 1);
    rtp = engine.open_rtp(local).value();
    remote.address = phone.address;
    engine.bridge(channel, rtp, {});
  }
  void connect(int events = -1) {
    remote.event_payload = events;
    engine.set_remote(rtp, remote);
    engine.step(0);
  }
  /// 20 ms in which the phone says `audio`, if any.
  void turn(const Octets& audio = {}) {
    if (!audio.empty()) say(audio);
    const auto& books = engine.find(rtp)->rtp->books();
    uint64_t before = books.sent;
    ms(20);
    for (auto& got : phone.take(books.sent - before)) packets.push_back(std::move(got));
  }
  void say(const Octets& audio) {
    arrive([&] { phone.say(local, audio); });
  }
  template <typename F>
  void arrive(F send) {
    int socket = engine.find(rtp)->rtp->socket();
    uint32_t before = waiting(socket);
    send();
    wait_until([&] { return waiting(socket) > before; });
  }

  FakePhone phone;
  RtpRemote remote;
  sockaddr_in local{};
  PortId channel = 0, rtp = 0;
  std::vector<FakePhone::Got> packets;
};

}  // namespace hotline::media::test
