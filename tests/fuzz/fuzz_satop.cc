// SPDX-License-Identifier: GPL-2.0-or-later
// uses: tdm base
// Parts of 32 octets of an E1, each after an octet that says what is made of it: as it is, framed, shifted, missing.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/require.h"
#include "tdm/g704.h"

using namespace hotline::tdm;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::span<const uint8_t> rest(data, size);
  Deframer deframer;
  Framer framer;
  std::array<uint8_t, kTimeslots> part{}, frame{};
  while (!rest.empty()) {
    const uint8_t how = rest[0];
    rest = rest.subspan(1);
    const size_t length = std::min<size_t>(kTimeslots, rest.size());
    std::copy_n(rest.begin(), length, part.begin());
    rest = rest.subspan(how & 4 ? length : 0);  // else the same octets are used again
    const size_t first = how >> 3;              // where the frames begin in the parts
    if (how & 1) part[first] = framer.next(how & 2);
    deframer.turn((how & 3) == 2 ? nullptr : part.data(), frame.data());
    require(deframer.signalling_octet() >= 0 && deframer.signalling_octet() < kTimeslots);
  }
  return 0;
}
