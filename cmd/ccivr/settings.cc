// SPDX-License-Identifier: GPL-2.0-or-later
#include "settings.h"

#include <algorithm>
#include <filesystem>

#include "base/fd.h"
#include "base/text.h"
#include "conf/conf.h"
#include "service/service.h"
#include "wire/wire.h"

namespace hotline::ccivr {

namespace {

constexpr size_t kFlowBytesMax = 1u << 20;

struct NamedFile {
  std::string name, file, place;
};

Result<flow::Flow> parse_named(const std::string& file, const std::string& name) {
  auto text = read_file(file, kFlowBytesMax);
  if (!text) return Error{Errc::no_input, text.error().text};
  return flow::parse(*text, file, name);
}

Result<flow::Flow> load_named(const std::string& file, const std::string& name) {
  auto flow = parse_named(file, name);
  if (!flow) return flow;
  auto folder = std::filesystem::path(file).parent_path();
  return flow::link(*flow, [&](const std::string& sub) { return parse_named(folder / (sub + ".toml"), sub); });
}

std::vector<NamedFile> read_flows(conf::Table& root, const conf::Instance& instance) {
  std::vector<NamedFile> files;
  std::set<std::string> names;
  for (auto& table : root.tables("flow")) {
    NamedFile one{table.needed("name"), table.needed("file"), table.place("file")};
    if (!names.insert(one.name).second) table.complain("name", "there is a flow '" + one.name + "' already");
    if (!one.file.starts_with('/')) one.file = instance.etc() + "/" + one.file;
    table.close();
    files.push_back(std::move(one));
  }
  return files;
}

/// Routes that lead to us must name a flow that there is; the languages they set are spoken by our flows.
void read_routes(conf::Table& root, const std::vector<NamedFile>& files, Settings& settings) {
  std::vector<std::string> names;
  names.reserve(files.size());
  for (const auto& one : files) names.push_back(one.name);
  for (auto& route : root.tables("route")) {
    if (route.string("controller") != "ccivr") continue;
    settings.languages.insert(route.string("lang", settings.language));
    auto flow = route.string("flow");
    if (std::find(names.begin(), names.end(), flow) == names.end())
      route.complain("flow", "there is no [[flow]] '" + flow + "'" + did_you_mean(flow, names));
  }
}

std::vector<NamedFile> read(conf::Table& root, const conf::Instance& instance, Settings& settings) {
  auto site = root.table("site");
  settings.language = site.string("language", settings.language);
  settings.zone = conf::read_zone(site);
  settings.calendars =
      std::make_shared<const conf::Calendars>(conf::read_calendars(root, instance.etc(), settings.zone));
  for (const auto& [name, calendar] : *settings.calendars) settings.known.calendars.insert(name);
  settings.speech = tts::read_settings(root, instance);
  settings.lookups = lookup::read(root, instance);
  for (const auto& [name, definition] : settings.lookups) {
    auto& signature = settings.known.lookups[name];
    signature.parameters.insert(definition.parameters.begin(), definition.parameters.end());
    signature.results.insert(definition.results.begin(), definition.results.end());
    if (definition.kind == lookup::Kind::pin)
      signature.results.insert(lookup::kPinResults.begin(), lookup::kPinResults.end());
  }
  settings.mailboxes = conf::read_mailboxes(root);
  for (const auto& [name, mailbox] : settings.mailboxes) settings.known.mailboxes.insert(name);
  auto ivr = root.table("ivr");
  settings.queues = ivr.string("queues", settings.queues);
  if (!wire::is_verb(settings.queues)) ivr.complain("queues", "'" + settings.queues + "' is no controller's name");
  ivr.close();
  for (const auto& dir : root.table("switch").strings("prompts"))
    settings.prompt_dirs.push_back(dir.starts_with('/') ? dir : instance.etc() + "/" + dir);
  settings.prompt_dirs.push_back(instance.share() + "/prompts");
  for (auto& queue : root.tables("queue")) settings.known.queues.insert(queue.string("name"));
  auto files = read_flows(root, instance);
  read_routes(root, files, settings);
  return files;
}

}  // namespace

Result<flow::Flow> load_flow(const std::string& file) {
  return load_named(file, std::filesystem::path(file).stem().string());
}

Result<flow::Flow> parse_flow(const std::string& file) {
  return parse_named(file, std::filesystem::path(file).stem().string());
}

flow::World Settings::world(Utc now) const {
  flow::World world;
  world.now = now;
  world.zone = zone;
  world.calendars = calendars.get();
  return world;
}

std::vector<std::string> check_flow(const flow::Flow& flow, const Settings& settings) {
  std::set<std::string> languages = settings.languages;
  languages.insert(settings.language);
  for (const auto& node : flow.nodes)
    if (auto lang = node.tags.find("lang"); lang != node.tags.end() && !lang->second.starts_with('{'))
      languages.insert(lang->second);
  flow::Known known = settings.known;
  known.prompts = known_prompts(settings.prompt_dirs, languages);
  return flow::check(flow, known);
}

Result<Settings> load_settings(const std::string& path, const conf::Instance& instance) {
  Settings settings;
  std::vector<NamedFile> files;
  auto verdict = service::load_config(path, [&](conf::Table& root) { files = read(root, instance, settings); });
  std::vector<std::string> faults;
  if (!verdict) faults.push_back(verdict.error().text);
  for (const auto& [name, file, place] : files) {
    auto flow = load_named(file, name);
    if (!flow) {
      std::string fault = flow.error().text;
      if (flow.error().code == Errc::no_input)
        fault.insert(0, "': ").insert(0, name).insert(0, ": flow '").insert(0, place);
      faults.push_back(std::move(fault));
      continue;
    }
    auto more = check_flow(*flow, settings);
    faults.insert(faults.end(), more.begin(), more.end());
    settings.flows[name] = std::make_shared<const flow::Flow>(std::move(*flow));
  }
  if (!faults.empty()) return Error{Errc::config, join(faults, "\n")};
  return settings;
}

Settings settings_for(const std::string& file, const conf::Instance& instance) {
  auto etc = std::filesystem::absolute(file).parent_path().parent_path();
  std::error_code ignored;
  if (etc != instance.etc() && etc.filename() == "etc" && std::filesystem::exists(etc / "hotline.toml", ignored))
    if (auto settings = load_settings(etc / "hotline.toml", conf::Instance::at(etc.parent_path()))) return *settings;
  if (std::filesystem::exists(instance.config_file(), ignored))
    if (auto settings = load_settings("", instance)) return *settings;
  Settings settings;
  settings.prompt_dirs = {instance.share() + "/prompts"};
  if (auto zone = conf::Zone::load("Asia/Shanghai")) settings.zone = *zone;
  return settings;
}

}  // namespace hotline::ccivr
