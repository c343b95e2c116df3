// SPDX-License-Identifier: GPL-2.0-or-later
#include "prompts.h"

#include <filesystem>

#include "base/fd.h"
#include "base/text.h"

namespace hotline::ccivr {

static void add_names(const std::filesystem::path& dir, std::set<std::string>& names) {
  std::error_code cause;
  for (const auto& entry : std::filesystem::directory_iterator(dir, cause))
    if (entry.path().extension() == ".wav") names.insert(entry.path().stem().string());
}

flow::KnownPrompts known_prompts(const PromptDirs& dirs, const std::set<std::string>& languages) {
  flow::KnownPrompts known;
  for (const auto& language : languages) {
    auto& names = known[language];
    for (const auto& dir : dirs) {
      add_names(std::filesystem::path(dir) / language, names);
      add_names(std::filesystem::path(dir) / "common", names);
    }
  }
  return known;
}

std::string prompt_file(const PromptDirs& dirs, const std::string& language, const std::string& prompt) {
  std::error_code ignored;
  for (const auto& folder : {language, std::string("common")}) {
    for (const auto& dir : dirs) {
      auto file = std::filesystem::path(dir) / folder / (prompt + ".wav");
      if (std::filesystem::exists(file, ignored)) return file;
    }
  }
  return "";
}

std::map<std::string, std::string> prompt_texts(const std::string& share, const std::string& language) {
  std::map<std::string, std::string> texts;
  auto table = read_file(share + "/prompts/" + language + ".tsv", 1u << 20);
  if (!table) return texts;
  for (const auto& line : split(*table, '\n'))
    if (auto fields = split(line, '\t'); fields.size() >= 2 && line[0] != '#') texts[fields[0]] = fields[1];
  return texts;
}

std::string text_of(const std::map<std::string, std::string>& texts, const std::string& prompt) {
  auto found = texts.find(prompt);
  return found == texts.end() ? "[" + prompt + "]" : found->second;
}

}  // namespace hotline::ccivr
