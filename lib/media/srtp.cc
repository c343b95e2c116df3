// SPDX-License-Identifier: GPL-2.0-or-later
// libcrypto's SHA-1 is used through its old interface: the new one copies its state into fresh memory for every HMAC.
#define OPENSSL_API_COMPAT 0x10100000L
#include "media/srtp.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

#include "base/require.h"

namespace hotline::media {

static constexpr size_t kKey = 16, kSalt = 14, kAuth = 20, kBlock = 64;
static constexpr size_t kRtcpHead = 8, kRtcpIndex = 4, kRtcpTag = 10;  // RFC 4568 §6.2.2: 80 bits with either suite
static constexpr uint32_t kEncrypted = 0x80000000;
static constexpr uint32_t kRtcpIndexMax = 0x7FFFFFFF;
enum Label : uint8_t { kRtp = 0, kRtcp = 3 };  // RFC 3711 §4.3.2: cipher, authentication, salt follow each other

static uint64_t big(const uint8_t* at, size_t octets) {
  uint64_t value = 0;
  for (size_t i = 0; i < octets; ++i) value = value << 8 | at[i];
  return value;
}

static void put_big(uint8_t* at, uint64_t value, size_t octets) {
  for (size_t i = octets; i-- > 0; value >>= 8) at[i] = static_cast<uint8_t>(value);
}

namespace {
struct Cipher {
  Cipher() : context(EVP_CIPHER_CTX_new()) { require(context); }
  explicit Cipher(const uint8_t* key) : Cipher() { set(key); }
  ~Cipher() { EVP_CIPHER_CTX_free(context); }
  Cipher(const Cipher&) = delete;
  Cipher& operator=(const Cipher&) = delete;

  void set(const uint8_t* key) {
    static constexpr uint8_t kNone[16] = {};
    require(EVP_EncryptInit_ex(context, EVP_aes_128_ctr(), nullptr, key, kNone) == 1);
  }
  void apply(const uint8_t* iv, const uint8_t* in, size_t bytes, uint8_t* out) {
    int made = 0;
    require(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, iv) == 1 &&
            EVP_EncryptUpdate(context, out, &made, in, static_cast<int>(bytes)) == 1);
  }
  EVP_CIPHER_CTX* context;
};
}  // namespace

// The key of RFC 3711 §4.3.1 that has this label.
static void derive(Cipher& master, const uint8_t* salt, uint8_t label, uint8_t* out, size_t bytes) {
  uint8_t iv[16] = {};
  std::memcpy(iv, salt, kSalt);
  iv[7] ^= label;
  std::memset(out, 0, bytes);
  master.apply(iv, out, bytes, out);
}

struct Srtp::Keys {
  Keys(Cipher& master, const uint8_t* master_salt, uint8_t label) {
    uint8_t key[kBlock] = {};
    derive(master, master_salt, label, key, kKey);
    cipher.set(key);
    std::memset(key, 0, kKey);
    derive(master, master_salt, label + 1, key, kAuth);
    derive(master, master_salt, label + 2, salt, kSalt);
    for (auto& octet : key) octet ^= 0x36;
    SHA1_Init(&inner);
    SHA1_Update(&inner, key, kBlock);
    for (auto& octet : key) octet ^= 0x36 ^ 0x5C;
    SHA1_Init(&outer);
    SHA1_Update(&outer, key, kBlock);
    OPENSSL_cleanse(key, sizeof key);
  }
  ~Keys() {
    OPENSSL_cleanse(salt, sizeof salt);
    OPENSSL_cleanse(&inner, sizeof inner);
    OPENSSL_cleanse(&outer, sizeof outer);
  }

  // Counter mode, RFC 3711 §4.1.1.
  void crypt(uint32_t ssrc, uint64_t index, const uint8_t* in, size_t bytes, uint8_t* out) {
    uint8_t iv[16] = {}, mask[12];
    std::memcpy(iv, salt, kSalt);
    put_big(mask, ssrc, 4);
    put_big(mask + 4, index << 16, 8);
    for (size_t i = 0; i < 10; ++i) iv[4 + i] ^= mask[i];
    if (bytes > 0) cipher.apply(iv, in, bytes, out);
  }

