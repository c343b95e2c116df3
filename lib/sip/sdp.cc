// SPDX-License-Identifier: GPL-2.0-or-later
// Read here and not by Sofia's sdp_parse(): that one (1.12.11) loops for ever, eating memory, on some lines within a
// media section that are no lines. This one goes once over at most 8 KiB.
#include "sip/sdp.h"

#include <arpa/inet.h>
#include <strings.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace hotline::sip {
namespace {

enum Direction : unsigned { kInactive = 0, kSends = 1, kHears = 2, kBoth = 3 };

/// One m= line with what follows it.
struct Stream {
  std::string_view type, protocol, formats;
  int64_t port = 0;
  std::string_view connection, rtcp;
  unsigned direction = kBoth;
  bool rtcp_mux = false;
  std::optional<Crypto> crypto;  ///< the first that we understand
  T38 fax;
  struct Map {
    int payload;
    std::string_view encoding;  ///< "PCMA/8000"
  };
  std::vector<Map> maps;
};

struct Session {
  std::string_view connection;
  unsigned direction = kBoth;
  std::vector<Stream> streams;
};

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

/// The text up to `separator`, cut off `rest` together with it.
std::string_view cut(std::string_view& rest, char separator) {
  auto at = rest.find(separator);
  auto word = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return word;
}

bool is_printable(std::string_view text, bool blanks) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [blanks](unsigned char c) {
    return (c > 0x20 && c < 0x7f) || (blanks && c == ' ');
  });
}

/// "audio 4000/2 RTP/AVP 8 101"
bool read_media_line(std::string_view value, Stream& stream) {
  stream.type = cut(value, ' ');
  auto port = cut(value, ' ');
  stream.port = parse_int(cut(port, '/')).value_or(-1);
  stream.protocol = cut(value, ' ');
  stream.formats = trim(value);
  return is_printable(stream.type, false) && is_printable(stream.protocol, false) &&
         is_printable(stream.formats, true) && stream.port >= 0 && stream.port <= 65535;
}

/// "rtpmap:101 telephone-event/8000", the four directions, keys, where RTCP goes, T.38; the rest is of no interest.
void read_attribute(std::string_view value, unsigned& direction, Stream* stream) {
  if (value == "sendrecv") direction = kBoth;
  if (value == "sendonly") direction = kSends;
  if (value == "recvonly") direction = kHears;
  if (value == "inactive") direction = kInactive;
  if (!stream) return;
  if (value == "rtcp-mux") stream->rtcp_mux = true;
  if (value.starts_with("rtcp:")) stream->rtcp = value.substr(5);
  if (value.starts_with("crypto:") && !stream->crypto) stream->crypto = read_crypto(value.substr(7));
  if (value.starts_with("T38")) read_fax_attribute(value, stream->fax);
  if (!value.starts_with("rtpmap:")) return;
  value.remove_prefix(7);
  auto payload = parse_int(cut(value, ' '));
  if (payload && *payload >= 0 && *payload <= 127) stream->maps.push_back({static_cast<int>(*payload), trim(value)});
}

/// Empty when all is well, else what is wrong. Views in `session` point into `text`.
std::string read_lines(std::string_view text, Session& session) {
  if (cut(text, '\n').substr(0, 3) != "v=0") return "does not begin with v=0";
  while (!text.empty()) {
    auto line = cut(text, '\n');
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) continue;
    if (line.size() < 2 || line[1] != '=' || line[0] < 'a' || line[0] > 'z') return "a line is not of the form x=...";
    auto value = line.substr(2);
    Stream* stream = session.streams.empty() ? nullptr : &session.streams.back();
    if (line[0] == 'c' && stream) stream->connection = value;
    if (line[0] == 'c' && !stream) session.connection = value;
    if (line[0] == 'a') read_attribute(value, stream ? stream->direction : session.direction, stream);
    if (line[0] != 'm') continue;
    if (session.streams.size() == kMediaLinesMax) return "more than 16 streams";
    auto& added = session.streams.emplace_back();
    added.connection = session.connection;
    added.direction = session.direction;
    if (!read_media_line(value, added)) return "malformed m= line";
  }
  return "";
}

