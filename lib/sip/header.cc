// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/header.h"

#include <strings.h>

#include <cctype>
#include <cstring>

#include "base/text.h"

namespace hotline::sip {

std::string number_in(const char* user) {
  if (!user || std::strlen(user) > 3 * kNumberMax) return "";
  std::string text = user;
  text.resize(url_unescape_to(text.data(), user, text.size()));
  if (auto parameters = text.find(';'); parameters != std::string::npos) text.resize(parameters);
  if (text.size() > kNumberMax) return "";
  for (unsigned char c : text)
    if (!std::isalnum(c) && std::string_view("*#+._-").find(c) == std::string_view::npos) return "";
  return text;
}

std::string unquoted_text(const char* display) {
  std::string_view text = display ? display : "";
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  std::string out;
  for (size_t i = 0; i < text.size() && out.size() < 128; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != 0x7f) out += text[i];
  }
  return valid_utf8(out);
}

std::string quoted_text(const std::string& text) {
  std::string out = "\"";
  for (unsigned char c : valid_utf8(text.substr(0, 128))) {
    if (c < 0x20 || c == 0x7f) continue;
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<char>(c);
  }
  return out + "\"";
}

std::string escaped_user(const std::string& text) {
  std::string out;
  for (unsigned char c : text.substr(0, 64)) {
    constexpr char kHex[] = "0123456789ABCDEF";
    if (std::isalnum(c) || std::string_view("-_.!~*'()&=+$,;?/").find(c) != std::string_view::npos)
      out += static_cast<char>(c);
    else
      out.append({'%', kHex[c >> 4], kHex[c & 15]});
  }
  return out;
}

const char* unread_header(const sip_t* sip, const char* header) {
  for (const sip_unknown_t* one = sip->sip_unknown; one; one = one->un_next)
    if (one->un_name && ::strcasecmp(one->un_name, header) == 0) return one->un_value;
  return nullptr;
}

std::optional<Party> party_in(const sip_t* sip, const char* header) {
  static constexpr size_t kValueMax = 512;
  const char* value = unread_header(sip, header);
  if (!value || std::strlen(value) > kValueMax) return std::nullopt;
  su_home_t home[1] = {SU_HOME_INIT(home)};
  std::optional<Party> party;
  // A contact may be a list; of several identities the first counts.
  if (const sip_contact_t* address = sip_contact_make(home, value))
    party = Party{number_in(address->m_url->url_user), unquoted_text(address->m_display)};
  su_home_deinit(home);
  return party;
}

bool wants_privacy(const sip_t* sip) {
  if (!sip->sip_privacy || !sip->sip_privacy->priv_values) return false;
  for (const msg_param_t* one = sip->sip_privacy->priv_values; *one; ++one)
    for (const char* word : {"id", "user", "header", "full"})
      if (::strcasecmp(*one, word) == 0) return true;
  return false;
}

}  // namespace hotline::sip
