// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hotline::sip {

enum class Algorithm { md5, sha256 };

/// Longest Authorization header that is looked at; a longer one is no credentials.
inline constexpr size_t kAuthorizationBytesMax = 1024;

/// What an Authorization: Digest header says (RFC 7616 §3.4), unquoted.
struct Credentials {
  std::string username, realm, nonce, uri, response, cnonce, qop;
  Algorithm algorithm = Algorithm::md5;
  std::string count;             ///< nc, as sent: it goes into the digest as text
  uint32_t nonce_count() const;  ///< 1 when there is no qop (RFC 2069); 0 when nc is malformed
};

/// Reads the parameters of a Digest header ("name=value", ended by a null). Nullopt when one of those we need is
/// missing, given twice, or the whole is longer than kAuthorizationBytesMax; also for auth-int, MD5-sess and unknown
/// algorithms.
std::optional<Credentials> parse_credentials(const char* const* parameters);

/// The response that the owner of `secret` gives (RFC 7616 §3.4.1; RFC 8760 for SHA-256), lower-case hexadecimal.
std::string digest_response(const Credentials& credentials, std::string_view secret, std::string_view method);

/// What a WWW-Authenticate or Proxy-Authenticate: Digest header asks of us (RFC 7616 §3.3), unquoted.
struct Challenge {
  std::string realm, nonce, opaque;
  Algorithm algorithm = Algorithm::md5;
  bool qop = false;    ///< "auth" is offered; else it is an answer of RFC 2069
  bool stale = false;  ///< right secret, old nonce: worth another try
};

/// Nullopt for what we cannot or will not answer: another algorithm than MD5 and SHA-256, auth-int alone, no realm or
/// nonce, or a header longer than kAuthorizationBytesMax.
std::optional<Challenge> parse_challenge(const char* const* parameters);

/// The value of the Authorization header that answers it, for the first use of its nonce.
std::string answer_to(const Challenge& challenge, const std::string& user, const std::string& secret,
                      const std::string& method, const std::string& uri);

/// Equal in a time that does not tell where they differ.
bool same_secret_text(std::string_view a, std::string_view b);

/// The value of a WWW-Authenticate header.
std::string challenge(std::string_view realm, std::string_view nonce, Algorithm algorithm, bool stale);

}  // namespace hotline::sip
