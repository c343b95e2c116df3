// SPDX-License-Identifier: GPL-2.0-or-later
#include "batch.h"

#include <map>

#include "base/text.h"

namespace hotline::pstn {

namespace {

constexpr size_t kCallsMax = 10'000;

Result<CallSpec> parse_line(const std::string& line, CallSpec call) {
  auto words = split_words(line);
  if (!words) return words.error();
  const std::map<std::string, std::string*> options = {
      {"--from", &call.from},       {"--to", &call.to},       {"--span", &call.span},
      {"--after", &call.after},     {"--name", &call.name},   {"--redirecting", &call.redirecting},
      {"--overlap", &call.overlap}, {"--say", &call.act.say}, {"--keys", &call.act.keys},
      {"--hear", &call.act.hear},   {"--for", &call.act.stay}};
  std::vector<std::string> names = {"--once", "--early"};
  for (const auto& [name, value] : options) names.push_back(name);
  for (size_t i = 0; i < words->size(); i++) {
    const std::string& word = (*words)[i];
    const size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const std::string name = word.substr(0, equals);
    if (name == "--once") {
      call.act.once = true;
      continue;
    }
    if (name == "--early") {
      call.act.early = true;
      continue;
    }
    auto found = options.find(name);
    if (found == options.end())
      return Error{Errc::bad_data, "unknown option '" + name + "'" + did_you_mean(name, names)};
    if (equals != std::string::npos) {
      *found->second = word.substr(equals + 1);
    } else if (i + 1 < words->size()) {
      *found->second = (*words)[++i];
    } else {
      return Error{Errc::bad_data, "'" + name + "' wants a value"};
    }
  }
  if (call.to.empty()) return Error{Errc::bad_data, "no --to"};
  if (auto after = parse_duration(call.after); !after) return after.error().within("--after");
  auto act = check_act(call.act);
  if (!act) return act.error();
  call.act = std::move(*act);
  return call;
}

}  // namespace

Result<std::vector<std::string>> split_words(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (char c : line) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      if (in_word) words.push_back(std::exchange(word, ""));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) return Error{Errc::bad_data, std::string("no closing ") + quote};
  if (in_word) words.push_back(word);
  return words;
}

Result<std::vector<CallSpec>> parse_batch(const std::string& text, const std::string& name, const CallSpec& otherwise) {
  std::vector<CallSpec> calls;
  int number = 0;
  for (const auto& line : split(text, '\n')) {
    number++;
    const auto content = trim(line);
    if (content.empty() || content[0] == '#') continue;
    const std::string place = name + ":" + std::to_string(number);
    if (calls.size() == kCallsMax) return Error{Errc::bad_data, place + ": more than 10000 calls"};
    auto call = parse_line(std::string(content), otherwise);
    if (!call) return call.error().within(place);
    calls.push_back(std::move(*call));
  }
  if (calls.empty()) return Error{Errc::bad_data, name + ": no call in it"};
  return calls;
}

}  // namespace hotline::pstn
