// SPDX-License-Identifier: GPL-2.0-or-later
// SDES: keys of SRTP in the description itself (RFC 4568). Whoever sees the description can listen, so it is for TLS.
#include <sodium.h>

#include "base/require.h"
#include "base/text.h"
#include "sip/sdp.h"

namespace hotline::sip {
namespace {

constexpr std::string_view kSuite80 = "AES_CM_128_HMAC_SHA1_80", kSuite32 = "AES_CM_128_HMAC_SHA1_32";
constexpr int64_t kTagMax = 999'999'999;

std::string_view cut(std::string_view& rest, char separator) {
  auto at = rest.find(separator);
  auto word = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return word;
}

/// "inline:<base64>|2^31": the lifetime may stand there, an MKI ("|1:4") may not, and neither may a second key.
bool read_key(std::string_view parameters, SrtpKey& key) {
  if (!parameters.starts_with("inline:") || parameters.find(';') != std::string_view::npos) return false;
  parameters.remove_prefix(7);
  auto text = cut(parameters, '|');
  if (parameters.find(':') != std::string_view::npos) return false;
  size_t octets = 0;
  const char* end = nullptr;
  bool whole = sodium_base642bin(key.data(), key.size(), text.data(), text.size(), nullptr, &octets, &end,
                                 sodium_base64_VARIANT_ORIGINAL) == 0;
  return whole && octets == key.size() && end == text.data() + text.size();
}

}  // namespace

std::optional<Crypto> read_crypto(std::string_view value) {
  Crypto crypto;
  auto tag = parse_int(cut(value, ' '));
  auto suite = cut(value, ' ');
  auto key = cut(value, ' ');
  if (!tag || *tag < 0 || *tag > kTagMax) return std::nullopt;
  if (suite != kSuite80 && suite != kSuite32) return std::nullopt;
  if (!read_key(key, crypto.key)) return std::nullopt;
  // RFC 4568 §6.3: of the session parameters only the window size hint may be overlooked.
  while (!value.empty())
    if (auto parameter = cut(value, ' '); !parameter.empty() && !parameter.starts_with("WSH=")) return std::nullopt;
  crypto.tag = static_cast<int>(*tag);
  crypto.suite = suite == kSuite80 ? SrtpSuite::aes_cm_128_hmac_sha1_80 : SrtpSuite::aes_cm_128_hmac_sha1_32;
  return crypto;
}

std::string crypto_line(const Crypto& crypto) {
  static constexpr size_t kTextBytes = sodium_base64_ENCODED_LEN(kSrtpKeyBytes, sodium_base64_VARIANT_ORIGINAL);
  char text[kTextBytes];
  sodium_bin2base64(text, sizeof text, crypto.key.data(), crypto.key.size(), sodium_base64_VARIANT_ORIGINAL);
  auto suite = crypto.suite == SrtpSuite::aes_cm_128_hmac_sha1_80 ? kSuite80 : kSuite32;
  return "a=crypto:" + std::to_string(crypto.tag) + " " + std::string(suite) + " inline:" + text + "\r\n";
}

SrtpKey random_key() {
  require(sodium_init() >= 0);
  SrtpKey key;
  randombytes_buf(key.data(), key.size());
  return key;
}

std::optional<SrtpKeys> keys_of(const Local& local, const Description& remote) {
  if (!remote.crypto) return std::nullopt;
  return SrtpKeys{remote.crypto->suite, local.key, remote.crypto->key};
}

}  // namespace hotline::sip
