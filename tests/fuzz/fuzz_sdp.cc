// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base sip
// Any text as an SDP: what is read is within its bounds, and its answer is read again as what it says.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/require.h"
#include "sip/sdp.h"

using namespace hotline::sip;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto read = read_sdp(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!read) {
    require(!read.error().text.empty());
    return 0;
  }
  const auto& media = read->media;
  require(media.port != 0 && !media.address.empty());
  require(media.alaw_payload == 8 || media.alaw_payload == 0);
  require(media.event_payload == -1 || (media.event_payload >= 96 && media.event_payload <= 127));
  require(!read->lines.empty() && read->lines.size() <= kMediaLinesMax && read->chosen < read->lines.size());
  // Our answer to it, in their place: one stream, ours.
  auto again = read_sdp(make_answer({"127.0.0.1", 30000, 1, 2}, *read));
  require(again);
  require(again->media.port == 30000 && again->media.alaw_payload == media.alaw_payload);
  require(again->media.event_payload == media.event_payload);
  require(again->media.send == read->they_send);
  require(again->they_send == media.send);
  return 0;
}
