// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/words.h"

#include <algorithm>

#include "base/text.h"
#include "speech/speech.h"

namespace hotline::flow {

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

static Error no_item(const std::string& text, const std::string& why) {
  return Error{Errc::bad_data, "'" + text + "' " + why};
}

Result<Item> parse_item(const std::string& text) {
  if (!text.starts_with('{')) {
    if (is_name(text)) return Item(text);
    return no_item(text,
                   "is no name of a prompt: lower-case letters, digits and '-'; a tag's value is \"{tag as money}\"");
  }
  if (!text.ends_with('}')) return no_item(text, "has no '}' at its end");
  std::vector<std::string> words;
  for (const auto& word : split(text.substr(1, text.size() - 2), ' '))
    if (!word.empty()) words.push_back(word);
  std::vector<std::string> kinds(speech::kind_words().begin(), speech::kind_words().end());
  kinds.emplace_back("recording");
  if (words.size() != 3 || words[1] != "as" || !is_name(words[0]))
    return no_item(text, "is not \"{tag as kind}\", kind one of " + join(kinds, ", "));
  if (words[2] == "recording") return Item(Item::What::recording, words[0]);
  if (!speech::kind_of(words[2]))
    return no_item(text, "is of no kind that there is: " + join(kinds, ", ") + did_you_mean(words[2], kinds));
  return Item(Item::What::value, words[0], words[2]);
}

std::string text_of(const Item& item) {
  switch (item.what) {
    case Item::What::value:
      return "{" + item.name + " as " + item.as + "}";
    case Item::What::recording:
      return "{" + item.name + " as recording}";
    default:
      return item.name;
  }
}

std::string text_of(const Prompts& items) {
  std::vector<std::string> texts;
  for (const auto& item : items) texts.push_back(text_of(item));
  return join(texts, ", ");
}

namespace {

/// Calls `plain` and `tag` for the parts of a text in their order; false at a brace that has no other one.
template <typename Plain, typename Tag>
bool walk_text(std::string_view text, Plain&& plain, Tag&& tag) {
  while (!text.empty()) {
    size_t open = text.find_first_of("{}");
    plain(text.substr(0, open));
    if (open == std::string_view::npos) return true;
    size_t close = text.find('}', open);
    if (text[open] == '}' || close == std::string_view::npos) return false;
    tag(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
  return true;
}

}  // namespace

Result<std::set<std::string>> tags_in(std::string_view text) {
  std::set<std::string> tags;
  std::string wrong;
  bool whole = walk_text(
      text, [](std::string_view) {},
      [&](std::string_view tag) {
        if (!is_name(tag)) wrong = tag;
        tags.emplace(tag);
      });
  if (!whole) return Error{Errc::bad_data, "'{' and '}' stand around a tag's name"};
  if (!wrong.empty()) return Error{Errc::bad_data, "'{" + wrong + "}' is no name of a tag"};
  return tags;
}

std::string filled(std::string_view text, const Tags& tags) {
  std::string out;
  walk_text(
      text, [&](std::string_view plain) { out += plain; },
      [&](std::string_view tag) {
        if (auto found = tags.find(std::string(tag)); found != tags.end()) out += found->second;
      });
  return out;
}

}  // namespace hotline::flow
