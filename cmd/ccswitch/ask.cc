// SPDX-License-Identifier: GPL-2.0-or-later
#include "ask.h"

#include "base/text.h"
#include "base/time.h"
#include "bus/bus.h"
#include "conf/instance.h"

namespace hotline::ccswitch {

Result<Json> ask(const std::string& verb, const Json& body) {
  auto reply = bus::ask(conf::Instance::from_environment().command_endpoint("ccswitchd"), verb, body);
  if (!reply) return reply.error();
  if (!reply->ok) return wire::error_of(*reply);
  return reply->body;
}

int perform(const std::string& verb, const Json& body) {
  auto reply = ask(verb, body);
  return reply ? 0 : cli::fail(reply.error());
}

int list(cli::Listing& listing, const std::string& verb, const std::function<void(const Json&)>& row) {
  Json question = Json::object();
  for (;;) {
    auto body = ask(verb, question);
    if (!body) return cli::fail(body.error());
    const Json& members = wire::member(*body, verb.c_str());
    for (const Json& one : members) row(one);
    if (!wire::boolean(*body, "more") || members.empty()) return listing.finish();
    question["after"] = wire::text(members.back(), "call");
  }
}

cli::Field field(const Json& object, const char* key) {
  const Json& value = wire::member(object, key);
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<int64_t>();
  std::string text = wire::text(object, key);
  return text.empty() ? cli::Field() : cli::Field(text);
}

std::string local_time(const std::string& rfc3339) {
  auto time = parse_utc(rfc3339);
  return time ? format_local(*time) : rfc3339;
}

std::string masked_endpoint(const std::string& endpoint) {
  return endpoint.starts_with("pstn:") ? "pstn:" + mask_number(endpoint.substr(5)) : endpoint;
}

}  // namespace hotline::ccswitch
