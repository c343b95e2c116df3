// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "media/media.h"

namespace hotline::media {

/// SRTP and SRTCP of one stream (RFC 3711: AES in counter mode, HMAC-SHA1, no MKI, key derivation rate 0), both ways.
///
/// Why this is ours and not libsrtp's: Debian 12 builds that one on NSS, where every packet allocates fourteen times
/// and costs 6.4 µs; the transform over libcrypto's AES and SHA-1 allocates nothing and costs 0.5 µs. The tests hold it
/// against libsrtp packet by packet, and against the vectors of RFC 3711 appendix B.
///
/// The constructor allocates, on the signalling thread; everything else is the media thread's and does not.
class Srtp {
 public:
  explicit Srtp(const SrtpKeys& keys);
  ~Srtp();
  Srtp(const Srtp&) = delete;
  Srtp& operator=(const Srtp&) = delete;

  static constexpr size_t kTrailMax = 4 + 10;  ///< what protecting adds at most: SRTCP's index, and the tag

  /// Goes on where the keys before these were: the rollover counters are kept (RFC 3711 §3.3.1).
  void follow(const Srtp& before);

  /// Protects an RTP packet of `bytes`, `head` of them header, into `out`, which has kTrailMax octets more than it
  /// needs for the packet itself. Returns the size. `packet` may be `out`.
  size_t protect(const uint8_t* packet, size_t head, size_t bytes, uint8_t* out);
  size_t protect_rtcp(const uint8_t* packet, size_t bytes, uint8_t* out);

  enum class Verdict { good, malformed, forged, replayed };
  /// Checks and decrypts in place; `bytes` becomes the size without the trailer. Only what is good changes any state.
  Verdict unprotect(uint8_t* packet, size_t& bytes);
  Verdict unprotect_rtcp(uint8_t* packet, size_t& bytes);

 private:
  struct Keys;  // of one way and one protocol
  static constexpr size_t kSourcesMax = 8;
  static constexpr uint32_t kWindow = 128;  // packets; RFC 3711 §3.3.2 asks for 64

  // Which numbers have come. `highest` is the 48-bit index of RFC 3711 §3.3.1, or the 31 bits of SRTCP.
  struct Window {
    bool any = false;
    uint64_t highest = 0, seen[kWindow / 64] = {};
    bool knows(uint64_t index) const;
    void mark(uint64_t index);
  };
  // One SSRC of the far end. When a ninth appears, the one that was silent longest is forgotten.
  struct Source {
    uint32_t ssrc = 0, used = 0;  // used 0: free
    bool proven = false;          // something under these keys was good
    uint64_t before = 0;          // highest index under the keys before
    Window rtp, rtcp;
  };
  Source* find(uint32_t ssrc);
  Source& enter(uint32_t ssrc);
  bool authentic(const uint8_t* packet, size_t signed_bytes, uint32_t rollovers);

  std::unique_ptr<Keys> send_, receive_, send_rtcp_, receive_rtcp_;
  const size_t tag_;
  uint32_t send_rollovers_ = 0, send_index_ = 0;  // send_index_: of SRTCP
  uint16_t send_last_ = 0;
  bool sent_ = false;
  uint32_t uses_ = 0;
  std::array<Source, kSourcesMax> sources_{};
};

}  // namespace hotline::media