/// The IPv4 unicast address of "IN IP4 192.0.2.1"; "0.0.0.0" is the old way to hold. Nothing for anything else.
std::optional<std::string> address_of(std::string_view connection) {
  if (cut(connection, ' ') != "IN" || cut(connection, ' ') != "IP4") return std::nullopt;
  std::string address(trim(connection));
  in_addr binary;
  if (::inet_pton(AF_INET, address.c_str(), &binary) != 1) return std::nullopt;
  bool multicast_or_reserved = ntohl(binary.s_addr) >= 0xe0000000;
  if (multicast_or_reserved) return std::nullopt;
  return address;
}

bool is_encoding(std::string_view encoding, std::string_view name) {
  return same_word(cut(encoding, '/'), name) && cut(encoding, '/') == "8000";
}

/// Unless told otherwise, PCMA before PCMU wherever it stands in the list: nothing needs decoding then.
bool choose_payloads(const Stream& stream, const std::vector<int>& liked, MediaAddress& chosen) {
  bool alaw = false, mulaw = false;
  auto formats = stream.formats;
  while (!formats.empty()) {
    auto payload = parse_int(cut(formats, ' '));
    if (!payload || *payload > 127) continue;
    auto map = std::find_if(stream.maps.begin(), stream.maps.end(), [&](auto& one) { return one.payload == *payload; });
    bool named = map != stream.maps.end();
    if (*payload == 8 && (!named || is_encoding(map->encoding, "PCMA"))) alaw = true;
    if (*payload == 0 && (!named || is_encoding(map->encoding, "PCMU"))) mulaw = true;
    if (*payload >= 96 && named && is_encoding(map->encoding, "telephone-event") && chosen.event_payload < 0)
      chosen.event_payload = static_cast<int>(*payload);
  }
  auto found = std::find_if(liked.begin(), liked.end(), [&](int one) { return one == 8 ? alaw : mulaw; });
  if (found == liked.end()) return false;
  chosen.alaw_payload = *found;
  return true;
}

/// RFC 3605: "a=rtcp:53020" or with an address behind it.
void read_rtcp(const Stream& stream, MediaAddress& media) {
  auto rest = stream.rtcp;
  auto port = parse_int(cut(rest, ' '));
  if (!port || *port < 1 || *port > 65535) return;
  media.rtcp_port = static_cast<uint16_t>(*port);
  if (auto address = address_of(rest)) media.rtcp_address = *address;
}

/// RTP/SAVP with a key, or, as many phones offer what they would like, RTP/AVP with one.
bool is_secure(const Stream& stream) {
  return stream.crypto && (stream.protocol == "RTP/SAVP" || stream.protocol == "RTP/AVP");
}

bool take_audio(const Stream& stream, bool secure, const std::vector<int>& liked, Description& description) {
  if (stream.type != "audio" || stream.port == 0) return false;
  if (secure ? !is_secure(stream) : stream.protocol != "RTP/AVP") return false;
  auto address = address_of(stream.connection);
  MediaAddress chosen;
  if (!address || !choose_payloads(stream, liked, chosen)) return false;
  chosen.address = *address;
  chosen.port = static_cast<uint16_t>(stream.port);
  chosen.send = (stream.direction & kHears) && chosen.address != "0.0.0.0";
  chosen.rtcp_mux = stream.rtcp_mux;
  read_rtcp(stream, chosen);
  description.they_send = stream.direction & kSends;
  if (secure) description.crypto = stream.crypto;
  description.media = std::move(chosen);
  return true;
}

bool take_fax(const Stream& stream, Description& description) {
  auto address = address_of(stream.connection);
  bool is_fax = stream.type == "image" && same_word(stream.protocol, "udptl") && same_word(stream.formats, "t38");
  if (!is_fax || stream.port == 0 || !address) return false;
  description.fax = stream.fax;
  description.fax->address = *address;
  description.fax->port = static_cast<uint16_t>(stream.port);
  return true;
}

/// The audio we take, the secure before the plain where both may be; else the fax. False: nothing.
bool choose(const Session& session, Srtp srtp, const std::vector<int>& liked, Description& description) {
  const auto& streams = session.streams;
  auto first = [&](auto takes) {
    auto found = std::find_if(streams.begin(), streams.end(), takes);
    description.chosen = static_cast<size_t>(found - streams.begin());
    return found != streams.end();
  };
  bool fax = first([&](const Stream& stream) { return take_fax(stream, description); });
  size_t fax_line = description.chosen;
  auto audio = [&](bool secure) {
    return first([&](const Stream& stream) { return take_audio(stream, secure, liked, description); });
  };
  if (srtp != Srtp::off && audio(true)) return true;
  if (srtp != Srtp::required && audio(false)) return true;
  description.chosen = fax_line;
  return fax;
}

