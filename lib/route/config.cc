// SPDX-License-Identifier: GPL-2.0-or-later
// hotline.toml(5) to a Plan.
#include <algorithm>
#include <set>

#include "base/fd.h"
#include "base/text.h"
#include "route/plan.h"

namespace hotline::route {

namespace {

constexpr size_t kListBytesMax = 64u << 20;
constexpr size_t kRoutesMax = 2000, kOutboundsMax = 500, kViaMax = 8;
constexpr size_t kTagBytesMax = 1024;

/// A name of a controller or a tag's key: ccwire(7)'s verb.
bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= 32 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos;
}

std::set<std::string> names_of(conf::Table& root, const char* array) {
  std::set<std::string> names;
  for (auto& table : root.tables(array)) names.insert(table.string(std::string(array) == "phone" ? "id" : "name"));
  return names;
}

/// Reads the tables; what several of them ask for is here.
class Reader {
 public:
  Reader(conf::Table& root, const conf::Instance& instance)
      : root_(root), instance_(instance), phones_(names_of(root, "phone")), trunks_(names_of(root, "trunk")),
        groups_(names_of(root, "ring_group")) {}

  Plan read() {
    conf::Table site = root_.table("site"), main = root_.table("switch");
    plan_.zone = conf::read_zone(site);
    plan_.language = site.string("language", plan_.language);
    plan_.has_outside = !root_.tables("span").empty() || !trunks_.empty();
    plan_.calendars = conf::read_calendars(root_, instance_.etc(), plan_.zone);
    read_switch(main);
    read_night();
    read_blacklist();
    read_outbounds();
    for (auto& table : root_.tables("phone")) read_phone(table);
    for (auto& table : root_.tables("ring_group")) read_ring_group(table);
    read_routes();
    return std::move(plan_);
  }

 private:
  void read_switch(conf::Table& table) {
    plan_.callers_file = table.string("callers");
    plan_.callers = list(table, "callers", plan_.callers_file);
    emergency_ = table.has("emergency") ? table.strings("emergency")
                                        : std::vector<std::string>{"110", "119", "120", "122"};
    for (const auto& number : emergency_)
      if (!is_number(number)) table.complain("emergency", "'" + number + "' is no number");
    conf::Table codes = table.table("codes");
    for (const auto& [name, takes] : code_names()) {
      std::string code = codes.string(name);
      if (code.empty()) continue;
      if (!is_number(code) || code.size() > 8) codes.complain(name, "'" + code + "' is no code: at most 8 of 0-9, '*', '#'");
      for (const auto& [other, same] : plan_.codes)
        if (same == code) codes.complain(name, "'" + code + "' is also " + other);
      plan_.codes[name] = code;
    }
    codes.close();
  }

  std::shared_ptr<const NumberList> list(conf::Table& table, const char* key, const std::string& file) {
    if (file.empty()) return nullptr;
    if (auto known = lists_.find(file); known != lists_.end()) return known->second;
    std::string path = file.starts_with('/') ? file : instance_.etc() + "/" + file;
    auto text = read_file(path, kListBytesMax);
    auto parsed = text ? NumberList::parse(*text, path) : Result<NumberList>(text.error());
    if (!parsed) table.complain(key, parsed.error().text);
    return lists_[file] = std::make_shared<NumberList>(parsed ? std::move(*parsed) : NumberList());
  }

  std::optional<Pattern> pattern(conf::Table& table, const char* key, const std::string& text) {
    auto parsed = Pattern::parse(text, Pattern::Bare::beginning);
    if (parsed) return *parsed;
    table.complain(key, parsed.error().text);
    return std::nullopt;
  }

  bool is_calendar(conf::Table& table, const char* key, const std::string& name) {
    if (plan_.calendars.count(name)) return true;
    std::vector<std::string> known;
    for (const auto& [one, calendar] : plan_.calendars) known.push_back(one);
    table.complain(key, "there is no [calendar." + name + "]" + did_you_mean(name, known));
    return false;
  }

  void read_night() {
    conf::Table table = root_.table("night");
    plan_.night.calendar = table.string("calendar");
    if (!plan_.night.calendar.empty()) is_calendar(table, "calendar", plan_.night.calendar);
    std::string otherwise = plan_.night.calendar.empty() ? "off" : "auto";
    plan_.night.mode = *night_mode_named(table.choice("mode", otherwise, {"auto", "on", "off"}));
    if (plan_.night.mode == NightMode::automatic && plan_.night.calendar.empty())
      table.complain("mode", "\"auto\" needs a calendar");
    table.close();
  }

