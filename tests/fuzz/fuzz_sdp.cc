// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base sip
// Any text as an SDP, under each of the three rules for SRTP: what is read is within its bounds, and its answer is read
// again as what it says.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/require.h"
#include "sip/sdp.h"

using namespace hotline::sip;

static void check(std::string_view text, Srtp srtp) {
  auto read = read_sdp(text, srtp);
  if (!read) return require(!read.error().text.empty());
  const auto& media = read->media;
  require(!read->lines.empty() && read->lines.size() <= kMediaLinesMax && read->chosen < read->lines.size());
  Local local{"127.0.0.1", 30000, 1, 2, srtp, SrtpKey{1, 2, 3}, {}};
  if (!read->has_audio()) {
    require(read->fax && read->fax->port != 0 && !read->fax->address.empty() && read->fax->max_bit_rate <= 33600);
    local.fax = *read->fax;
    auto again = read_sdp(make_answer(local, *read), srtp);
    require(again && again->fax && !again->has_audio());
    require(again->fax->port == read->fax->port && again->fax->max_datagram == read->fax->max_datagram);
    return require(again->fax->error_correction == read->fax->error_correction);
  }
  require(!media.address.empty());
  require(media.alaw_payload == 8 || media.alaw_payload == 0);
  require(media.event_payload == -1 || (media.event_payload >= 96 && media.event_payload <= 127));
  require(srtp != Srtp::required || read->crypto);
  require(srtp != Srtp::off || !read->crypto);
  // Our answer to it, in their place: one stream, ours.
  auto again = read_sdp(make_answer(local, *read), srtp);
  require(again);
  require(again->media.port == 30000 && again->media.alaw_payload == media.alaw_payload);
  require(again->media.event_payload == media.event_payload);
  require(again->media.send == read->they_send);
  require(again->they_send == media.send);
  require(again->crypto.has_value() == read->crypto.has_value());
  if (read->crypto) require(again->crypto->tag == read->crypto->tag && again->crypto->key == local.key);
  // A later offer of ours has their lines again.
  auto offered = read_sdp(make_offer(local, &*read), srtp);
  require(offered && offered->lines.size() == read->lines.size() && offered->media.port == 30000);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (Srtp srtp : {Srtp::off, Srtp::optional, Srtp::required}) check(text, srtp);
  return 0;
}
