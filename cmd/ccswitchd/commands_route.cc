// SPDX-License-Identifier: GPL-2.0-or-later
// Where calls go, as it is asked and commanded: route, night, blacklist, forward.
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "switch.h"

namespace hotline::ccswitchd {

using wire::Reply;

namespace {

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json json_of(const route::Blocked& one) {
  return {{"number", one.number},
          {"until", one.until ? Json(format_utc(*one.until)) : Json()},
          {"cause", one.cause ? Json(one.cause) : Json()},
          {"reason", or_null(one.reason)}};
}

/// The moment in field `key`; nullopt when it is missing.
std::optional<Utc> moment(Fields& fields, const char* key) {
  std::string text = fields.text(key);
  if (text.empty()) return std::nullopt;
  auto time = parse_utc(text);
  if (!time) fields.refuse(wire::code::kBadRequest, "field '" + std::string(key) + "': " + time.error().text);
  return time ? std::optional(*time) : std::nullopt;
}

}  // namespace

// ---- night

bool Switch::tend_night(const std::string& by) {
  bool now = config_.plan.is_night(night_mode_, utc_now());
  if (now == night_) return false;
  night_ = now;
  set_lamp("night", night_);
  say("night.changed", {{"on", night_}, {"mode", name_of(night_mode_)}, {"by", by}});
  return true;
}

void Switch::set_night(route::NightMode mode, const std::string& by) {
  if (mode == night_mode_) return;
  night_mode_ = mode;
  night_commanded_ = true;
  keeper_->keep(state_file("night"), std::string(name_of(mode)) + "\n");
  // A change of the mode alone is one, too: who follows knows what the calendar will do.
  if (!tend_night(by)) say("night.changed", {{"on", night_}, {"mode", name_of(mode)}, {"by", by}});
}

Json Switch::night_json() const { return {{"on", night_}, {"mode", name_of(night_mode_)}}; }

Reply Switch::night(Fields& fields) {
  if (fields.has("mode")) {
    std::string mode = fields.choice("mode", "", {"on", "off", "auto"});
    if (fields && mode == "auto" && config_.plan.night.calendar.empty())
      fields.refuse(wire::code::kWrongState, "mode 'auto' needs a calendar in [night] of the configuration");
    if (!fields) return *fields.refused();
    set_night(*route::night_mode_named(mode), "command");
  }
  Json body = night_json();
  body["next"] = Json();
  auto calendar = config_.plan.calendars.find(config_.plan.night.calendar);
  if (night_mode_ == route::NightMode::automatic && calendar != config_.plan.calendars.end())
    if (auto next = calendar->second.next_change(utc_now())) body["next"] = format_utc(*next);
  return Reply::yes(body);
}

// ---- blacklist

void Switch::blacklist_changed(const route::Blocked& one, const char* action) {
  Json fields = json_of(one);
  fields["action"] = action;
  say("blacklist.changed", fields);
}

void Switch::prune_blacklist() {
  auto gone = blacklist_.prune(utc_now());
  for (const auto& one : gone) blacklist_changed(one, "expired");
  if (!gone.empty()) keeper_->keep(blacklist_file(config_), blacklist_.format());
}

Reply Switch::blacklist(Fields& fields) {
  prune_blacklist();
  if (fields.has("add") && fields.has("remove")) fields.refuse(wire::code::kBadRequest, "either 'add' or 'remove'");
  if (fields && fields.has("add")) return blacklist_add(fields);
  if (fields && fields.has("remove")) return blacklist_remove(fields);
  std::string after = fields.text("after");
  if (!fields) return *fields.refused();
  // A message holds at most 1 MiB: a thousand entries are well below.
  static constexpr size_t kEntriesMax = 1000;
  Json body = {{"blacklist", Json::array()}};
  for (auto one = blacklist_.all().upper_bound(after); one != blacklist_.all().end(); ++one) {
    if (body["blacklist"].size() == kEntriesMax) {
      body["more"] = true;
      break;
    }
    body["blacklist"].push_back(json_of(one->second));
  }
  return Reply::yes(body);
}

Reply Switch::blacklist_add(Fields& fields) {
  route::Blocked one;
  one.number = fields.needed("add");
  one.until = moment(fields, "until");
  one.cause = static_cast<int>(fields.integer("cause", 0, 1, 127));
  one.reason = fields.text("reason");
  if (!fields) return *fields.refused();
  if (one.until && *one.until <= utc_now()) return Reply::no(wire::code::kBadRequest, "field 'until' is over already");
  if (auto added = blacklist_.add(one); !added)
    return Reply::no(added.error().code == Errc::again ? wire::code::kBusy : wire::code::kBadRequest, added.error().text);
  blacklist_changed(one, "added");
  keeper_->keep(blacklist_file(config_), blacklist_.format());
  return Reply::yes(json_of(one));
}

Reply Switch::blacklist_remove(Fields& fields) {
  std::string number = fields.needed("remove");
  if (!fields) return *fields.refused();
  auto found = blacklist_.all().find(number);
  if (found == blacklist_.all().end())
    return Reply::no(wire::code::kNotFound, "'" + number + "' is not in the blacklist");
  route::Blocked one = found->second;
  blacklist_.remove(number);
  blacklist_changed(one, "removed");
  keeper_->keep(blacklist_file(config_), blacklist_.format());
  return Reply::yes(json_of(one));
}

// ---- forward

Json Switch::forward_json(const std::string& phone) const {
  const auto& one = forwards_.of(phone);
  return {{"always", or_null(one.always)},
          {"busy", or_null(one.busy)},
          {"no_answer", or_null(one.no_answer)},
          {"no_answer_ms", one.no_answer_after.count()},
          {"dnd", one.dnd}};
}

void Switch::tell_forward(const std::string& phone, const std::string& by) {
  Json fields = forward_json(phone);
  fields["phone"] = phone;
  fields["by"] = by;
  say("phone.forward", fields);
}

void Switch::set_forward(const std::string& phone, const route::Forward& forward, const std::string& by) {
  if (forwards_.of(phone) == forward) return;
  forwards_.set(phone, forward);
  keeper_->keep(state_file("forwards.tsv"), forwards_.format());
  tell_forward(phone, by);
}

/// A target that this telephone may have: it must be allowed to call there itself.
Result<std::string> Switch::forward_target(const std::string& phone, const std::string& text) const {
  auto target = route::read_target(text, [this](const std::string& id) { return config_.find_phone(id) != nullptr; });
  if (!target) return target.error();
  if (*target == "phone:" + phone) return Error{Errc::bad_data, "a telephone is not forwarded to itself"};
  if (!target->starts_with("pstn:")) return target;
  auto way = config_.plan.outbounds.find(target->substr(5));
  if (!way) return Error{Errc::denied, "no [[outbound]] leads to that number"};
  if (!config_.plan.may_dial(phone, *way))
    return Error{Errc::denied, "the telephone's class does not allow it to call that number"};
  return target;
}

Reply Switch::forward_phone(Fields& fields) {
  std::string phone = fields.needed("phone");
  if (fields && !config_.find_phone(phone)) return Reply::no(wire::code::kNotFound, "no phone '" + phone + "'");
  route::Forward forward = forwards_.of(phone);
  auto target = [&](const char* key, std::string& into) {
    if (!fields || !fields.has(key)) return;
    auto read = forward_target(phone, fields.text(key));
    bool denied = !read && read.error().code == Errc::denied;
    if (!read)
      fields.refuse(denied ? wire::code::kDenied : wire::code::kBadRequest,
                    "field '" + std::string(key) + "': " + read.error().text);
    else
      into = *read;
  };
  target("always", forward.always);
  target("busy", forward.busy);
  target("no_answer", forward.no_answer);
  forward.no_answer_after =
      milliseconds(fields.integer("no_answer_ms", forward.no_answer_after.count(), route::Forwards::kNoAnswerMin.count(),
                                  route::Forwards::kNoAnswerMax.count()));
  forward.dnd = fields.boolean("dnd", forward.dnd);
  if (!fields) return *fields.refused();
  set_forward(phone, forward, "command");
  Json body = forward_json(phone);
  body["phone"] = phone;
  return Reply::yes(body);
}

// ---- what outlives a restart, and what a reload changes

void Switch::read_state() {
  static constexpr size_t kBytesMax = 16u << 20;
  keeper_ = std::make_unique<Keeper>(service_.loop(), [](const std::string& path, const std::string& failure) {
    if (!failure.empty()) log_error("state.not-kept file=" + path + " text='" + failure + "'");
  });
  blacklist_ = config_.blacklist;
  forwards_.configure(config_.plan.forwards());
  if (auto text = read_file(state_file("forwards.tsv"), kBytesMax))
    if (auto parsed = forwards_.parse(*text, state_file("forwards.tsv")); !parsed)
      log_error("forwards.ignored text='" + parsed.error().text + "; mend or remove it'");
  night_mode_ = config_.plan.night.mode;
  if (auto text = read_file(state_file("night"), kBytesMax))
    if (auto mode = route::night_mode_named(std::string(trim(*text)))) {
      night_mode_ = *mode;
      night_commanded_ = true;
    }
  for (const auto& [name, calendar] : config_.plan.calendars)
    if (auto last = calendar.known_until(); last && *last < conf::date_of(config_.plan.zone.local(utc_now())))
      log_warning("calendar.old calendar=" + name + " text='its last day is " + conf::format_date(*last) +
                  ": add the file of this year'");
}

/// After a reload: what of the new plan concerns state; and what changed, for the log.
std::string Switch::adopt_plan(const Config& was) {
  std::string text = route::difference(was.plan, config_.plan);
  std::map<std::string, route::Forward> before;
  for (const auto& phone : was.phones) before[phone.sip.id] = forwards_.of(phone.sip.id);
  forwards_.configure(config_.plan.forwards());
  for (const auto& phone : config_.phones)
    if (!(before[phone.sip.id] == forwards_.of(phone.sip.id))) tell_forward(phone.sip.id, "reload");
  if (blacklist_.format() != config_.blacklist.format())
    text += (text.empty() ? "" : "; ") + std::to_string(config_.blacklist.all().size()) + " in the blacklist";
  blacklist_ = config_.blacklist;
  for (const auto& route : config_.plan.routes.all())
    if (!route.controller.empty()) controllers_.expect(route.controller, monotonic_now());
  if (!night_commanded_) night_mode_ = config_.plan.night.mode;
  tend_night("reload");
  if (was.route_program != config_.route_program) text += (text.empty() ? "" : "; ") + std::string("route_program");
  start_program();
  return text.empty() ? "" : "; " + text;
}

// ---- route

Reply Switch::route(Fields& fields) {
  route::Question asked;
  asked.called = fields.needed("called");
  asked.caller = fields.text("caller");
  asked.line = fields.text("line", "span");
  asked.at = moment(fields, "at").value_or(utc_now());
  bool given = fields.has("at");
  if (!fields) return *fields.refused();
  // Night is what it is now, or for another time what the calendar and the mode say.
  asked.night = given ? config_.plan.is_night(night_mode_, asked.at) : night_;
  route::Trace trace;
  const auto* entry = asked.from_phone() ? nullptr : blacklist_.find(asked.caller, asked.at);
  auto where = config_.plan.decide(asked, &trace);
  Json steps = Json::array();
  auto step = [&](const std::string& what, const std::string& verdict, const std::string& why) {
    steps.push_back({{"what", what}, {"verdict", verdict}, {"why", why}});
  };
  int cause = blocked({{}, asked.caller, asked.called, asked.line, 0});
  if (!asked.from_phone())
    step("blacklist", cause ? "chosen" : "no",
         cause ? "refused, cause " + std::to_string(cause) + (entry ? ": " + entry->number + " " + entry->reason : "")
               : "the caller is not in it");
  if (program_) step("route program", program_->state() == std::string("ready") ? "holds" : "no",
                     program_->state() == std::string("ready") ? "it is asked first, for each call anew; here is what the tables say"
                                                               : "it is " + std::string(program_->state()));
  for (const auto& one : trace) step(one.what, one.verdict, one.why);
  if (cause) where = {};
  return Reply::yes({{"controller", where.controller},
                     {"tags", where.tags},
                     {"cause", where.controller.empty() ? Json(cause ? cause : where.cause) : Json()},
                     {"unrouted", where.unrouted},
                     {"night", asked.night},
                     {"steps", steps}});
}

}  // namespace hotline::ccswitchd
