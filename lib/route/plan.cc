// SPDX-License-Identifier: GPL-2.0-or-later
#include "route/plan.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace hotline::route {

namespace {

/// ITU-T Q.850 (05/98) table 1.
constexpr int kUnallocated = 1, kRejected = 21;

void note(Trace* trace, std::string what, std::string verdict, std::string why) {
  if (trace) trace->push_back({std::move(what), std::move(verdict), std::move(why)});
}

std::string describe(const Route& route, size_t number) {
  return "route " + std::to_string(number) + " (" + route.place + "): " + route.conditions();
}

/// "routes +1 -2" by what each entry says; "" when both are the same.
std::string counted(const std::string& name, const std::vector<std::string>& was, const std::vector<std::string>& now) {
  std::multiset<std::string> before(was.begin(), was.end()), after(now.begin(), now.end());
  std::vector<std::string> gone, come;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(gone));
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(come));
  if (gone.empty() && come.empty()) return was == now ? "" : name + " in another order";
  return name + " +" + std::to_string(come.size()) + " -" + std::to_string(gone.size());
}

std::vector<std::string> texts(const std::vector<Route>& routes) {
  std::vector<std::string> list;
  for (const auto& one : routes) list.push_back(one.conditions() + " > " + one.outcome());
  return list;
}

std::vector<std::string> texts(const Outbounds& outbounds) {
  std::vector<std::string> list = outbounds.emergency();
  for (const auto& one : outbounds.all()) {
    std::string text = one.called.text() + "|" + std::to_string(one.strip) + one.prepend + "|" + one.caller + "|";
    for (const auto& via : one.via) text += via.text() + ",";
    for (int cause : one.failover) text += std::to_string(cause) + ",";
    list.push_back(text + (one.needs ? name_of(*one.needs) : ""));
  }
  return list;
}

std::vector<std::string> texts(const std::map<std::string, PhoneRule>& phones) {
  std::vector<std::string> list;
  for (const auto& [id, one] : phones) {
    const Forward& f = one.forward;
    list.push_back(id + "|" + name_of(one.allowed) + "|" + f.always + "|" + f.busy + "|" + f.no_answer + "|" +
                   std::to_string(f.no_answer_after.count()) + (f.dnd ? "|dnd" : ""));
  }
  return list;
}

std::vector<std::string> texts(const std::map<std::string, std::string>& codes) {
  std::vector<std::string> list;
  for (const auto& [name, code] : codes) list.push_back(name + code);
  return list;
}

std::vector<std::string> texts(const std::map<std::string, RingGroup>& groups) {
  std::vector<std::string> list;
  for (const auto& [name, one] : groups)
    list.push_back(name + "|" + join(one.members, ",") + (one.ring == RingGroup::Ring::all ? "|all|" : "|in-turn|") +
                   std::to_string(one.time.count()) + "|" + one.then + "|" + one.pickup);
  return list;
}

std::string changed(const std::string& name, const std::shared_ptr<const NumberList>& was,
                    const std::shared_ptr<const NumberList>& now) {
  if (!was && !now) return "";
  if (was && now && *was == *now) return "";
  return name + ": " + std::to_string(now ? now->size() : 0) + " numbers";
}

/// Lists of routes by name, as far as their content is another.
std::vector<std::string> changed_lists(const Routes& was, const Routes& now) {
  std::map<std::string, std::shared_ptr<const NumberList>> before;
  std::map<std::string, std::string> news;
  for (const auto& route : was.all())
    if (route.callers) before[route.caller_list] = route.callers;
  for (const auto& route : now.all())
    if (route.callers) news[route.caller_list] = changed(route.caller_list, before[route.caller_list], route.callers);
  std::vector<std::string> list;
  for (const auto& [name, text] : news) list.push_back(text);
  return list;
}

}  // namespace

std::optional<NightMode> night_mode_named(const std::string& name) {
  if (name == "auto") return NightMode::automatic;
  if (name == "on") return NightMode::on;
  if (name == "off") return NightMode::off;
  return std::nullopt;
}

const char* name_of(NightMode mode) {
  return mode == NightMode::automatic ? "auto" : mode == NightMode::on ? "on" : "off";
}

const std::map<std::string, bool>& code_names() {
  static const std::map<std::string, bool> kNames = {
      {"forward_always", true}, {"forward_busy", true}, {"forward_no_answer", true}, {"forward_off", false},
      {"dnd_on", false},        {"dnd_off", false},     {"night_on", false},         {"night_off", false},
      {"night_auto", false},    {"pickup", false},          {"pickup_phone", true}};
  return kNames;
}

const PhoneRule* Plan::phone(const std::string& id) const {
  auto found = phones.find(id);
  return found == phones.end() ? nullptr : &found->second;
}

std::map<std::string, Forward> Plan::forwards() const {
  std::map<std::string, Forward> all;
  for (const auto& [id, rule] : phones) all[id] = rule.forward;
  return all;
}

bool Plan::is_night(NightMode mode, Utc now) const {
  if (mode != NightMode::automatic) return mode == NightMode::on;
  auto found = calendars.find(night.calendar);
  return found != calendars.end() && !found->second.open(now);
}

bool Plan::may_dial(const std::string& id, const Way& way) const {
  const PhoneRule* rule = phone(id);
  return way.emergency || (rule && rule->allowed >= way.needs);
}

Destination Plan::direct(const std::string& to) const {
  Destination where;
  where.controller = kDirect;
  where.tags["lang"] = language;
  where.tags[kDirectTo] = to;
  return where;
}

