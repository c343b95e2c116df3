// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/target.h"

#include <arpa/inet.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/url.h>

#include "base/text.h"

namespace hotline::sip {
namespace {

/// The host as a bare address; empty when it is a name.
std::string address_of(const url_t* url) {
  std::string host = url->url_host ? url->url_host : "";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  in6_addr binary;
  bool is_address =
      ::inet_pton(AF_INET, host.c_str(), &binary) == 1 || ::inet_pton(AF_INET6, host.c_str(), &binary) == 1;
  return is_address ? host : "";
}

}  // namespace

std::string hop_to(const std::string& address, int64_t port, Transport transport) {
  static constexpr const char* kParameters[] = {";transport=udp", ";transport=tcp", ";transport=tls"};
  bool six = address.find(':') != std::string::npos;
  return "sip:" + (six ? "[" + address + "]" : address) + ":" + std::to_string(port) +
         kParameters[static_cast<int>(transport)];
}

Transport transport_of(const std::string& hop) {
  if (hop.ends_with("=tls")) return Transport::tls;
  return hop.ends_with("=tcp") ? Transport::tcp : Transport::udp;
}

std::optional<Target> target_of(const sip_contact_s* contact, const Source& source) {
  if (!contact || (contact->m_url->url_type != url_sip && contact->m_url->url_type != url_sips)) return std::nullopt;
  url_t url = *contact->m_url;
  url.url_headers = nullptr;
  char text[257];
  if (url_e(text, sizeof text, &url) >= static_cast<issize_t>(sizeof text)) return std::nullopt;
  std::string address = address_of(&url);
  if (address.empty()) return std::nullopt;

  int64_t port = source.port;
  if (source.transport == Transport::udp && address == source.address) port = url.url_port ? parse_int(url.url_port).value_or(0) : 5060;
  if (port < 1 || port > 65535) return std::nullopt;
  return Target{text, hop_to(source.address, port, source.transport)};
}

}  // namespace hotline::sip
