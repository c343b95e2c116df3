// SPDX-License-Identifier: GPL-2.0-or-later
// Which verb is which function, and what several of them ask for alike.
#include "file_plays.h"
#include "switch.h"

#include "base/text.h"

namespace hotline::ccswitchd {

const std::map<std::string, Switch::Command>& Switch::verbs() {
  static const std::map<std::string, Command> kVerbs = {
      {"snapshot", &Switch::snapshot},
      {"calls", &Switch::list_calls},
      {"spans", &Switch::list_spans},
      {"phones", &Switch::list_phones},
      {"ports", &Switch::list_ports},
      {"hello", &Switch::hello},
      {"alert", &Switch::alert},
      {"answer", &Switch::answer},
      {"hangup", &Switch::hangup},
      {"play", &Switch::play},
      {"stop", &Switch::stop},
      {"hear", &Switch::hear},
      {"digits", &Switch::digits},
      {"secret", &Switch::secret},
      {"keys", &Switch::keys},
      {"dial", &Switch::dial},
      {"bridge", &Switch::bridge},
      {"unbridge", &Switch::unbridge},
      {"record", &Switch::record},
      {"tag", &Switch::tag},
      {"handover", &Switch::handover},
      {"join", &Switch::join},
      {"leave", &Switch::leave},
      {"spy", &Switch::spy},
      {"unspy", &Switch::unspy},
      {"listen", &Switch::listen},
      {"gain", &Switch::gain},
      {"beep", &Switch::beep},
      {"channels", &Switch::list_channels},
      {"restart-channel", &Switch::restart_channel},
      {"trunks", &Switch::list_trunks},
      {"mwi", &Switch::mwi},
      {"hold", &Switch::hold},
      {"resume", &Switch::resume},
      {"transfer", &Switch::transfer},
      {"fax-stop", &Switch::fax_stop},
      {"fax-detect", &Switch::fax_detect},
      {"route", &Switch::route},
      {"night", &Switch::night},
      {"blacklist", &Switch::blacklist},
      {"forward", &Switch::forward_phone},
      {"yield", &Switch::yield}};
  return kVerbs;
}

wire::Reply Switch::command(const std::string& verb, const Json& body) {
  auto found = verbs().find(verb);
  if (found == verbs().end()) return wire::Reply::no(wire::code::kUnknownVerb, "no verb '" + verb + "'");
  if (!body.is_object()) return wire::Reply::no(wire::code::kBadRequest, "the body is no object");
  Fields fields(body);
  return (this->*found->second)(fields);
}

std::optional<wire::Reply> Switch::command(const std::string& verb, const Json& body, Relay::Later later) {
  if (verb == "fax-send" || verb == "fax-receive") return fax(verb, body, std::move(later));
  if (verb == "play") return play_later(body, std::move(later));
  return command(verb, body);
}

Call* Switch::needed_call(Fields& fields) {
  std::string id = fields.needed("call");
  if (!fields) return nullptr;
  Call* call = calls_.find_call(id);
  if (!call || call->legs.empty()) {
    fields.refuse(wire::code::kNotFound, "no call '" + id + "'");
    return nullptr;
  }
  call->touched = monotonic_now();
  return call;
}

Leg* Switch::leg_in(Fields& fields, const std::string& id) {
  if (!fields) return nullptr;
  Leg* leg = calls_.find_leg(id);
  if (!leg) {
    fields.refuse(wire::code::kNotFound, "no leg '" + id + "'");
    return nullptr;
  }
  calls_.call_of(*leg).touched = monotonic_now();
  return leg;
}

Leg* Switch::needed_leg(Fields& fields) {
  std::string id = fields.needed("leg");
  return leg_in(fields, id);
}

namespace {

constexpr size_t kItemsMax = 64;
constexpr int64_t kItemMsMax = 600'000;
constexpr int kSamplesPerMs = 8;

/// A tone or a silence; false when the item is neither.
bool read_tone(const Json& item, media::PlayItem& into) {
  bool silence = item.contains("silence_ms");
  int64_t ms = wire::integer(item, silence ? "silence_ms" : "ms");
  if (ms < 1 || ms > kItemMsMax) return false;
  into.samples = ms * kSamplesPerMs;
  if (silence) return true;
  auto tone = media::tone_named(wire::text(item, "tone"));
  into.tone = tone ? static_cast<int>(*tone) : -1;
  return tone.has_value();
}

}  // namespace

std::vector<media::PlayItem> Switch::items(Fields& fields, const char* key, const Call& call,
                                           std::vector<FileItem>* files) {
  auto tagged = call.tags.find("lang");
  const std::string& language = tagged == call.tags.end() ? config_.language : tagged->second;
  std::vector<media::PlayItem> list;
  for (const Json& item : fields.list(key, kItemsMax)) {
    media::PlayItem one;
    std::string place = key;
    place.append("[").append(std::to_string(list.size())).append("]");
    if (std::string name = wire::text(item, "prompt"); !name.empty()) {
      std::string lang = wire::text(item, "lang", language);
      one.sound = sounds_.prompts.find(lang, name);
      if (!one.sound) one.sound = sounds_.prompts.find("common", name);
      if (!one.sound) {
        place.append(": no prompt '").append(name).append("' in language '").append(lang).append("'");
        fields.refuse(wire::code::kNotFound, place);
        return {};
      }
    } else if (files && item.is_object() && item.contains("file")) {
      std::string file = wire::text(item, "file");
      if (auto wrong = wrong_file_name(file); !wrong.empty()) {
        fields.refuse(wire::code::kBadRequest, place + ": file '" + valid_utf8(file.substr(0, 80)) + "' " + wrong);
        return {};
      }
      files->push_back({list.size(), file});
    } else if (!item.is_object() || !read_tone(item, one)) {
      fields.refuse(wire::code::kBadRequest,
                    place + (files ? " is none of prompt, file, tone (" : " is none of prompt, tone (") +
                        "dial, ringback, busy, congestion, special, waiting, unobtainable, beep) "
                        "with ms, silence_ms, of 1 to 600000 ms");
      return {};
    }
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace hotline::ccswitchd
