// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "tts/tts.h"

namespace hotline::tts {

static constexpr const char* kShippedEngine = "espeak-ng";

static std::string engine_path(const std::string& word, const conf::Instance& instance) {
  if (word.find('/') != word.npos) return word;
  std::string shipped = instance.share() + "/tts/" + word;
  return ::access(shipped.c_str(), X_OK) == 0 ? shipped : word;
}

Settings default_settings(const conf::Instance& instance) {
  Settings settings;
  settings.command = {engine_path(kShippedEngine, instance)};
  settings.folder = instance.var() + "/tts";
  return settings;
}

Settings read_settings(conf::Table& root, const conf::Instance& instance) {
  static constexpr int64_t kCacheBytesMin = 1 << 20, kCacheBytesMax = int64_t{1} << 40;
  Settings settings = default_settings(instance);
  auto table = root.table("tts");
  auto words = table.strings("command");
  if (table.has("command") && (words.empty() || words[0].empty()))
    table.complain("command", "is a list: a program and its arguments");
  else if (!words.empty())
    settings.command = std::move(words);
  settings.command[0] = engine_path(settings.command[0], instance);
  settings.timeout = std::chrono::duration_cast<milliseconds>(
      table.duration("timeout", settings.timeout, milliseconds(100), seconds(60)));
  settings.cache_bytes = table.integer("cache_bytes", settings.cache_bytes, kCacheBytesMin, kCacheBytesMax);
  settings.processes = static_cast<int>(table.integer("processes", settings.processes, 1, 64));
  table.close();
  return settings;
}

Result<std::string> speakable(std::string_view text) {
  if (valid_utf8(text) != text) return Error{Errc::bad_data, "the text is no UTF-8"};
  std::string clean;
  size_t characters = 0;
  for (char c : text) {
    auto octet = static_cast<unsigned char>(c);
    const bool blank = octet <= 0x20 || octet == 0x7f;
    if (blank && (clean.empty() || clean.back() == ' ')) continue;
    clean.push_back(blank ? ' ' : c);
    characters += (octet & 0xC0) != 0x80;
  }
  if (!clean.empty() && clean.back() == ' ') {
    clean.pop_back();
    --characters;
  }
  if (clean.empty()) return Error{Errc::bad_data, "there is no text"};
  if (characters > kTextCharactersMax)
    return Error{Errc::bad_data, "the text has " + std::to_string(characters) + " characters; at most " +
                                     std::to_string(kTextCharactersMax) + " are said in one piece"};
  return clean;
}

bool is_language(std::string_view language) {
  static constexpr size_t kLongest = 16;
  if (language.empty() || language.size() > kLongest || language.front() == '-' || language.back() == '-') return false;
  if (language.find("--") != language.npos) return false;
  return std::all_of(language.begin(), language.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace hotline::tts
