// SPDX-License-Identifier: GPL-2.0-or-later
// Offers and answers (RFC 3264) of one audio stream: PCMA, or PCMU when there is nothing else, with telephone-event.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sip/sip.h"

namespace hotline::sip {

inline constexpr size_t kSdpBytesMax = 8192;
inline constexpr size_t kMediaLinesMax = 16;

/// What the far end's description says, as far as it concerns us.
struct Description {
  struct Line {  ///< an m= line, kept to be answered
    std::string type, protocol, formats;
  };
  MediaAddress media;
  std::vector<Line> lines;
  size_t chosen = 0;      ///< which of the lines is the audio we take
  bool they_send = true;  ///< they want to be heard (not recvonly, not inactive)
};

/// Our side of a session.
struct Local {
  std::string address;
  uint16_t port = 0;
  uint64_t session = 0, version = 0;
};

/// Reads an offer or an answer. `bad_data`: no SDP; `unavailable`: none of its streams can be ours (488).
Result<Description> read_sdp(std::string_view text);

std::string make_offer(const Local& local);

/// Answers every m= line of the offer, the ones we do not take with port 0.
std::string make_answer(const Local& local, const Description& offer);

}  // namespace hotline::sip