  void read_blacklist() {
    conf::Table table = root_.table("blacklist");
    plan_.blacklist.file = table.string("file", plan_.blacklist.file);
    if (plan_.blacklist.file.empty()) table.complain("file", "a file's name is expected");
    plan_.blacklist.cause = static_cast<int>(table.integer("cause", plan_.blacklist.cause, 1, 127));
    plan_.blacklist.withheld = table.boolean("withheld", false);
    table.close();
  }

  void read_outbounds() {
    std::vector<Outbound> rows;
    for (auto& table : root_.tables("outbound")) {
      Outbound row;
      row.place = table.place();
      std::string called = table.needed("called");
      if (!called.empty() && called != "default")
        if (auto parsed = pattern(table, "called", called)) row.called = *parsed;
      read_vias(table, row);
      row.strip = static_cast<int>(table.integer("strip", 0, 0, 32));
      row.prepend = table.string("prepend");
      if (!row.prepend.empty() && !is_number(row.prepend))
        table.complain("prepend", "'" + row.prepend + "' is no number");
      row.caller = table.string("caller");
      if (!row.caller.empty() && !is_number(row.caller)) table.complain("caller", "'" + row.caller + "' is no number");
      read_failover(table, row);
      std::string needs = table.string("class");
      row.needs = class_named(needs);
      if (!needs.empty() && (!row.needs || *row.needs == Class::internal))
        table.complain("class", "'" + needs + "' is none of local, long-distance, international");
      if (rows.size() >= kOutboundsMax) table.complain("called", "more than 500 [[outbound]]");
      rows.push_back(std::move(row));
      table.close();
    }
    plan_.outbounds = Outbounds(std::move(rows), emergency_);
  }

  void read_vias(conf::Table& table, Outbound& row) {
    for (const auto& text : table.strings("via")) {
      auto via = read_via(text);
      if (!via)
        table.complain("via", "'" + text + "' is neither \"span\", \"span:NAME\" nor \"trunk:NAME\"");
      else if (via->kind == Via::Kind::span && !via->name.empty() && !spans().count(via->name))
        table.complain("via", "there is no span or group '" + via->name + "'" + suggestion(via->name, spans()));
      else if (via->kind == Via::Kind::trunk && !trunks_.count(via->name))
        table.complain("via", "there is no [[trunk]] '" + via->name + "'" + suggestion(via->name, trunks_));
      else
        row.via.push_back(*via);
    }
    if (row.via.size() > kViaMax) table.complain("via", "more than 8 ways");
    if (row.via.empty() && !table.has("via")) table.complain("via", "is needed here and missing: [\"span\"]");
  }

  void read_failover(conf::Table& table, Outbound& row) {
    if (!table.has("failover")) return;
    row.failover.clear();
    for (int64_t cause : table.integers("failover", 1, 127)) row.failover.push_back(static_cast<int>(cause));
  }

  /// Names and groups of spans.
  const std::set<std::string>& spans() {
    if (!spans_)
      for (spans_.emplace(); auto& table : root_.tables("span"))
        for (const char* key : {"name", "group"})
          if (auto name = table.string(key); !name.empty()) spans_->insert(name);
    return *spans_;
  }

  static std::string suggestion(const std::string& name, const std::set<std::string>& known) {
    return did_you_mean(name, std::vector<std::string>(known.begin(), known.end()));
  }

