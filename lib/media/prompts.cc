// SPDX-License-Identifier: GPL-2.0-or-later
#include <filesystem>
#include <map>

#include "media/media.h"

namespace hotline::media {

namespace fs = std::filesystem;

struct Prompts::State {
  std::map<std::string, std::map<std::string, SoundPtr>> languages;
};

// Adds what <directory>/<lang>/ has and earlier directories had not.
static Result<void> load_language(const fs::path& folder, std::map<std::string, SoundPtr>& prompts) {
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    const auto& path = it->path();
    if (path.extension() != ".wav" || prompts.count(path.stem().string())) continue;
    auto sound = load_sound(path.string());
    if (!sound) return sound.error();
    prompts[path.stem().string()] = *sound;
  }
  if (failed) return errno_error("cannot read '" + folder.string() + "'", failed.value());
  return {};
}

Result<Prompts> Prompts::load(const std::vector<std::string>& directories) {
  auto state = std::make_shared<State>();
  for (const auto& directory : directories) {
    std::error_code failed;
    if (!fs::exists(directory, failed)) continue;
    for (fs::directory_iterator it(directory, failed), end; !failed && it != end; it.increment(failed)) {
      std::error_code ignored;
      if (!it->is_directory(ignored)) continue;
      auto loaded = load_language(it->path(), state->languages[it->path().filename().string()]);
      if (!loaded) return loaded.error();
    }
    if (failed) return errno_error("cannot read '" + directory + "'", failed.value());
  }
  Prompts prompts;
  prompts.state_ = std::move(state);
  return prompts;
}

SoundPtr Prompts::find(const std::string& lang, const std::string& name) const {
  if (!state_) return nullptr;
  auto language = state_->languages.find(lang);
  if (language == state_->languages.end()) return nullptr;
  auto prompt = language->second.find(name);
  return prompt == language->second.end() ? nullptr : prompt->second;
}

std::vector<std::string> Prompts::names(const std::string& lang) const {
  std::vector<std::string> names;
  if (!state_) return names;
  if (auto language = state_->languages.find(lang); language != state_->languages.end()) {
    for (const auto& [name, sound] : language->second) names.push_back(name);
  }
  return names;
}

}  // namespace hotline::media
