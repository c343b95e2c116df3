// SPDX-License-Identifier: GPL-2.0-or-later
// Room wire: the vocabulary of cc-wire version 1 (ccwire(7)): JSON values, events, commands, replies, to text and back,
// bounded. No sockets, no files. Everything that comes from outside is parsed here, and only here, into Json.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace hotline::wire {

using Json = nlohmann::json;

/// First frame of every command and reply: a stranger is recognised at once.
inline constexpr std::string_view kSignature = "cc-wire/1";

/// A message's JSON is at most this long and this deep; longer ones are refused unparsed.
inline constexpr size_t kMessageBytesMax = 1 << 20;
inline constexpr int kDepthMax = 32;

/// Parses one JSON text, bounded as above; `bad_data` says at which octet it broke.
Result<Json> parse(std::string_view text);

/// One line of JSON; broken UTF-8 becomes U+FFFD instead of an exception.
std::string dump(const Json& value);

/// Fields of an object, with a default for "missing"; a field of another type counts as missing.
std::string text(const Json& object, const char* key, const std::string& otherwise = "");
int64_t integer(const Json& object, const char* key, int64_t otherwise = 0);
bool boolean(const Json& object, const char* key, bool otherwise = false);
/// The member, or an empty object / array / null.
const Json& member(const Json& object, const char* key);

/// One event: what happened, to which call and leg, numbered by its publisher without a gap.
///
/// As JSON, in this order: "n" (number), "time" (RFC 3339, UTC, microseconds), "from" (publisher), "event" (its name,
/// which is also the topic), "call", "leg" when it speaks of them, then the event's own fields. A journal line adds
/// "prev" at the end.
struct Event {
  int64_t number = 0;
  Utc time{};
  std::string from, name, call, leg;
  Json fields = Json::object();
};
std::string encode(const Event& event);
/// `bad_data` when it is no event; fields that nobody knows are kept in `fields`.
Result<Event> decode_event(std::string_view text);

/// What can be wrong with a command; `code` of an error reply. Tools map them to exit codes by errc_of().
namespace code {
inline constexpr const char* kBadRequest = "bad-request";    ///< malformed, or a field is missing or of a wrong type
inline constexpr const char* kUnknownVerb = "unknown-verb";
inline constexpr const char* kNotFound = "not-found";        ///< no such call, leg, queue, agent, prompt …
inline constexpr const char* kWrongState = "wrong-state";    ///< known, but not possible now
inline constexpr const char* kBusy = "busy";                 ///< a bound is reached; try again later
inline constexpr const char* kDenied = "denied";
inline constexpr const char* kUnavailable = "unavailable";   ///< what it needs (a span, a phone) is not there
inline constexpr const char* kInternal = "internal";
}  // namespace code

/// The answer to a command: ok with fields, or an error with a code and a sentence.
struct Reply {
  bool ok = true;
  Json body = Json::object();

  static Reply yes(Json body = Json::object()) { return {true, std::move(body)}; }
  static Reply no(const char* code, const std::string& text) { return {false, {{"code", code}, {"text", text}}}; }
};

/// The error of a reply as a Result's error, with the exit code that goes with its `code`.
Error error_of(const Reply& reply);

/// A verb is lower-case words joined by '-' or '.', at most 32 octets.
bool is_verb(std::string_view text);

}  // namespace hotline::wire
