// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/wire.h"

namespace hotline::wire {

static const Json kNull, kEmptyObject = Json::object();

/// Nesting of brackets outside strings, so that a hostile text is refused before the parser recurses.
static int depth_of(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

Result<Json> parse(std::string_view text) {
  if (text.size() > kMessageBytesMax)
    return Error{Errc::bad_data, "message of " + std::to_string(text.size()) + " bytes is longer than " +
                                     std::to_string(kMessageBytesMax)};
  if (depth_of(text) > kDepthMax) return Error{Errc::bad_data, "message is nested too deep"};
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return Error{Errc::bad_data, "no JSON: broken at octet " + std::to_string(error.byte)};
  } catch (const Json::exception&) {  // "1e999" is well formed and still no number
    return Error{Errc::bad_data, "no JSON: a number is out of range"};
  }
}

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string text(const Json& object, const char* key, const std::string& otherwise) {
  if (!object.is_object()) return otherwise;
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

int64_t integer(const Json& object, const char* key, int64_t otherwise) {
  if (!object.is_object()) return otherwise;
  auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return otherwise;
  bool too_large = found->is_number_unsigned() && found->get<uint64_t>() > INT64_MAX;
  return too_large ? otherwise : found->get<int64_t>();
}

bool boolean(const Json& object, const char* key, bool otherwise) {
  if (!object.is_object()) return otherwise;
  auto found = object.find(key);
  return found != object.end() && found->is_boolean() ? found->get<bool>() : otherwise;
}

const Json& member(const Json& object, const char* key) {
  if (!object.is_object()) return kNull;
  auto found = object.find(key);
  return found != object.end() ? *found : kNull;
}

std::string encode(const Event& event) {
  // Written by hand so that the order of the leading fields is that of ccwire(7): lines read well and diff well.
  std::string line = "{\"n\":" + std::to_string(event.number) + ",\"time\":\"" + format_utc(event.time) +
                     "\",\"from\":" + dump(Json(event.from)) + ",\"event\":" + dump(Json(event.name));
  if (!event.call.empty()) line += ",\"call\":" + dump(Json(event.call));
  if (!event.leg.empty()) line += ",\"leg\":" + dump(Json(event.leg));
  std::string fields = dump(event.fields);
  if (event.fields.is_object() && !event.fields.empty()) line += "," + fields.substr(1, fields.size() - 2);
  return line + "}";
}

Result<Event> decode_event(std::string_view line) {
  auto json = parse(line);
  if (!json) return json.error();
  Event event;
  event.number = integer(*json, "n", -1);
  event.from = text(*json, "from");
  event.name = text(*json, "event");
  event.call = text(*json, "call");
  event.leg = text(*json, "leg");
  auto time = parse_utc(text(*json, "time"));
  if (event.number < 0 || event.from.empty() || event.name.empty() || !time)
    return Error{Errc::bad_data, "no event: 'n', 'time', 'from' and 'event' are needed"};
  event.time = *time;
  for (const char* key : {"n", "time", "from", "event", "call", "leg", "prev"}) json->erase(key);
  event.fields = std::move(*json);
  return event;
}

Error error_of(const Reply& reply) {
  static constexpr struct {
    const char* code;
    Errc errc;
  } kCodes[] = {{code::kBadRequest, Errc::usage},   {code::kUnknownVerb, Errc::usage}, {code::kNotFound, Errc::no},
                {code::kWrongState, Errc::no},      {code::kBusy, Errc::again},        {code::kDenied, Errc::denied},
                {code::kUnavailable, Errc::unavailable}, {"replaced", Errc::no},  {"failed", Errc::again}};
  std::string name = text(reply.body, "code");
  for (auto [code, errc] : kCodes)
    if (name == code) return {errc, text(reply.body, "text", name)};
  return {Errc::bug, text(reply.body, "text", "peer gave no reason")};
}

bool is_verb(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string_view::npos;
}

}  // namespace hotline::wire
