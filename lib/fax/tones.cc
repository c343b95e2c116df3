// SPDX-License-Identifier: GPL-2.0-or-later
#include "fax/tones.h"

extern "C" {
#include <spandsp.h>
}

#include <algorithm>
#include <array>

#include "base/require.h"

namespace hotline::fax {

struct ToneDetector::State {
  modem_connect_tones_rx_state_t* cng = modem_connect_tones_rx_init(nullptr, MODEM_CONNECT_TONES_FAX_CNG, nullptr, nullptr);
  modem_connect_tones_rx_state_t* ced =
      modem_connect_tones_rx_init(nullptr, MODEM_CONNECT_TONES_FAX_CED_OR_PREAMBLE, nullptr, nullptr);
  State() { require(cng && ced); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    modem_connect_tones_rx_free(cng);
    modem_connect_tones_rx_free(ced);
  }
};

ToneDetector::ToneDetector() : state_(std::make_unique<State>()) {}
ToneDetector::~ToneDetector() = default;

const char* ToneDetector::hear(std::span<const uint8_t> alaw) {
  std::array<int16_t, 160> linear;
  while (!alaw.empty()) {
    size_t part = std::min(alaw.size(), linear.size());
    for (size_t i = 0; i < part; ++i) linear[i] = alaw_to_linear(alaw[i]);
    modem_connect_tones_rx(state_->cng, linear.data(), static_cast<int>(part));
    modem_connect_tones_rx(state_->ced, linear.data(), static_cast<int>(part));
    alaw = alaw.subspan(part);
  }
  if (modem_connect_tones_rx_get(state_->cng) != MODEM_CONNECT_TONES_NONE) return "cng";
  if (modem_connect_tones_rx_get(state_->ced) != MODEM_CONNECT_TONES_NONE) return "ced";
  return nullptr;
}

}  // namespace hotline::fax
