// SPDX-License-Identifier: GPL-2.0-or-later
#include "shelf.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/fd.h"
#include "base/log.h"
#include "settings.h"

namespace hotline::ccivr {

namespace fs = std::filesystem;

/// A version is 16 hexadecimal digits; it stands behind the last dash of a folder's name.
static constexpr size_t kVersionLength = 16;

std::string Shelf::place(const std::string& name, const std::string& version) const {
  return folder_ + "/" + name + "-" + version;
}

void Shelf::put(const flow::Flow& flow) {
  std::string there = place(flow.name, flow.version), making = there + ".new";
  std::error_code failed;
  if (fs::exists(there, failed)) return;
  fs::remove_all(making, failed);
  fs::create_directories(making, failed);
  for (const auto& file : flow.files) {
    // The whole's file has the flow's name there, which need not be that of the file.
    auto name = file == flow.file ? flow.name + ".toml" : fs::path(file).filename().string();
    if (!failed) fs::copy_file(file, fs::path(making) / name, failed);
  }
  if (!failed) fs::rename(making, there, failed);
  if (failed) log_warning("flow.not-kept flow=" + flow.name + " text='" + there + ": " + failed.message() + "'");
  prune(flow.name);
}

std::shared_ptr<const flow::Flow> Shelf::get(const std::string& name, const std::string& version) const {
  if (!flow::is_name(name) || version.size() != kVersionLength ||
      version.find_first_not_of("0123456789abcdef") != std::string::npos)
    return nullptr;
  auto flow = load_flow(place(name, version) + "/" + name + ".toml");
  if (!flow || flow->version != version) return nullptr;
  return std::make_shared<const flow::Flow>(std::move(*flow));
}

std::vector<Shelf::Version> Shelf::list() const {
  std::vector<Version> versions;
  std::error_code failed;
  for (fs::directory_iterator it(folder_, failed), end; !failed && it != end; it.increment(failed)) {
    std::string name = it->path().filename();
    struct stat about {};
    if (name.size() < kVersionLength + 2 || name.ends_with(".new") || ::stat(it->path().c_str(), &about) != 0) continue;
    size_t dash = name.size() - kVersionLength - 1;
    if (name[dash] != '-') continue;
    versions.push_back({name.substr(0, dash), name.substr(dash + 1),
                        int64_t{about.st_mtim.tv_sec} * 1'000'000 + about.st_mtim.tv_nsec / 1000});
  }
  std::sort(versions.begin(), versions.end(), [](const Version& left, const Version& right) {
    return left.name != right.name ? left.name < right.name : left.since_us > right.since_us;
  });
  return versions;
}

void Shelf::prune(const std::string& name) {
  size_t seen = 0;
  for (const auto& one : list()) {
    if (one.name != name || ++seen <= kVersionsKept + 1) continue;
    std::error_code ignored;
    fs::remove_all(place(one.name, one.version), ignored);
  }
}

}  // namespace hotline::ccivr