Destination Plan::along(const Route& route, const std::string& called) const {
  Destination where;
  where.tags = route.tags;
  where.tags.emplace("lang", language);
  if (route.cause) {
    where.cause = route.cause;
    return where;
  }
  where.controller = route.to.empty() ? route.controller : kDirect;
  if (!route.to.empty()) where.tags[kDirectTo] = route.to == "pstn" ? "pstn:" + called : route.to;
  return where;
}

/// What only a telephone of ours reaches: codes, emergency numbers, other telephones.
std::optional<Destination> Plan::from_phone(const Question& question, Trace* trace) const {
  const std::string& called = question.called;
  std::string code;
  for (const auto& [name, dialled] : codes) {
    bool takes = code_names().at(name) ? called.size() > dialled.size() && called.starts_with(dialled) : called == dialled;
    if (takes && (code.empty() || dialled.size() > codes.at(code).size())) code = name;
  }
  if (!codes.empty()) note(trace, "codes", code.empty() ? "no" : "chosen", code.empty() ? "it is no code" : code);
  if (!code.empty()) {
    Destination where = direct("code");
    where.code = code;
    where.argument = called.substr(codes.at(code).size());
    return where;
  }
  bool emergency = has_outside && outbounds.is_emergency(called);
  note(trace, "emergency numbers", emergency ? "chosen" : "no", join(outbounds.emergency(), ", "));
  if (emergency) return direct("pstn:" + called);
  note(trace, "telephones", phone(called) ? "chosen" : "no", phone(called) ? "" : "none is '" + called + "'");
  if (phone(called)) return direct("phone:" + called);
  return std::nullopt;
}

/// What a telephone reaches when no route names it.
std::optional<Destination> Plan::outside(const Question& question, Trace* trace) const {
  if (!has_outside || !is_number(question.called)) {
    note(trace, "outside", "no", has_outside ? "it is no number" : "there is neither a span nor a trunk");
    return std::nullopt;
  }
  auto way = outbounds.find(question.called);
  if (!way) {
    note(trace, "outside", "no", "no [[outbound]] begins it");
    return std::nullopt;
  }
  std::string id = question.line.substr(question.line.find(':') + 1);
  const PhoneRule* rule = phone(id);
  if (may_dial(id, *way)) {
    std::string text = "as " + way->number + " by";
    for (const auto& via : way->via) text += " " + via.text();
    note(trace, "outside", "chosen", text);
    return direct("pstn:" + question.called);
  }
  note(trace, "outside", "chosen",
       std::string("refused, cause 21: it is ") + name_of(way->needs) + " and the telephone's class is " +
           (rule ? name_of(rule->allowed) : "unknown"));
  Destination refused;
  refused.cause = kRejected;
  return refused;
}

void Plan::note_routes(const Question& question, const std::vector<std::string>& tags, const Route* chosen,
                       Trace* trace) const {
  if (!trace) return;
  size_t number = 0;
  for (const auto& verdict : routes.judge(question, tags)) {
    const Route& route = *verdict.route;
    std::string what = describe(route, ++number);
    if (&route == chosen)
      note(trace, what, "chosen", route.outcome());
    else if (!verdict.holds)
      note(trace, what, "no", verdict.why);
    else if (route.is_default && (!chosen || !chosen->is_default))
      note(trace, what, "holds", "but is asked only when nothing else takes the call");
    else
      note(trace, what, "holds", "but another has a narrower called or caller, or stands before it");
  }
}

Destination Plan::decide(const Question& question, Trace* trace) const {
  if (question.from_phone())
    if (auto where = from_phone(question, trace)) return *where;
  auto tags = caller_tags(callers.get(), question.caller);
  if (callers)
    note(trace, "tags of the caller", tags.empty() ? "no" : "holds",
         tags.empty() ? "none in " + callers_file : join(tags, ", "));
  const Route* route = routes.find(question, tags, false);
  std::optional<Destination> beyond;
  Trace later;
  if (!route && question.from_phone()) beyond = outside(question, trace ? &later : nullptr);
  bool is_default = !route && !beyond;
  if (is_default) route = routes.find(question, tags, true);
  note_routes(question, tags, route, trace);
  if (trace) trace->insert(trace->end(), later.begin(), later.end());
  if (beyond) return *beyond;
  Destination where;
  where.cause = kUnallocated;
  if (route) where = along(*route, question.called);
  where.unrouted = is_default;
  if (!route) note(trace, "default", "chosen", "refused, cause 1: no route holds, nor a default one");
  if (!tags.empty()) where.tags["caller-tags"] = join(tags, ",");
  return where;
}

std::string difference(const Plan& was, const Plan& now) {
  std::vector<std::string> parts = {counted("routes", texts(was.routes.all()), texts(now.routes.all())),
                                    counted("outbound", texts(was.outbounds), texts(now.outbounds)),
                                    counted("rules of phones", texts(was.phones), texts(now.phones)),
                                    counted("ring groups", texts(was.ring_groups), texts(now.ring_groups)),
                                    counted("codes", texts(was.codes), texts(now.codes)),
                                    changed(now.callers_file.empty() ? "callers" : now.callers_file, was.callers, now.callers)};
  for (auto& one : changed_lists(was.routes, now.routes)) parts.push_back(std::move(one));
  for (const auto& [name, calendar] : now.calendars)
    if (auto old = was.calendars.find(name); old == was.calendars.end() || !(old->second == calendar))
      parts.push_back("calendar " + name + (old == was.calendars.end() ? " is new" : " changed"));
  for (const auto& [name, calendar] : was.calendars)
    if (!now.calendars.count(name)) parts.push_back("calendar " + name + " is gone");
  if (was.zone.name() != now.zone.name()) parts.push_back("time zone " + now.zone.name());
  if (was.night.calendar != now.night.calendar || was.night.mode != now.night.mode) parts.push_back("night changed");
  std::erase(parts, "");
  return join(parts, "; ");
}

}  // namespace hotline::route