std::string head(const Local& local) {
  return "v=0\r\no=hotline " + std::to_string(local.session) + " " + std::to_string(local.version) + " IN IP4 " +
         local.address + "\r\ns=-\r\nc=IN IP4 " + local.address + "\r\nt=0 0\r\n";
}

std::string event_lines(int payload) {
  std::string number = std::to_string(payload);
  return "a=rtpmap:" + number + " telephone-event/8000\r\na=fmtp:" + number + " 0-15\r\n";
}

std::string fax_stream(const T38& fax) {
  return "m=image " + std::to_string(fax.port) + " udptl t38\r\nc=IN IP4 " + fax.address + "\r\n" + fax_lines(fax);
}

std::string offered_audio(const Local& local) {
  std::string text =
      "m=audio " + std::to_string(local.port) + (local.srtp == Srtp::required ? " RTP/SAVP" : " RTP/AVP");
  std::string maps;
  for (int payload : local.payloads) {
    std::string number = std::to_string(payload);
    text += " " + number;
    maps += "a=rtpmap:" + number + (payload == 8 ? " PCMA" : " PCMU") + "/8000\r\n";
  }
  if (local.events) text += " 101";
  text += "\r\n" + maps + (local.events ? event_lines(101) : "");
  if (local.srtp != Srtp::off) text += crypto_line({1, SrtpSuite::aes_cm_128_hmac_sha1_80, local.key});
  return text + "a=ptime:20\r\na=sendrecv\r\n";
}

std::string answered_audio(const Local& local, const Description& offer) {
  const auto& media = offer.media;
  std::string payload = std::to_string(media.alaw_payload);
  std::string text = "m=audio " + std::to_string(local.port) + " " + offer.lines[offer.chosen].protocol + " " + payload;
  if (media.event_payload >= 0) text += " " + std::to_string(media.event_payload);
  text += "\r\na=rtpmap:" + payload + (media.alaw_payload == 8 ? " PCMA" : " PCMU") + "/8000\r\n";
  if (media.event_payload >= 0) text += event_lines(media.event_payload);
  if (offer.crypto) text += crypto_line({offer.crypto->tag, offer.crypto->suite, local.key});
  if (media.rtcp_mux) text += "a=rtcp-mux\r\n";
  const char* direction = media.send        ? (offer.they_send ? "sendrecv" : "sendonly")
                          : offer.they_send ? "recvonly"
                                            : "inactive";
  return text + "a=ptime:20\r\na=" + direction + "\r\n";
}

std::string refused(const Description::Line& line) {
  return "m=" + line.type + " 0 " + line.protocol + " " + line.formats + "\r\n";
}

}  // namespace

Result<Description> read_sdp(std::string_view text, Srtp srtp, const std::vector<int>& payloads) {
  if (text.size() > kSdpBytesMax) return Error{Errc::bad_data, "SDP is longer than 8 KiB"};
  Session session;
  if (auto fault = read_lines(text, session); !fault.empty()) return Error{Errc::bad_data, "malformed SDP: " + fault};
  Description description;
  for (const auto& stream : session.streams)
    description.lines.push_back({std::string(stream.type), std::string(stream.protocol), std::string(stream.formats)});
  if (choose(session, srtp, payloads, description)) return description;
  return Error{Errc::unavailable, srtp == Srtp::required ? "no PCMA or PCMU over RTP/SAVP with a key of SDES"
                                                         : "no PCMA or PCMU over RTP/AVP to an IPv4 address"};
}

std::string make_offer(const Local& local, const Description* session) {
  std::string ours = local.fax ? fax_stream(*local.fax) : offered_audio(local);
  if (!session) return head(local) + ours;
  std::string text = head(local);
  for (size_t i = 0; i < session->lines.size(); ++i) text += i == session->chosen ? ours : refused(session->lines[i]);
  return text;
}

std::string make_answer(const Local& local, const Description& offer) {
  std::string ours = local.fax ? fax_stream(*local.fax) : answered_audio(local, offer);
  std::string text = head(local);
  for (size_t i = 0; i < offer.lines.size(); ++i) text += i == offer.chosen ? ours : refused(offer.lines[i]);
  return text;
}

}  // namespace hotline::sip
