// SPDX-License-Identifier: GPL-2.0-or-later
// Offers and answers (RFC 3264) of one stream: audio in PCMA, or PCMU when there is nothing else, with telephone-event,
// in the clear or as SRTP with keys by SDES (RFC 4568); or a fax by T.38 (RFC 3362). sdp.cc reads and writes the whole,
// sdp_crypto.cc the keys, sdp_fax.cc the fax.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sip/sip.h"

namespace hotline::sip {

inline constexpr size_t kSdpBytesMax = 8192;
inline constexpr size_t kMediaLinesMax = 16;

/// A line a=crypto that we understand (RFC 4568 §9.1).
struct Crypto {
  int tag = 1;  ///< 1 to 9 digits; an answer names with it the line that it takes
  SrtpSuite suite = SrtpSuite::aes_cm_128_hmac_sha1_80;
  SrtpKey key{};
};

/// What the far end's description says, as far as it concerns us.
struct Description {
  struct Line {  ///< an m= line, kept to be answered
    std::string type, protocol, formats;
  };
  MediaAddress media;  ///< port 0: no audio that could be ours, but a fax
  std::vector<Line> lines;
  size_t chosen = 0;             ///< which of the lines is the stream we take
  bool they_send = true;         ///< they want to be heard (not recvonly, not inactive)
  std::optional<Crypto> crypto;  ///< of the audio we take: it is SRTP
  std::optional<T38> fax;        ///< a stream of T.38; it is the one we take when there is no audio
  bool has_audio() const { return media.port != 0; }
};

/// Our side of a session.
struct Local {
  std::string address;
  uint16_t port = 0;
  uint64_t session = 0, version = 0;
  Srtp srtp = Srtp::off;     ///< what our offer says and which answers and offers will do
  SrtpKey key{};             ///< what we send is encrypted with; one for the whole dialog
  std::optional<T38> fax{};  ///< instead of audio
  std::vector<int> payloads = {8, 0};  ///< in order of liking: PCMA 8, PCMU 0
  bool events = true;                  ///< telephone-event is offered
};

/// Reads an offer or an answer; of `payloads` the first that is in it is taken. `bad_data`: no SDP; `unavailable`: none of its streams can be ours (488), among them
/// audio in the clear where SRTP is required, and only SRTP where it is off.
Result<Description> read_sdp(std::string_view text, Srtp srtp = Srtp::off, const std::vector<int>& payloads = {8, 0});

/// An offer; `session` is what the far end has described before, whose m= lines must all be there again (RFC 3264 §8).
std::string make_offer(const Local& local, const Description* session = nullptr);

/// Answers every m= line of the offer, the ones we do not take with port 0.
std::string make_answer(const Local& local, const Description& offer);

/// Both keys of an SRTP session; none when the far end's description has no key.
std::optional<SrtpKeys> keys_of(const Local& local, const Description& remote);

// sdp_crypto.cc

/// Reads "1 AES_CM_128_HMAC_SHA1_80 inline:…|2^20"; nothing for suites that we do not have, more than one key, an MKI,
/// and session parameters that would change how packets are protected.
std::optional<Crypto> read_crypto(std::string_view value);
std::string crypto_line(const Crypto& crypto);
SrtpKey random_key();

// sdp_fax.cc

/// Notes an attribute such as "T38FaxVersion:0"; what is out of its bounds stays as it was.
void read_fax_attribute(std::string_view attribute, T38& fax);
/// The a= lines of our side of a fax.
std::string fax_lines(const T38& fax);

}  // namespace hotline::sip
