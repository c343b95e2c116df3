// SPDX-License-Identifier: GPL-2.0-or-later
#include "isdn/setup.h"

#include <algorithm>
#include <cstring>

namespace hotline::isdn {

namespace {

constexpr int kNormalUnspecified = 31;

// The plan octet holds type of number and plan (Q.931 §4.5.10); a peer may put anything into the digits.
std::string number_of(const char* digits, int plan) {
  const bool international = ((plan >> 4) & 7) == PRI_TON_INTERNATIONAL;
  std::string number = international ? "+" : "";
  for (; *digits; digits++) {
    if (std::strchr("0123456789*#", *digits)) number += *digits;
  }
  number.resize(std::min<size_t>(number.size(), 31));
  return number == "+" ? "" : number;
}

}  // namespace

bool is_audio(int capability) {
  return capability == PRI_TRANS_CAP_SPEECH || capability == PRI_TRANS_CAP_3_1K_AUDIO ||
         capability == PRI_TRANS_CAP_DIGITAL_W_TONES;
}

int valid_cause(int cause) { return cause >= 1 && cause <= 127 ? cause : kNormalUnspecified; }

int wire_cause(int cause) {
  return cause == 6 || cause == 7 || cause == 26 || cause == 81 ? kNormalUnspecified : valid_cause(cause);
}

Setup setup_of(const pri_event_ring& ring) {
  Setup setup;
  const bool withheld = (ring.callingpres & PRI_PRES_RESTRICTION) != PRI_PRES_ALLOWED;
  if (!withheld) setup.from = number_of(ring.callingnum, ring.callingplan);
  setup.to = number_of(ring.callednum, ring.calledplan);
  const int channel = ring.channel & 0xFF;
  setup.channel = ring.channel >= 0 && is_channel(channel) ? channel : 0;
  setup.exclusive = setup.channel != 0 && !ring.flexible;
  return setup;
}

int send_setup(pri* pri, q931_call* handle, int channel, const std::string& from, const std::string& to) {
  pri_sr* request = pri_sr_new();
  if (!request) return -1;
  auto digits = [](const std::string& number) { return number.substr(number.starts_with('+') ? 1 : 0); };
  auto plan = [](const std::string& number) { return number.starts_with('+') ? PRI_INTERNATIONAL_ISDN : PRI_UNKNOWN; };
  std::string called = digits(to), caller = digits(from);
  pri_sr_set_channel(request, channel, 1, 0);
  pri_sr_set_bearer(request, PRI_TRANS_CAP_3_1K_AUDIO, PRI_LAYER_1_ALAW);
  pri_sr_set_called(request, called.data(), plan(to), 1);
  pri_sr_set_caller(request, from.empty() ? nullptr : caller.data(), nullptr, plan(from),
                    from.empty() ? PRES_PROHIB_USER_NUMBER_NOT_SCREENED : PRES_ALLOWED_USER_NUMBER_PASSED_SCREEN);
  const int result = pri_setup(pri, handle, request);
  pri_sr_free(request);
  return result;
}

}  // namespace hotline::isdn
