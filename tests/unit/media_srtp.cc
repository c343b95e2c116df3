// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>
#include <srtp2/srtp.h>

#include "media/srtp.h"
#include "media_fake.h"
#include "media_rtp_bench.h"

using namespace hotline::media;
using namespace hotline::media::test;
using Verdict = Srtp::Verdict;

static SrtpKeys some_keys(SrtpSuite suite = SrtpSuite::aes_cm_128_hmac_sha1_80, uint8_t seed = 1) {
  SrtpKeys keys;
  keys.suite = suite;
  for (size_t i = 0; i < kSrtpKeyBytes; ++i) {
    keys.send[i] = static_cast<uint8_t>(seed + 7 * i);
    keys.receive[i] = static_cast<uint8_t>(seed * 3 + 11 * i);
  }
  return keys;
}

// The same keys as the other end has them.
static SrtpKeys turned(SrtpKeys keys) {
  std::swap(keys.send, keys.receive);
  return keys;
}

static Octets rtp_packet(uint16_t sequence, uint32_t ssrc = 0xCAFEBABE, size_t payload = 160) {
  RtpPacket head;
  head.payload_type = kPcma;
  head.sequence = sequence;
  head.timestamp = sequence * 160u;
  head.ssrc = ssrc;
  Octets octets(kRtpHeadBytes + payload);
  write_rtp_head(octets.data(), head);
  for (size_t i = kRtpHeadBytes; i < octets.size(); ++i) octets[i] = static_cast<uint8_t>(i * sequence);
  return octets;
}

static Octets protect(Srtp& srtp, const Octets& packet) {
  Octets out(packet.size() + Srtp::kTrailMax);
  out.resize(srtp.protect(packet.data(), kRtpHeadBytes, packet.size(), out.data()));
  return out;
}

static Verdict unprotect(Srtp& srtp, Octets& packet) {
  size_t bytes = packet.size();
  auto verdict = srtp.unprotect(packet.data(), bytes);
  packet.resize(bytes);
  return verdict;
}

static Verdict told(Srtp& srtp, Octets packet) { return unprotect(srtp, packet); }

// libsrtp's end, with these keys as ours would have them.
struct Peer {
  explicit Peer(const SrtpKeys& ours) {
    static const bool ready = srtp_init() == srtp_err_status_ok;
    require(ready);
    SrtpKeys keys = turned(ours);
    for (auto [session, key, type] :
         {std::tuple{&send, &keys.send, ssrc_any_outbound}, std::tuple{&receive, &keys.receive, ssrc_any_inbound}}) {
      srtp_policy_t policy{};
      if (keys.suite == SrtpSuite::aes_cm_128_hmac_sha1_80) {
        srtp_crypto_policy_set_rtp_default(&policy.rtp);
      } else {
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
      }
      srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
      policy.ssrc.type = type;
      policy.key = key->data();
      policy.window_size = 128;
      require(srtp_create(session, &policy) == srtp_err_status_ok);
    }
  }
  ~Peer() {
    srtp_dealloc(send);
    srtp_dealloc(receive);
  }
  template <typename F>
  static Octets through(F function, srtp_t session, Octets packet) {
    int bytes = static_cast<int>(packet.size());
    packet.resize(packet.size() + SRTP_MAX_TRAILER_LEN + 4);
    require(function(session, packet.data(), &bytes) == srtp_err_status_ok);
    packet.resize(static_cast<size_t>(bytes));
    return packet;
  }
  Octets protect(const Octets& packet) { return through(srtp_protect, send, packet); }
  Octets unprotect(const Octets& packet) { return through(srtp_unprotect, receive, packet); }
  Octets protect_rtcp(const Octets& packet) { return through(srtp_protect_rtcp, send, packet); }
  Octets unprotect_rtcp(const Octets& packet) { return through(srtp_unprotect_rtcp, receive, packet); }
  srtp_t send = nullptr, receive = nullptr;
};

