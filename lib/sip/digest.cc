// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/digest.h"

#include <sodium.h>
#include <sofia-sip/su_md5.h>
#include <strings.h>

#include <cstring>
#include <initializer_list>
#include <span>

#include "base/text.h"

namespace hotline::sip {
namespace {

/// Hash of the parts with ':' between them.
std::string hash(Algorithm algorithm, std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const auto& part : parts) {
    if (&part != parts.begin()) text += ':';
    text += part;
  }
  if (algorithm == Algorithm::md5) {
    su_md5_t md5;
    uint8_t digest[SU_MD5_DIGEST_SIZE];
    su_md5_init(&md5);
    su_md5_update(&md5, text.data(), text.size());
    su_md5_digest(&md5, digest);
    su_md5_deinit(&md5);
    return hex(digest);
  }
  uint8_t digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const uint8_t*>(text.data()), text.size());
  return hex(digest);
}

std::string unquoted(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  std::string text;
  for (size_t i = 1; i + 1 < value.size(); ++i) {
    if (value[i] == '\\' && i + 2 < value.size()) ++i;
    text += value[i];
  }
  return text;
}

bool same_word(std::string_view a, const char* b) {
  return a.size() == std::strlen(b) && ::strncasecmp(a.data(), b, a.size()) == 0;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

using Field = std::pair<const char*, std::string*>;

/// False when the whole is too long or one of the fields is there twice.
bool read_parameters(const char* const* parameters, std::span<const Field> fields) {
  size_t bytes = 0;
  for (; parameters && *parameters; ++parameters) {
    std::string_view parameter(*parameters);
    if ((bytes += parameter.size() + 1) > kAuthorizationBytesMax) return false;
    size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    auto name = trim(parameter.substr(0, equals));
    for (auto& [known, value] : fields) {
      if (!same_word(name, known)) continue;
      if (!value->empty()) return false;
      *value = unquoted(trim(parameter.substr(equals + 1)));
    }
  }
  return true;
}

}  // namespace

uint32_t Credentials::nonce_count() const {
  if (qop.empty()) return 1;
  if (count.size() != 8) return 0;
  uint32_t number = 0;
  for (char c : count) {
    int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
    if (digit < 0) return 0;
    number = number << 4 | static_cast<uint32_t>(digit);
  }
  return number;
}

std::optional<Credentials> parse_credentials(const char* const* parameters) {
  Credentials read;
  std::string algorithm;
  const Field fields[] = {
      {"username", &read.username}, {"realm", &read.realm}, {"nonce", &read.nonce},
      {"uri", &read.uri},           {"qop", &read.qop},     {"response", &read.response},
      {"cnonce", &read.cnonce},     {"nc", &read.count},    {"algorithm", &algorithm},
  };
  if (!read_parameters(parameters, fields)) return std::nullopt;
  if (same_word(algorithm, "SHA-256"))
    read.algorithm = Algorithm::sha256;
  else if (!algorithm.empty() && !same_word(algorithm, "MD5"))
    return std::nullopt;
  if (!read.qop.empty() && !same_word(read.qop, "auth")) return std::nullopt;
  if (read.username.empty() || read.nonce.empty() || read.uri.empty() || read.response.empty()) return std::nullopt;
  return read;
}

std::optional<Challenge> parse_challenge(const char* const* parameters) {
  Challenge read;
  std::string algorithm, qop, stale;
  const Field fields[] = {
      {"realm", &read.realm},      {"nonce", &read.nonce}, {"opaque", &read.opaque},
      {"algorithm", &algorithm}, {"qop", &qop},          {"stale", &stale},
  };
  if (!read_parameters(parameters, fields)) return std::nullopt;
  if (same_word(algorithm, "SHA-256"))
    read.algorithm = Algorithm::sha256;
  else if (!algorithm.empty() && !same_word(algorithm, "MD5"))
    return std::nullopt;
  for (const auto& one : split(qop, ',')) read.qop |= same_word(trim(one), "auth");
  if (!qop.empty() && !read.qop) return std::nullopt;
  read.stale = same_word(stale, "true");
  if (read.realm.empty() || read.nonce.empty()) return std::nullopt;
  return read;
}

std::string answer_to(const Challenge& challenge, const std::string& user, const std::string& secret,
                      const std::string& method, const std::string& uri) {
  Credentials mine;
  mine.username = user;
  mine.realm = challenge.realm;
  mine.nonce = challenge.nonce;
  mine.uri = uri;
  mine.algorithm = challenge.algorithm;
  if (challenge.qop) {
    uint8_t octets[8];
    randombytes_buf(octets, sizeof octets);
    mine.cnonce = hex(octets);
    mine.qop = "auth";
    mine.count = "00000001";
  }
  std::string text = "Digest username=" + in_quotes(user) + ", realm=" + in_quotes(challenge.realm) +
                     ", nonce=" + in_quotes(challenge.nonce) + ", uri=" + in_quotes(uri) + ", response=\"" +
                     digest_response(mine, secret, method) + "\", algorithm=" +
                     (challenge.algorithm == Algorithm::md5 ? "MD5" : "SHA-256");
  if (challenge.qop) text += ", qop=auth, nc=" + mine.count + ", cnonce=\"" + mine.cnonce + "\"";
  if (!challenge.opaque.empty()) text += ", opaque=" + in_quotes(challenge.opaque);
  return text;
}

std::string digest_response(const Credentials& credentials, std::string_view secret, std::string_view method) {
  auto algorithm = credentials.algorithm;
  std::string who = hash(algorithm, {credentials.username, credentials.realm, secret});
  std::string what = hash(algorithm, {method, credentials.uri});
  if (credentials.qop.empty()) return hash(algorithm, {who, credentials.nonce, what});
  return hash(algorithm, {who, credentials.nonce, credentials.count, credentials.cnonce, credentials.qop, what});
}

bool same_secret_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string challenge(std::string_view realm, std::string_view nonce, Algorithm algorithm, bool stale) {
  std::string text = "Digest realm=\"";
  text.append(realm).append("\", nonce=\"").append(nonce).append("\", qop=\"auth\", algorithm=");
  text += algorithm == Algorithm::md5 ? "MD5" : "SHA-256";
  if (stale) text += ", stale=true";
  return text;
}

}  // namespace hotline::sip
