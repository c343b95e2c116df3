// SPDX-License-Identifier: GPL-2.0-or-later
// What a list of prompts reads like: the texts of share/prompts, so that every test also proves that the prompts exist.
#pragma once

#include <fstream>
#include <map>
#include <string>

#include "base/text.h"
#include "speech/speech.h"

namespace hotline::speech {

inline std::map<std::string, std::string> prompt_texts(const std::string& language) {
  std::string here = __FILE__;
  std::ifstream file(here.substr(0, here.rfind("tests/unit/")) + "share/prompts/" + language + ".tsv");
  std::map<std::string, std::string> texts;
  for (std::string line; std::getline(file, line);)
    if (auto fields = split(line, '\t'); fields.size() >= 2 && line[0] != '#') texts[fields[0]] = fields[1];
  return texts;
}

inline std::string read_aloud(const Prompts& prompts, const std::string& language, const std::string& between) {
  static const std::map<std::string, std::map<std::string, std::string>> texts = {{"zh-CN", prompt_texts("zh-CN")},
                                                                                  {"en", prompt_texts("en")}};
  std::string said;
  for (const auto& prompt : prompts) {
    auto found = texts.at(language).find(prompt);
    if (!said.empty()) said += between;
    said += found == texts.at(language).end() ? "<no prompt " + prompt + ">" : found->second;
  }
  return said;
}

inline std::string zh_text(const Prompts& prompts) { return read_aloud(prompts, "zh-CN", ""); }
inline std::string en_text(const Prompts& prompts) { return read_aloud(prompts, "en", " "); }

}  // namespace hotline::speech
