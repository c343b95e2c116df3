// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base tdm media
//
// What single pieces of the media plane cost, in CPU time of this thread: looking for keys in a channel beside
// SpanDSP's receiver, a packet of SRTP each way beside copying it, and making up lost audio beside repeating it.
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <spandsp.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <vector>

#include "base/require.h"
#include "media/concealer.h"
#include "media/g711.h"
#include "media/key_detector.h"
#include "media/rtp.h"
#include "media/srtp.h"

using namespace hotline::media;

static constexpr int kSeconds = 20;

static double cpu_us() {
  timespec time{};
  require(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

static double best_of_five(const std::function<void()>& work) {
  double best = 1e18;
  for (int i = 0; i < 5; ++i) {
    double before = cpu_us();
    work();
    best = std::min(best, cpu_us() - before);
  }
  return best;
}

static void row(const char* name, double value, const char* unit, double floor, const char* how) {
  std::printf("%s\t%.3f\t%s\t%.3f\t%.2f\t%s\n", name, value, unit, floor, value / floor, how);
}

// Nothing like speech, but as loud and as changing: noise through a resonance that moves.
static std::vector<uint8_t> babble() {
  std::vector<uint8_t> audio;
  uint32_t seed = 1;
  double one = 0, two = 0;
  for (int i = 0; i < kSeconds * kSampleRate; ++i) {
    seed = seed * 1664525 + 1013904223;
    double turn = 2 * (0.2 + 0.15 * ((i / 1200) % 7)) - 1;
    double now = (static_cast<double>(seed >> 8) / (1 << 24) - 0.5) * 1500 + 1.9 * turn * one - 0.92 * two;
    two = one;
    one = std::clamp(now, -20000.0, 20000.0);
    audio.push_back(alaw_encode(static_cast<int16_t>(one)));
  }
  return audio;
}

static void bench_keys(const std::vector<uint8_t>& audio) {
  double ours = best_of_five([&] {
    KeyDetector detector;
    for (size_t at = 0; at + 40 <= audio.size(); at += 40) {
      detector.listen(audio.data() + at, 40, [](const KeyDetector::Change&) {});
    }
  });
  double theirs = best_of_five([&] {
    dtmf_rx_state_t* receiver = dtmf_rx_init(nullptr, nullptr, nullptr);
    int16_t linear[40];
    for (size_t at = 0; at + 40 <= audio.size(); at += 40) {
      for (size_t i = 0; i < 40; ++i) linear[i] = kAlawToLinear[audio[at + i]];
      dtmf_rx(receiver, linear, 40);
    }
    dtmf_rx_free(receiver);
  });
  row("dtmf_channel_second", ours / kSeconds, "us", theirs / kSeconds,
      "keys looked for in loud audio; floor: SpanDSP's dtmf_rx");
}

static void bench_srtp() {
  static constexpr int kPackets = 50 * kSeconds;
  static constexpr size_t kBytes = kRtpHeadBytes + kPacketSamples;
  SrtpKeys keys;
  Srtp one(keys);
  uint8_t packet[kBytes + Srtp::kTrailMax] = {}, locked[sizeof packet];
  RtpPacket head;
  double cost = best_of_five([&] {
    for (int i = 0; i < kPackets; ++i) {
      ++head.sequence;
      write_rtp_head(packet, head);
      size_t bytes = one.protect(packet, kRtpHeadBytes, kBytes, locked);
      require(one.unprotect(locked, bytes) == Srtp::Verdict::good);
    }
  });
  EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
  require(EVP_EncryptInit_ex(cipher, EVP_aes_128_ctr(), nullptr, packet, packet) == 1);
  double bare = best_of_five([&] {
    for (int i = 0; i < 2 * kPackets; ++i) {
      uint8_t iv[16] = {static_cast<uint8_t>(i)}, digest[20];
      int made = 0;
      require(EVP_EncryptInit_ex(cipher, nullptr, nullptr, nullptr, iv) == 1);
      require(EVP_EncryptUpdate(cipher, locked, &made, packet, kPacketSamples) == 1);
      SHA1(locked, kBytes + 4, digest);
    }
  });
  EVP_CIPHER_CTX_free(cipher);
  row("srtp_call_second", 2 * cost / kSeconds / 1000, "ms", 2 * bare / kSeconds / 1000,
      "two legs, each packet protected and unprotected; floor: AES-CTR and one SHA-1 of libcrypto");
}

static void bench_concealer(const std::vector<uint8_t>& audio) {
  auto run = [&](bool lose) {
    return best_of_five([&] {
      Concealer concealer;
      uint8_t frame[Concealer::kFrame];
      for (size_t at = 0, i = 0; at + 80 <= audio.size(); at += 80, ++i) {
        std::memcpy(frame, audio.data() + at, 80);
        lose&& i / 2 % 20 == 0 ? concealer.conceal(frame) : concealer.pass(frame);
      }
    });
  };
  double losing = run(true), whole = run(false);
  row("conceal_stream_second", losing / kSeconds, "us", whole / kSeconds,
      "one packet of twenty lost; floor: none lost");
}

int main() {
  auto audio = babble();
  bench_keys(audio);
  bench_srtp();
  bench_concealer(audio);
}