  void read_phone(conf::Table& table) {
    PhoneRule rule;
    rule.id = table.string("id");
    std::string otherwise = table.boolean("outside", true) ? "international" : "internal";
    rule.allowed = *class_named(table.choice("class", otherwise, {"internal", "local", "long-distance", "international"}));
    if (table.has("outside") && table.has("class")) table.complain("outside", "class says that already; give one of them");
    auto is_phone = [&](const std::string& id) { return phones_.count(id) > 0; };
    auto target = [&](const char* key) {
      auto read = read_target(table.string(key), is_phone);
      if (!read) {
        table.complain(key, read.error().text);
        return std::string();
      }
      auto way = read->starts_with("pstn:") ? plan_.outbounds.find(read->substr(5)) : std::nullopt;
      if (way && !way->emergency && way->needs > rule.allowed)
        table.complain(key, "the telephone may not call " + read->substr(5) + ": its class is " + name_of(rule.allowed));
      return *read;
    };
    rule.forward.always = target("forward_always");
    rule.forward.busy = target("forward_busy");
    rule.forward.no_answer = target("forward_no_answer");
    rule.forward.no_answer_after = std::chrono::duration_cast<milliseconds>(
        table.duration("forward_after", rule.forward.no_answer_after, Forwards::kNoAnswerMin, Forwards::kNoAnswerMax));
    rule.forward.dnd = table.boolean("dnd", false);
    if (std::find(emergency_.begin(), emergency_.end(), rule.id) != emergency_.end())
      table.complain("id", "'" + rule.id + "' is an emergency number");
    plan_.phones[rule.id] = std::move(rule);
  }

  void read_routes() {
    std::vector<Route> routes;
    std::set<std::string> seen;
    for (auto& table : root_.tables("route")) {
      Route route;
      route.place = table.place();
      read_conditions(table, route);
      read_outcome(table, route);
      if (!seen.insert(route.conditions()).second)
        table.complain("called", "a route '" + route.conditions() + "' is there twice");
      if (routes.size() >= kRoutesMax) table.complain("called", "more than 2000 routes");
      routes.push_back(std::move(route));
      table.close();
    }
    plan_.routes = Routes(std::move(routes), plan_.zone);
  }

  void read_conditions(conf::Table& table, Route& route) {
    std::string called = table.string("called"), caller = table.string("caller");
    route.is_default = called == "default";
    if (!called.empty() && !route.is_default)
      if (auto parsed = pattern(table, "called", called)) route.called = *parsed;
    route.withheld = caller == "withheld";
    if (!caller.empty() && !route.withheld) route.caller = pattern(table, "caller", caller);
    route.caller_list = table.string("caller_list");
    route.callers = list(table, "caller_list", route.caller_list);
    route.caller_tags = table.strings("caller_tags");
    if (!route.caller_tags.empty() && !plan_.callers)
      table.complain("caller_tags", "nobody has tags: name their file as callers in [switch]");
    route.line = table.string("line");
    read_line(table, route.line);
    auto hours = conf::Hours::parse(table.strings("time"));
    if (hours)
      route.time = *hours;
    else
      table.complain("time", hours.error().text);
    read_calendar(table, route);
    bool night = table.boolean("night", false);
    if (table.has("night")) route.night = night;
    if (called.empty() && route.conditions() == Route().conditions())
      table.complain("called", "a route needs a condition; for all that no other takes give called = \"default\"");
  }

  void read_line(conf::Table& table, const std::string& line) {
    if (line.empty() || line == "phone" || line == "span" || line == "trunk") return;
    bool known = (line.starts_with("phone:") && phones_.count(line.substr(6))) ||
                 (line.starts_with("span:") && names_of(root_, "span").count(line.substr(5))) ||
                 (line.starts_with("trunk:") && trunks_.count(line.substr(6)));
    if (!known) table.complain("line", "'" + line + "' is no \"span:NAME\", \"phone:ID\" or \"trunk:NAME\" of this file");
  }

  void read_calendar(conf::Table& table, Route& route) {
    std::string text = table.string("calendar");
    if (text.empty()) return;
    auto words = split(text, ' ');
    route.calendar = words[0];
    if (words.size() == 2) route.calendar_is = words[1];
    if (words.size() > 2 || (route.calendar_is != "open" && route.calendar_is != "closed" && route.calendar_is != "holiday"))
      table.complain("calendar", "'" + text + "' is no calendar's name with \"open\", \"closed\" or \"holiday\" behind it");
    else if (is_calendar(table, "calendar", route.calendar))
      route.office = std::make_shared<conf::Calendar>(plan_.calendars.at(route.calendar));
  }

