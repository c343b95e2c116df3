// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/sdp.h"

#include <arpa/inet.h>
#include <sofia-sip/sdp.h>
#include <sofia-sip/su_alloc.h>
#include <strings.h>

#include <memory>

#include "base/text.h"

namespace hotline::sip {
namespace {

struct Parsed {
  explicit Parsed(std::string_view text)
      : parser(sdp_parse(nullptr, text.data(), static_cast<issize_t>(text.size()), 0)) {}
  ~Parsed() { sdp_parser_free(parser); }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  sdp_parser_t* parser;
};

/// The connection's IPv4 unicast address; "0.0.0.0" is the old way to hold. Empty when it is anything else.
std::string address_of(const sdp_media_t* media) {
  const sdp_connection_t* connection = sdp_media_connections(media);
  if (!connection || connection->c_nettype != sdp_net_in || connection->c_addrtype != sdp_addr_ip4) return "";
  in_addr binary;
  if (!connection->c_address || ::inet_pton(AF_INET, connection->c_address, &binary) != 1) return "";
  uint32_t host = ntohl(binary.s_addr);
  bool multicast_or_reserved = host >= 0xe0000000;
  return multicast_or_reserved ? "" : connection->c_address;
}

bool is_codec(const sdp_rtpmap_t* map, const char* name) {
  return map->rm_encoding && ::strcasecmp(map->rm_encoding, name) == 0 && map->rm_rate == 8000;
}

/// PCMA before PCMU wherever it stands in the list: nothing needs decoding then.
bool choose_payloads(const sdp_media_t* media, MediaAddress& chosen) {
  bool alaw = false, mulaw = false;
  for (const sdp_rtpmap_t* map = media->m_rtpmaps; map; map = map->rm_next) {
    if (map->rm_pt == 8 && is_codec(map, "PCMA")) alaw = true;
    if (map->rm_pt == 0 && is_codec(map, "PCMU")) mulaw = true;
    if (map->rm_pt >= 96 && is_codec(map, "telephone-event") && chosen.event_payload < 0)
      chosen.event_payload = static_cast<int>(map->rm_pt);
  }
  chosen.alaw_payload = alaw ? 8 : 0;
  return alaw || mulaw;
}

bool take_audio(const sdp_media_t* media, Description& description) {
  if (media->m_type != sdp_media_audio || media->m_proto != sdp_proto_rtp) return false;
  if (media->m_rejected || media->m_port == 0 || media->m_port > 65535) return false;
  MediaAddress chosen;
  chosen.address = address_of(media);
  chosen.port = static_cast<uint16_t>(media->m_port);
  if (chosen.address.empty() || !choose_payloads(media, chosen)) return false;
  in_addr binary;
  ::inet_pton(AF_INET, chosen.address.c_str(), &binary);
  chosen.send = (media->m_mode & sdp_recvonly) && binary.s_addr != 0;
  description.they_send = media->m_mode & sdp_sendonly;
  description.media = std::move(chosen);
  return true;
}

std::string formats_of(const sdp_media_t* media) {
  std::string text;
  auto add = [&text](const std::string& format) { text += (text.empty() ? "" : " ") + format; };
  for (const sdp_list_t* item = media->m_format; item; item = item->l_next)
    if (item->l_text) add(item->l_text);
  if (text.empty())
    for (const sdp_rtpmap_t* map = media->m_rtpmaps; map; map = map->rm_next) add(std::to_string(map->rm_pt));
  return text.empty() ? "0" : text;
}

Description::Line line_of(const sdp_media_t* media) {
  return {media->m_type_name ? media->m_type_name : "x", media->m_proto_name ? media->m_proto_name : "RTP/AVP",
          formats_of(media)};
}

std::string head(const Local& local) {
  return "v=0\r\no=hotline " + std::to_string(local.session) + " " + std::to_string(local.version) + " IN IP4 " +
         local.address + "\r\ns=-\r\nc=IN IP4 " + local.address + "\r\nt=0 0\r\n";
}

std::string event_lines(int payload) {
  std::string number = std::to_string(payload);
  return "a=rtpmap:" + number + " telephone-event/8000\r\na=fmtp:" + number + " 0-15\r\n";
}

std::string answered_audio(const Local& local, const Description& offer) {
  const auto& media = offer.media;
  std::string payload = std::to_string(media.alaw_payload);
  std::string text = "m=audio " + std::to_string(local.port) + " RTP/AVP " + payload;
  if (media.event_payload >= 0) text += " " + std::to_string(media.event_payload);
  text += "\r\na=rtpmap:" + payload + (media.alaw_payload == 8 ? " PCMA" : " PCMU") + "/8000\r\n";
  if (media.event_payload >= 0) text += event_lines(media.event_payload);
  const char* direction = media.send        ? (offer.they_send ? "sendrecv" : "sendonly")
                          : offer.they_send ? "recvonly"
                                            : "inactive";
  return text + "a=ptime:20\r\na=" + direction + "\r\n";
}

}  // namespace

Result<Description> read_sdp(std::string_view text) {
  if (text.size() > kSdpBytesMax) return Error{Errc::bad_data, "SDP is longer than 8 KiB"};
  Parsed parsed(text);
  const sdp_session_t* session = sdp_session(parsed.parser);
  if (!session) {
    const char* why = parsed.parser ? sdp_parsing_error(parsed.parser) : nullptr;
    return Error{Errc::bad_data, std::string("malformed SDP: ") + (why ? why : "no description")};
  }
  Description description;
  bool found = false;
  for (const sdp_media_t* media = session->sdp_media; media; media = media->m_next) {
    if (description.lines.size() == kMediaLinesMax) return Error{Errc::bad_data, "SDP has more than 16 streams"};
    description.lines.push_back(line_of(media));
    if (!found && take_audio(media, description)) {
      found = true;
      description.chosen = description.lines.size() - 1;
    }
  }
  if (!found) return Error{Errc::unavailable, "no PCMA or PCMU over RTP/AVP to an IPv4 address"};
  return description;
}

std::string make_offer(const Local& local) {
  return head(local) + "m=audio " + std::to_string(local.port) +
         " RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n" + event_lines(101) +
         "a=ptime:20\r\na=sendrecv\r\n";
}

std::string make_answer(const Local& local, const Description& offer) {
  std::string text = head(local);
  for (size_t i = 0; i < offer.lines.size(); ++i) {
    const auto& line = offer.lines[i];
    text += i == offer.chosen ? answered_audio(local, offer)
                              : "m=" + line.type + " 0 " + line.protocol + " " + line.formats + "\r\n";
  }
  return text;
}

}  // namespace hotline::sip