  // HMAC-SHA1 (RFC 2104), 20 octets; `more`: further octets after the packet.
  void sign(const uint8_t* packet, size_t bytes, const uint8_t* more, size_t more_bytes, uint8_t* out) const {
    SHA_CTX hash = inner;
    SHA1_Update(&hash, packet, bytes);
    if (more_bytes > 0) SHA1_Update(&hash, more, more_bytes);
    SHA1_Final(out, &hash);
    hash = outer;
    SHA1_Update(&hash, out, SHA_DIGEST_LENGTH);
    SHA1_Final(out, &hash);
  }

  Cipher cipher;
  uint8_t salt[kSalt];
  SHA_CTX inner, outer;  // the hash after its first block, with the key
};

Srtp::Srtp(const SrtpKeys& keys) : tag_(keys.suite == SrtpSuite::aes_cm_128_hmac_sha1_32 ? 4 : 10) {
  static_assert(kKey + kSalt == kSrtpKeyBytes);
  Cipher send(keys.send.data()), receive(keys.receive.data());
  send_ = std::make_unique<Keys>(send, keys.send.data() + kKey, kRtp);
  send_rtcp_ = std::make_unique<Keys>(send, keys.send.data() + kKey, kRtcp);
  receive_ = std::make_unique<Keys>(receive, keys.receive.data() + kKey, kRtp);
  receive_rtcp_ = std::make_unique<Keys>(receive, keys.receive.data() + kKey, kRtcp);
}

Srtp::~Srtp() = default;

void Srtp::follow(const Srtp& before) {
  send_rollovers_ = before.send_rollovers_;
  send_last_ = before.send_last_;
  sent_ = before.sent_;
  uses_ = before.uses_;
  for (size_t i = 0; i < kSourcesMax; ++i) {
    sources_[i] = {};
    sources_[i].ssrc = before.sources_[i].ssrc;
    sources_[i].used = before.sources_[i].used;
    sources_[i].before = before.sources_[i].rtp.any ? before.sources_[i].rtp.highest : before.sources_[i].before;
  }
}

bool Srtp::Window::knows(uint64_t index) const {
  if (!any || index > highest) return false;
  if (highest - index >= kWindow) return true;  // too old to tell
  return seen[index / 64 % 2] >> (index & 63) & 1;
}

void Srtp::Window::mark(uint64_t index) {
  if (!any || index > highest) {
    // What the bits stood for, kWindow earlier, is forgotten.
    uint64_t from = any ? highest + 1 : 0;
    if (!any || index - highest >= kWindow) {
      seen[0] = seen[1] = 0;
    } else {
      for (; from <= index; ++from) seen[from / 64 % 2] &= ~(uint64_t{1} << (from & 63));
    }
    any = true;
    highest = index;
  }
  seen[index / 64 % 2] |= uint64_t{1} << (index & 63);
}

Srtp::Source* Srtp::find(uint32_t ssrc) {
  for (auto& source : sources_) {
    if (source.used != 0 && source.ssrc == ssrc) return &source;
  }
  return nullptr;
}

Srtp::Source& Srtp::enter(uint32_t ssrc) {
  auto& oldest = *std::min_element(sources_.begin(), sources_.end(),
                                   [](const Source& a, const Source& b) { return a.used < b.used; });
  oldest = {};
  oldest.ssrc = ssrc;
  return oldest;
}

size_t Srtp::protect(const uint8_t* packet, size_t head, size_t bytes, uint8_t* out) {
  auto sequence = static_cast<uint16_t>(big(packet + 2, 2));
  if (sent_ && sequence < send_last_) ++send_rollovers_;
  sent_ = true;
  send_last_ = sequence;
  auto ssrc = static_cast<uint32_t>(big(packet + 8, 4));
  if (packet != out) std::memcpy(out, packet, head);
  send_->crypt(ssrc, uint64_t{send_rollovers_} << 16 | sequence, packet + head, bytes - head, out + head);
  uint8_t rollovers[4], digest[SHA_DIGEST_LENGTH];
  put_big(rollovers, send_rollovers_, 4);
  send_->sign(out, bytes, rollovers, sizeof rollovers, digest);
  std::memcpy(out + bytes, digest, tag_);
  return bytes + tag_;
}

