// SPDX-License-Identifier: GPL-2.0-or-later
// uses: tdm base
// The control socket of osmo-e1d: each message is two octets, of length and of what it is to be, and its octets.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "base/require.h"
#include "tdm/e1d_protocol.h"

using namespace hotline::tdm;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  E1dConversation talk(data[0] & 1, data[0] >> 1 & 1, data[0] & 4, 8 * (1 + (data[0] >> 3) % 5));
  std::span<const uint8_t> rest(data + 1, size - 1);
  std::array<uint8_t, kE1dMessageMax> out;
  talk.begin();
  bool over = false;
  std::set<int> opened;
  while (rest.size() >= 2 && !over) {
    if (auto length = talk.request(out)) {
      auto asked = parse_e1d({out.data(), *length});
      require(asked && (asked->type == kE1dLineConfig || asked->type == kE1dOpen));
    }
    const size_t length = std::min<size_t>(rest[0], rest.size() - 2);
    const uint8_t how = rest[1];
    std::vector<uint8_t> message(rest.begin() + 2, rest.begin() + 2 + static_cast<ptrdiff_t>(length));
    rest = rest.subspan(2 + length);
    // With a right head, which the fuzzer would look for in vain.
    if (how & 1 && message.size() >= kE1dHead) {
      const E1dMessage as_it_is{message[4], message[5], message[6], message[7], std::span(message).subspan(kE1dHead)};
      std::vector<uint8_t> whole(message.size());
      write_e1d(whole.data(), as_it_is);
      message = whole;
    }
    const auto took = talk.take(message, how & 2);
    over = took == E1dConversation::Took::nonsense;
    // Each timeslot once, also after it was refused at first; and not without its descriptor.
    require(took != E1dConversation::Took::opened || (how & 2 && opened.insert(talk.slot()).second));
  }
  return 0;
}
