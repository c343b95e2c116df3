// SPDX-License-Identifier: GPL-2.0-or-later
#include "conf/instance.h"

#include <cstdlib>
#include <filesystem>

#include "base/fd.h"
#include "conf/conf.h"

namespace hotline::conf {

static std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Instance Instance::at(const std::string& home) {
  Instance instance;
  std::error_code cause;
  std::string root = std::filesystem::absolute(home, cause).lexically_normal().string();
  if (root.size() > 1 && root.back() == '/') root.pop_back();
  instance.etc_ = root + "/etc";
  instance.run_ = root + "/run";
  instance.var_ = root + "/var";
  instance.find_share();
  return instance;
}

Instance Instance::from_environment() {
  if (std::string home = environment("HOTLINE_HOME"); !home.empty()) return at(home);
  Instance instance;
  instance.etc_ = "/etc/hotline";
  instance.run_ = "/run/hotline";
  instance.var_ = "/var/lib/hotline";
  instance.find_share();
  return instance;
}

void Instance::find_share() {
  share_ = environment("HOTLINE_SHARE");
  if (!share_.empty()) return;
  std::error_code cause;
  auto self = std::filesystem::read_symlink("/proc/self/exe", cause);
  share_ = (self.parent_path().parent_path() / "share/hotline").string();
}

Result<std::string> Instance::store_location() const {
  std::error_code ignored;
  if (!std::filesystem::exists(config_file(), ignored)) return store_file();
  auto document = Document::load(config_file());
  if (!document) return document.error();
  auto root = document->root();
  const std::string said = root.string("store");
  if (said.empty()) {
    if (auto verdict = document->verdict(); !verdict) return verdict.error();
    return store_file();
  }
  static constexpr std::string_view kSqlite = "sqlite:";
  if (said.starts_with("postgresql://") || said.starts_with("postgres://")) return said;
  if (!said.starts_with(kSqlite) || said.size() == kSqlite.size())
    return Error{Errc::config, root.place("store") + ": 'store' is \"sqlite:PATH\" or \"postgresql://USER@HOST/DATABASE\""};
  return (std::filesystem::path(var_) / said.substr(kSqlite.size())).string();
}

Result<void> Instance::prepare() const {
  static constexpr size_t kSocketPathMax = 107, kLongestName = sizeof "/ccjournal.cmd.lock";
  if (run_.size() + kLongestName > kSocketPathMax)
    return Error{Errc::config, "'" + run_ + "' is too long for a socket's path; choose an instance directory of at most " +
                                   std::to_string(kSocketPathMax - kLongestName - 4) + " characters"};
  for (const auto& dir : {run_, journal_dir(), spool_dir(), recordings_dir(), var_ + "/log"})
    if (auto made = make_directories(dir); !made) return made.error();
  return {};
}

}  // namespace hotline::conf