  void read_outcome(conf::Table& table, Route& route) {
    route.controller = table.string("controller");
    route.to = table.string("to");
    int64_t cause = table.integer("cause", 21, 1, 127);
    route.cause = table.has("cause") ? static_cast<int>(cause) : 0;
    if (!route.controller.empty() + !route.to.empty() + (route.cause != 0) != 1)
      table.complain("controller", "a route needs one of controller, to and cause");
    if (!route.controller.empty() && (!is_name(route.controller) || route.controller == kDirect))
      table.complain("controller", "'" + route.controller + "' is no controller's name; for direct calls give to");
    if (!route.to.empty() && !is_to(route.to))
      table.complain("to", "'" + route.to + "' is neither \"pstn\", \"pstn:NUMBER\", \"phone:\" and a phone of this file, \"trunk:NAME/NUMBER\" nor \"group:NAME\"");
    for (const auto& [key, value] : table.table("tags").named_strings()) {
      if (!is_name(key) || !is_one_field(value) || value.size() > kTagBytesMax || key == kDirectTo)
        table.complain("tags", "'" + key + "' is no tag, or its text is none");
      route.tags[key] = value;
    }
    for (const char* key : {"flow", "lang", "queue"})
      if (auto value = table.string(key); !value.empty()) route.tags[key] = value;
  }

  void read_ring_group(conf::Table& table) {
    RingGroup group;
    group.name = table.needed("name");
    if (!group.name.empty() && !is_name(group.name))
      table.complain("name", "'" + group.name + "' is no name: at most 32 of a-z, 0-9, '-' and '.'");
    if (plan_.ring_groups.count(group.name)) table.complain("name", "ring group '" + group.name + "' is there twice");
    group.members = table.strings("members");
    if (group.members.empty() || group.members.size() > kMembersMax)
      table.complain("members", "1 to " + std::to_string(kMembersMax) + " are expected");
    for (auto& member : group.members) {
      if (phones_.count(member)) member = "phone:" + member;
      if (member == "pstn" || member.starts_with("group:") || !is_to(member))
        table.complain("members", "'" + member + "' is neither \"phone:\" and a phone of this file, \"pstn:NUMBER\" nor \"trunk:NAME/NUMBER\"");
    }
    std::set<std::string> once(group.members.begin(), group.members.end());
    if (once.size() != group.members.size()) table.complain("members", "one of them is there twice");
    bool all = table.choice("ring", "all", {"all", "in-turn"}) == "all";
    group.ring = all ? RingGroup::Ring::all : RingGroup::Ring::in_turn;
    group.time = std::chrono::duration_cast<milliseconds>(
        table.duration("time", seconds(all ? 30 : 15), seconds(5), seconds(300)));
    group.then = table.string("then");
    bool controller = group.then.starts_with("controller:") && is_name(group.then.substr(11)) && group.then.substr(11) != kDirect;
    if (!group.then.empty() && !controller && (group.then == "pstn" || !is_to(group.then)))
      table.complain("then", "'" + group.then + "' is none of phone:ID, pstn:NUMBER, trunk:NAME/NUMBER, group:NAME, controller:NAME");
    group.pickup = table.string("pickup");
    table.close();
    plan_.ring_groups[group.name] = std::move(group);
  }

  bool is_to(const std::string& to) const {
    if (to.starts_with("group:")) return groups_.count(to.substr(6)) > 0;
    if (to.starts_with("trunk:")) {
      size_t slash = to.find('/');
      return slash != std::string::npos && trunks_.count(to.substr(6, slash - 6)) && is_number(to.substr(slash + 1));
    }
    return to == "pstn" || (to.starts_with("pstn:") && is_number(to.substr(5))) ||
           (to.starts_with("phone:") && phones_.count(to.substr(6)));
  }

  conf::Table& root_;
  const conf::Instance& instance_;
  std::set<std::string> phones_, trunks_, groups_;
  std::optional<std::set<std::string>> spans_;
  std::vector<std::string> emergency_;
  std::map<std::string, std::shared_ptr<const NumberList>> lists_;
  Plan plan_;
};

}  // namespace

Plan read_plan(conf::Table& root, const conf::Instance& instance) { return Reader(root, instance).read(); }

const std::vector<std::string>& site_keys() {
  static const std::vector<std::string> kKeys = {"time_zone"};
  return kKeys;
}

const std::vector<std::string>& switch_keys() {
  static const std::vector<std::string> kKeys = {"callers", "emergency", "codes"};
  return kKeys;
}

const std::vector<std::string>& phone_keys() {
  static const std::vector<std::string> kKeys = {"outside",      "class",  "forward_always", "forward_busy", "forward_no_answer",
                                                 "forward_after", "dnd"};
  return kKeys;
}

}  // namespace hotline::route
