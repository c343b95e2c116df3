// SPDX-License-Identifier: GPL-2.0-or-later
// T.38 in SDP: RFC 3362, and the attributes of ITU-T T.38 (11/2015) Annex D.2.3.
#include <strings.h>

#include "base/text.h"
#include "sip/sdp.h"

namespace hotline::sip {
namespace {

bool is(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

void read_number(std::string_view text, int max, int& into) {
  auto number = parse_int(trim(text));
  if (number && *number >= 0 && *number <= max) into = static_cast<int>(*number);
}

}  // namespace

void read_fax_attribute(std::string_view attribute, T38& fax) {
  auto colon = attribute.find(':');
  auto name = attribute.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view() : trim(attribute.substr(colon + 1));
  if (is(name, "T38FaxVersion")) read_number(value, 9, fax.version);
  if (is(name, "T38MaxBitRate")) read_number(value, 33600, fax.max_bit_rate);
  if (is(name, "T38FaxMaxBuffer")) read_number(value, 65535, fax.max_buffer);
  if (is(name, "T38FaxMaxDatagram")) read_number(value, 65535, fax.max_datagram);
  if (is(name, "T38FaxRateManagement")) fax.local_tcf = is(value, "localTCF");
  if (is(name, "T38FaxFillBitRemoval")) fax.fill_bit_removal = value != "0";
  if (is(name, "T38FaxTranscodingMMR")) fax.transcoding_mmr = value != "0";
  if (is(name, "T38FaxTranscodingJBIG")) fax.transcoding_jbig = value != "0";
  if (!is(name, "T38FaxUdpEC")) return;
  fax.error_correction = is(value, "t38UDPRedundancy") ? T38::Correction::redundancy
                         : is(value, "t38UDPFEC")      ? T38::Correction::fec
                                                       : T38::Correction::none;
}

std::string fax_lines(const T38& fax) {
  auto number = [](const char* name, int value) {
    return std::string("a=") + name + ":" + std::to_string(value) + "\r\n";
  };
  std::string text = number("T38FaxVersion", fax.version) + number("T38MaxBitRate", fax.max_bit_rate);
  text += std::string("a=T38FaxRateManagement:") + (fax.local_tcf ? "localTCF" : "transferredTCF") + "\r\n";
  if (fax.max_buffer) text += number("T38FaxMaxBuffer", fax.max_buffer);
  if (fax.max_datagram) text += number("T38FaxMaxDatagram", fax.max_datagram);
  if (fax.fill_bit_removal) text += "a=T38FaxFillBitRemoval\r\n";
  if (fax.transcoding_mmr) text += "a=T38FaxTranscodingMMR\r\n";
  if (fax.transcoding_jbig) text += "a=T38FaxTranscodingJBIG\r\n";
  const char* correction = fax.error_correction == T38::Correction::redundancy ? "t38UDPRedundancy"
                           : fax.error_correction == T38::Correction::fec      ? "t38UDPFEC"
                                                                               : "t38UDPNoEC";
  return text + "a=T38FaxUdpEC:" + correction + "\r\n";
}

}  // namespace hotline::sip
