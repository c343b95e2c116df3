// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/diversion.h"

#include <strings.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "sip/header.h"

namespace hotline::sip {
namespace {

constexpr size_t kValueMax = 2048, kEntriesMax = 16;
constexpr int kCountMax = 99;  // a counter beyond that says the same

/// RFC 5806 §4.3 and what an information element of Q.952 has for it. The first of several with one meaning is what we write.
constexpr std::pair<const char*, const char*> kReasons[] = {
    {"user-busy", "busy"},           {"no-answer", "no-answer"},       {"unconditional", "unconditional"},
    {"deflection", "deflection"},    {"unavailable", "out-of-order"},  {"out-of-service", "out-of-order"},
    {"follow-me", "by-user"},        {"unknown", "unknown"},
};

/// RFC 4458 §2, with the meanings that TS 29.163 gives them.
const char* reason_of_cause(int cause) {
  switch (cause) {
    case 302: return "unconditional";
    case 486: return "busy";
    case 408: return "no-answer";
    case 480: case 487: return "deflection";
    case 503: case 404: return "out-of-order";
    default: return "unknown";
  }
}

/// The values of a header that Sofia leaves unread, one for each line, in order; the longest are left out.
std::vector<const char*> lines_of(const sip_t* sip, const char* header) {
  std::vector<const char*> lines;
  for (const sip_unknown_t* one = sip->sip_unknown; one && lines.size() < kEntriesMax; one = one->un_next)
    if (one->un_name && one->un_value && ::strcasecmp(one->un_name, header) == 0 && std::strlen(one->un_value) <= kValueMax)
      lines.push_back(one->un_value);
  return lines;
}

std::string parameter(const msg_param_t* parameters, const char* name) {
  const char* value = parameters ? msg_params_find(parameters, name) : nullptr;
  return unquoted_text(value ? value : "");
}

int number_of(const std::string& text) {
  // strtol ends at the largest number, where atoi would be undefined.
  return static_cast<int>(std::clamp(std::strtol(text.c_str(), nullptr, 10), 0L, 999L));
}

/// The topmost is who passed it on last; each stands for as many as its counter says.
Diversion by_diversion(su_home_t* home, const sip_t* sip) {
  Diversion diversion;
  size_t entries = 0;
  for (const char* line : lines_of(sip, "Diversion"))
    for (const sip_contact_t* one = sip_contact_make(home, line); one && entries < kEntriesMax; one = one->m_next, ++entries) {
      int counter = number_of(parameter(one->m_params, "counter="));
      diversion.count = std::min(kCountMax, diversion.count + std::max(counter, 1));
      if (!diversion.reason.empty()) continue;
      diversion.reason = "unknown";
      std::string reason = parameter(one->m_params, "reason="), privacy = parameter(one->m_params, "privacy=");
      for (const auto& [word, ours] : kReasons)
        if (::strcasecmp(reason.c_str(), word) == 0) diversion.reason = ours;
      bool hidden = privacy == "full" || privacy == "uri";
      diversion.number = hidden ? "" : number_in(one->m_url->url_user);
      if (diversion.number == "anonymous") diversion.number.clear();
    }
  return diversion;
}

struct Entry {
  std::string number, index, mapped_from;
  int cause = 0;        ///< of the way to this one (RFC 4458)
  int failed_with = 0;  ///< what this one answered (RFC 7044 §5: an escaped Reason)
};

Entry entry_of(const sip_contact_t& one) {
  Entry entry;
  entry.index = parameter(one.m_params, "index=");
  entry.mapped_from = parameter(one.m_params, "mp=");
  entry.number = number_in(one.m_url->url_user);
  char text[16] = "";
  if (one.m_url->url_params && url_param(one.m_url->url_params, "cause", text, sizeof text) > 0) entry.cause = number_of(text);
  if (!one.m_url->url_headers) return entry;
  std::string headers = one.m_url->url_headers;
  headers.resize(url_unescape_to(headers.data(), one.m_url->url_headers, headers.size()));
  if (::strcasestr(headers.c_str(), "privacy=history")) entry.number.clear();
  if (const char* reason = ::strcasestr(headers.c_str(), "reason=sip"))
    if (const char* cause = ::strcasestr(reason, "cause=")) entry.failed_with = number_of(cause + 6);
  return entry;
}

/// The last way that has a cause, or that maps one number to another; who stands at its beginning passed the call on.
Diversion by_history(su_home_t* home, const sip_t* sip) {
  std::vector<Entry> entries;
  for (const char* line : lines_of(sip, "History-Info"))
    for (const sip_contact_t* one = sip_contact_make(home, line); one && entries.size() < kEntriesMax; one = one->m_next)
      entries.push_back(entry_of(*one));
  Diversion diversion;
  for (size_t i = 1; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    const Entry* from = &entries[i - 1];
    if (!entry.mapped_from.empty())
      for (const Entry& one : entries)
        if (&one != &entry && one.index == entry.mapped_from) from = &one;
    int cause = entry.cause ? entry.cause : from->failed_with;
    if (cause == 0 && entry.mapped_from.empty()) continue;  // only another address of the same one
    ++diversion.count;
    diversion.number = from->number;
    diversion.reason = reason_of_cause(cause);
  }
  return diversion;
}

}  // namespace

Diversion diversion_of(const sip_t* sip) {
  su_home_t home[1] = {SU_HOME_INIT(home)};
  Diversion diversion = by_history(home, sip);
  if (diversion.reason.empty()) diversion = by_diversion(home, sip);
  su_home_deinit(home);
  return diversion;
}

std::string diversion_line(const Diversion& diversion, const std::string& host) {
  if (diversion.reason.empty()) return "";
  const char* reason = "unknown";
  for (const auto& [word, ours] : kReasons)
    if (diversion.reason == ours) {
      reason = word;
      break;
    }
  std::string line = "Diversion: ";
  line += diversion.number.empty() ? "<sip:anonymous@anonymous.invalid>;privacy=full"
                                   : "<sip:" + escaped_user(diversion.number) + "@" + host + ">";
  line += ";reason=" + std::string(reason);
  return line + ";counter=" + std::to_string(std::max(diversion.count, 1)) + "\r\n";
}

}  // namespace hotline::sip
