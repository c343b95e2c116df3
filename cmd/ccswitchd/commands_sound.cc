// SPDX-License-Identifier: GPL-2.0-or-later
// What one leg hears and how loud, and what it says into a recording of its own: hear, beep, gain, record.
#include "switch.h"

namespace hotline::ccswitchd {

using wire::Reply;

namespace {

constexpr int64_t kGainMax = 20;  // dB
constexpr int64_t kRecordMs = 300'000, kRecordMsMin = 1000, kRecordMsMax = 3'600'000;
constexpr int64_t kSilenceMsMin = 500, kSilenceMsMax = 60'000;
constexpr int kSamplesPerMs = 8;

}  // namespace

/// The leg's music in its call's language; null for the configured one.
media::SoundPtr Switch::music_of(const Leg& leg) const {
  if (leg.music.empty()) return nullptr;
  const Tags& tags = calls_.call_of(leg).tags;
  auto tagged = tags.find("lang");
  auto sound = sounds_.prompts.find(tagged == tags.end() ? config_.language : tagged->second, leg.music);
  return sound ? sound : sounds_.prompts.find("common", leg.music);
}

Reply Switch::hear(Fields& fields) {
  Leg* leg = needed_leg(fields);
  std::string what = fields.choice("what", "", {"silence", "music", "ringback"});
  std::string music = fields.text("music");
  if (fields && !music.empty() && what != "music")
    fields.refuse(wire::code::kBadRequest, "field 'music' is for \"what\":\"music\" alone");
  if (!leg || !fields) return *fields.refused();
  if (leg->state == LegState::releasing || leg->state == LegState::dialed || leg->state == LegState::ringing)
    return Reply::no(wire::code::kWrongState, "leg '" + leg->id + "' is " + name_of(leg->state) + ": it hears nothing");
  std::string before = std::exchange(leg->music, what == "music" ? music : leg->music);
  if (!leg->music.empty() && !music_of(*leg)) {
    leg->music = before;
    return Reply::no(wire::code::kNotFound, "no music '" + music + "'");
  }
  // A telephone makes its own ringing.
  if (leg->state == LegState::alerting && what == "music") side(*leg).early(leg->far.id);
  leg->base = what;
  refresh_base(*leg);
  return Reply::yes();
}

Reply Switch::beep(Fields& fields) {
  Leg* leg = needed_leg(fields);
  std::string tone = fields.choice("tone", "beep", {"beep", "waiting"});
  if (leg && fields) must_be_up(fields, *leg);
  if (!fields) return *fields.refused();
  engine_->beep(leg->port, *media::tone_named(tone));
  return Reply::yes();
}

Reply Switch::gain(Fields& fields) {
  Leg* leg = needed_leg(fields);
  if (!leg) return *fields.refused();
  int64_t says = fields.integer("says_db", leg->says_db, -kGainMax, kGainMax);
  int64_t hears = fields.integer("hears_db", leg->hears_db, -kGainMax, kGainMax);
  if (!fields) return *fields.refused();
  leg->says_db = says;
  leg->hears_db = hears;
  engine_->set_gain(leg->port, static_cast<int>(says), static_cast<int>(hears));
  return Reply::yes();
}

Reply Switch::record_leg(Fields& fields) {
  Leg* leg = needed_leg(fields);
  if (fields && !fields.has("on")) fields.refuse(wire::code::kBadRequest, "field 'on' is missing");
  bool on = fields.boolean("on", false), beep = fields.boolean("beep", false);
  int64_t limit = fields.integer("max_ms", kRecordMs, kRecordMsMin, kRecordMsMax);
  int64_t silence = fields.has("silence_ms") ? fields.integer("silence_ms", 0, kSilenceMsMin, kSilenceMsMax) : 0;
  std::string keys = fields.text("keys");
  if (keys.find_first_not_of("0123456789*#ABCD") != std::string::npos)
    fields.refuse(wire::code::kBadRequest, "field 'keys' is not of 0-9, '*', '#', A-D");
  if (!leg || !fields) return *fields.refused();
  if (!on) {
    if (!leg->segment.empty()) engine_->stop_recording(spool_dir_ + "/" + leg->segment + ".wav");
    return Reply::yes();
  }
  if (leg->spy) fields.refuse(wire::code::kWrongState, "leg '" + leg->id + "' spies: nothing that it says is read");
  if (fields) must_be_up(fields, *leg);
  if (!fields) return *fields.refused();
  if (!leg->segment.empty()) return Reply::yes({{"segment", leg->segment}});
  Call& call = calls_.call_of(*leg);
  std::string segment = calls_.next_segment(call);
  media::RecordSpec spec;
  spec.left = leg->port;
  spec.about = about(call, {leg->id}, "", segment);
  spec.samples_max = limit * kSamplesPerMs;
  spec.silence_samples = silence * kSamplesPerMs;
  spec.keys = keys;
  spec.beep = beep;
  spec.path = spool_dir_ + "/" + calls_.record_started(*leg, segment).file;
  engine_->record(std::move(spec));
  return Reply::yes({{"segment", segment}});
}

}  // namespace hotline::ccswitchd