size_t Srtp::protect_rtcp(const uint8_t* packet, size_t bytes, uint8_t* out) {
  send_index_ = (send_index_ + 1) & kRtcpIndexMax;
  if (packet != out) std::memcpy(out, packet, kRtcpHead);
  send_rtcp_->crypt(static_cast<uint32_t>(big(packet + 4, 4)), send_index_, packet + kRtcpHead, bytes - kRtcpHead,
                    out + kRtcpHead);
  put_big(out + bytes, kEncrypted | send_index_, kRtcpIndex);
  uint8_t digest[SHA_DIGEST_LENGTH];
  send_rtcp_->sign(out, bytes + kRtcpIndex, nullptr, 0, digest);
  std::memcpy(out + bytes + kRtcpIndex, digest, kRtcpTag);
  return bytes + kRtcpIndex + kRtcpTag;
}

bool Srtp::authentic(const uint8_t* packet, size_t signed_bytes, uint32_t rollovers) {
  uint8_t counter[4], digest[SHA_DIGEST_LENGTH];
  put_big(counter, rollovers, 4);
  receive_->sign(packet, signed_bytes, counter, sizeof counter, digest);
  return CRYPTO_memcmp(digest, packet + signed_bytes, tag_) == 0;
}

// RFC 3711 appendix A: the index nearest to the highest one that has this number.
static uint64_t nearest(uint64_t highest, uint16_t sequence) {
  auto last = static_cast<uint16_t>(highest);
  uint64_t rollovers = highest >> 16;
  if (last < 0x8000 && sequence - last > 0x8000 && rollovers > 0) --rollovers;
  if (last >= 0x8000 && last - 0x8000 > sequence) ++rollovers;
  return rollovers << 16 | sequence;
}

Srtp::Verdict Srtp::unprotect(uint8_t* packet, size_t& bytes) {
  if (bytes < 12 + tag_ || packet[0] >> 6 != 2) return Verdict::malformed;
  size_t signed_bytes = bytes - tag_, head = 12 + size_t{4} * (packet[0] & 0x0F);
  if (packet[0] & 0x10) {
    if (head + 4 > signed_bytes) return Verdict::malformed;
    head += 4 + 4 * big(packet + head + 2, 2);
  }
  if (head > signed_bytes) return Verdict::malformed;
  auto ssrc = static_cast<uint32_t>(big(packet + 8, 4));
  auto sequence = static_cast<uint16_t>(big(packet + 2, 2));
  Source* source = find(ssrc);
  uint64_t index = sequence;
  if (source) index = nearest(source->rtp.any ? source->rtp.highest : source->before, sequence);
  if (source && source->rtp.knows(index)) return Verdict::replayed;
  if (!authentic(packet, signed_bytes, static_cast<uint32_t>(index >> 16))) {
    // Some begin to count anew with new keys.
    bool anew = source && !source->proven && index >> 16 > 0;
    index = sequence;
    if (!anew || !authentic(packet, signed_bytes, 0)) return Verdict::forged;
  }
  if (!source) source = &enter(ssrc);
  source->proven = true;
  source->used = ++uses_;
  source->rtp.mark(index);
  receive_->crypt(ssrc, index, packet + head, signed_bytes - head, packet + head);
  bytes = signed_bytes;
  return Verdict::good;
}

Srtp::Verdict Srtp::unprotect_rtcp(uint8_t* packet, size_t& bytes) {
  if (bytes < kRtcpHead + kRtcpIndex + kRtcpTag || packet[0] >> 6 != 2) return Verdict::malformed;
  size_t signed_bytes = bytes - kRtcpTag, plain = signed_bytes - kRtcpIndex;
  auto ssrc = static_cast<uint32_t>(big(packet + 4, 4));
  auto trailer = static_cast<uint32_t>(big(packet + plain, kRtcpIndex));
  uint32_t index = trailer & kRtcpIndexMax;
  Source* source = find(ssrc);
  if (source && source->rtcp.knows(index)) return Verdict::replayed;
  uint8_t digest[SHA_DIGEST_LENGTH];
  receive_rtcp_->sign(packet, signed_bytes, nullptr, 0, digest);
  if (CRYPTO_memcmp(digest, packet + signed_bytes, kRtcpTag) != 0) return Verdict::forged;
  if (!source) source = &enter(ssrc);
  source->used = ++uses_;
  source->rtcp.mark(index);
  if (trailer & kEncrypted)
    receive_rtcp_->crypt(ssrc, index, packet + kRtcpHead, plain - kRtcpHead, packet + kRtcpHead);
  bytes = plain;
  return Verdict::good;
}

}  // namespace hotline::media
