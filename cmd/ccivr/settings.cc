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

Result<flow::Flow> load_named(const std::string& file, const std::string& name) {
  auto text = read_file(file, kFlowBytesMax);
  if (!text) return Error{Errc::no_input, text.error().text};
  return flow::parse(*text, file, name);
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
  settings.language = root.table("site").string("language", settings.language);
  auto ivr = root.table("ivr");
  settings.queues = ivr.string("queues", settings.queues);
  if (!wire::is_verb(settings.queues)) ivr.complain("queues", "'" + settings.queues + "' is no controller's name");
  ivr.close();
  for (const auto& dir : root.table("switch").strings("prompts"))
    settings.prompt_dirs.push_back(dir.starts_with('/') ? dir : instance.etc() + "/" + dir);
  settings.prompt_dirs.push_back(instance.share() + "/prompts");
  for (auto& queue : root.tables("queue")) settings.queue_names.insert(queue.string("name"));
  auto files = read_flows(root, instance);
  read_routes(root, files, settings);
  return files;
}

}  // namespace

Result<flow::Flow> load_flow(const std::string& file) {
  return load_named(file, std::filesystem::path(file).stem().string());
}

std::vector<std::string> check_flow(const flow::Flow& flow, const Settings& settings) {
  std::set<std::string> languages = settings.languages;
  languages.insert(settings.language);
  for (const auto& node : flow.nodes)
    if (auto lang = node.tags.find("lang"); lang != node.tags.end()) languages.insert(lang->second);
  auto faults = flow::check(flow, known_prompts(settings.prompt_dirs, languages));
  std::vector<std::string> queues(settings.queue_names.begin(), settings.queue_names.end());
  for (const auto& node : flow.nodes)
    if (node.kind == flow::Kind::queue && !queues.empty() && !settings.queue_names.count(node.queue))
      faults.push_back(node.place + ": node '" + node.name + "': there is no queue '" + node.queue + "'" +
                       did_you_mean(node.queue, queues));
  return faults;
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

}  // namespace hotline::ccivr