static Octets from_hex(const std::string& text) {
  Octets octets;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    octets.push_back(static_cast<uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return octets;
}

TEST_CASE("with the master key of RFC 3711 appendix B.3 a packet becomes what all implementations make of it") {
  SrtpKeys keys;
  auto key = from_hex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6");
  std::copy(key.begin(), key.end(), keys.send.begin());
  keys.receive = keys.send;
  Srtp srtp(keys);
  auto plain = from_hex(
      "800f1234decafbadcafebabe"
      "abababababababababababababababab");
  auto locked = protect(srtp, plain);
  CHECK(locked == from_hex("800f1234decafbadcafebabe"
                           "4e55dc4ce79978d88ca4d215949d2402"
                           "b78d6acc99ea179b8dbb"));
  CHECK(unprotect(srtp, locked) == Verdict::good);
  CHECK(locked == plain);
}

TEST_CASE("libsrtp understands what we send and we what it sends, over a rollover, with either suite") {
  for (auto suite : {SrtpSuite::aes_cm_128_hmac_sha1_80, SrtpSuite::aes_cm_128_hmac_sha1_32}) {
    auto keys = some_keys(suite);
    Srtp ours(keys);
    Peer peer(keys);
    int wrong = 0;
    for (uint32_t number = 65000; number < 66200; ++number) {
      auto packet = rtp_packet(static_cast<uint16_t>(number), 0xCAFEBABE, number % 200);
      auto locked = protect(ours, packet);
      wrong += locked.size() != packet.size() + (suite == SrtpSuite::aes_cm_128_hmac_sha1_80 ? 10 : 4);
      wrong += peer.unprotect(locked) != packet;
      auto theirs = peer.protect(packet);
      wrong += unprotect(ours, theirs) != Verdict::good || theirs != packet;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("reports are protected as libsrtp protects them, both ways") {
  auto keys = some_keys();
  Srtp ours(keys);
  Peer peer(keys);
  RtcpPacket report;
  report.ssrc = 77;
  report.sender = SenderInfo{1, 2, 3, 4};
  report.block = ReportBlock{};
  Octets packet(kRtcpBytesMax);
  packet.resize(write_rtcp(packet.data(), report, "someone"));
  for (int i = 0; i < 5; ++i) {
    Octets locked(packet.size() + Srtp::kTrailMax);
    locked.resize(ours.protect_rtcp(packet.data(), packet.size(), locked.data()));
    CHECK(locked.size() == packet.size() + 14);
    CHECK(peer.unprotect_rtcp(locked) == packet);
    auto theirs = peer.protect_rtcp(packet);
    auto again = theirs, forged = theirs;
    size_t bytes = theirs.size();
    CHECK(ours.unprotect_rtcp(theirs.data(), bytes) == Verdict::good);
    theirs.resize(bytes);
    CHECK(theirs == packet);
    bytes = again.size();
    CHECK(ours.unprotect_rtcp(again.data(), bytes) == Verdict::replayed);
    forged.back() ^= 1;
    forged[forged.size() - 11] ^= 0x40;  // another index
    bytes = forged.size();
    CHECK(ours.unprotect_rtcp(forged.data(), bytes) == Verdict::forged);
  }
}

TEST_CASE("what was changed anywhere, came twice, is too old or too short is refused, and changes nothing") {
  auto keys = some_keys();
  Srtp sender(turned(keys)), receiver(keys);
  std::vector<Octets> sent;
  for (uint16_t number = 100; number < 400; ++number) sent.push_back(protect(sender, rtp_packet(number)));
  for (size_t at = 0; at < sent[0].size(); ++at) {
    auto forged = sent[0];
    forged[at] ^= 0x20;
    CHECK(told(receiver, forged) != Verdict::good);
  }
  for (size_t i : {10u, 0u, 5u, 12u, 11u}) CHECK(told(receiver, sent[i]) == Verdict::good);
  for (size_t i : {10u, 0u, 5u, 12u}) CHECK(told(receiver, sent[i]) == Verdict::replayed);
  CHECK(told(receiver, sent[200]) == Verdict::good);
  CHECK(told(receiver, sent[73]) == Verdict::good);      // 127 before
  CHECK(told(receiver, sent[72]) == Verdict::replayed);  // 128 before
  CHECK(told(receiver, sent[299]) == Verdict::good);
  for (size_t bytes = 0; bytes < 22; ++bytes) {
    CHECK(told(receiver, Octets(sent[1].begin(), sent[1].begin() + static_cast<long>(bytes))) == Verdict::malformed);
  }
  auto lying = sent[250];
  lying[0] |= 0x0F;  // fifteen CSRCs are there, but signed was another head
  CHECK(told(receiver, lying) == Verdict::forged);
  lying = Octets(sent[250].begin(), sent[250].begin() + 30);
  lying[0] |= 0x0F;
  CHECK(told(receiver, lying) == Verdict::malformed);
}

TEST_CASE("each source has a window of its own; of nine the one silent longest is forgotten") {
  auto keys = some_keys();
  Srtp sender(turned(keys)), receiver(keys);
  std::vector<Octets> firsts;
  for (uint32_t ssrc = 1; ssrc <= 8; ++ssrc) {
    firsts.push_back(protect(sender, rtp_packet(7, ssrc)));
    CHECK(told(receiver, firsts.back()) == Verdict::good);
  }
  for (const auto& packet : firsts) CHECK(told(receiver, packet) == Verdict::replayed);
  CHECK(told(receiver, protect(sender, rtp_packet(8, 1))) == Verdict::good);
  CHECK(told(receiver, protect(sender, rtp_packet(9, 9))) == Verdict::good);
  CHECK(told(receiver, firsts[0]) == Verdict::replayed);
  CHECK(told(receiver, firsts[1]) == Verdict::good);
}

TEST_CASE("under new keys the rollovers go on, and a far end that counts anew is understood too") {
  auto before = some_keys(), after = some_keys(SrtpSuite::aes_cm_128_hmac_sha1_80, 9);
  for (bool anew : {false, true}) {
    Srtp sender(turned(before)), receiver(before);
    for (int number = 65530; number < 65540; ++number) {
      CHECK(told(receiver, protect(sender, rtp_packet(static_cast<uint16_t>(number)))) == Verdict::good);
    }
    Srtp next_sender(turned(after)), next_receiver(after);
    next_receiver.follow(receiver);
    if (!anew) next_sender.follow(sender);
    auto late = protect(sender, rtp_packet(4));
    CHECK(told(next_receiver, late) == Verdict::forged);
    CHECK(told(receiver, late) == Verdict::good);
    for (uint16_t number = 5; number < 10; ++number) {
      CHECK(told(next_receiver, protect(next_sender, rtp_packet(number))) == Verdict::good);
    }
  }
}

// A telephone that speaks SRTP through libsrtp.
struct SrtpBench : RtpBench {
  void agree(const SrtpKeys& keys) {
    peer = std::make_unique<Peer>(keys);
    remote.srtp = keys;
    connect();
    phone.lock = [this](const Octets& packet) { return peer->protect(packet); };
    phone.unlock = [this](const Octets& packet) { return peer->unprotect(packet); };
  }
  const RtpBooks& books() { return engine.find(rtp)->rtp->books(); }
  std::unique_ptr<Peer> peer;
};

TEST_CASE("phone and channel hear each other through SRTP, and nothing goes or is heard in the clear") {
  SrtpBench bench;
  bench.agree(some_keys());
  auto said = sine(500, 8000);
  bench.span->say[1] = sine(1400, 8000);
  for (size_t i = 0; i < 50; ++i)
    bench.turn({said.begin() + static_cast<long>(i * 160), said.begin() + static_cast<long>(i * 160 + 160)});
  CHECK(level(bench.span->heard[1], 500, 800) > -1);
  CHECK(level(bench.phone.heard, 1400, 320) > -0.5);
  CHECK(bench.books().forged == 0);
  CHECK(bench.engine.quality(bench.rtp)->received == 50);

  SrtpBench clear;
  clear.agree(some_keys());
  clear.phone.lock = nullptr;
  FakePhone stranger;
  for (size_t i = 0; i < 50; ++i)
    clear.turn({said.begin() + static_cast<long>(i * 160), said.begin() + static_cast<long>(i * 160 + 160)});
  CHECK(silent(clear.span->heard[1]));
  CHECK(clear.books().forged == 50);
  CHECK(clear.books().received == 0);
  CHECK(clear.engine.quality(clear.rtp)->forged == 50);
}

TEST_CASE("new keys come without a gap: what is on its way under those before is heard, and then no more") {
  SrtpBench bench;
  auto first = some_keys(), second = some_keys(SrtpSuite::aes_cm_128_hmac_sha1_80, 50);
  bench.agree(first);
  size_t at = 0;
  auto speak = [&] {
    bench.turn(sine(500, 160, at));
    at += 160;
  };
  for (int i = 0; i < 20; ++i) speak();
  bench.remote.srtp = second;
  Peer fresh(second);
  bench.phone.unlock = [&](const Octets& packet) { return fresh.unprotect(packet); };
  bench.connect();
  for (int i = 0; i < 5; ++i) speak();  // it has not heard of the new keys
  bench.phone.lock = [&](const Octets& packet) { return fresh.protect(packet); };
  for (int i = 0; i < 20; ++i) speak();
  CHECK(bench.books().forged == 0);
  CHECK(bench.books().received == 45);
  CHECK(level(bench.span->heard[1], 500, 800) > -0.5);
  bench.connect();  // a refreshed session: the same keys, the same numbers
  for (int i = 0; i < 90; ++i) speak();
  CHECK(bench.books().forged == 0);
  bench.phone.lock = [&](const Octets& packet) { return bench.peer->protect(packet); };
  for (int i = 0; i < 5; ++i) speak();
  CHECK(bench.books().forged == 5);
}
