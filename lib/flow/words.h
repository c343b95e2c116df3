// SPDX-License-Identifier: GPL-2.0-or-later
// What a caller hears, and texts in which tags stand, as a flow writes them. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::flow {

using Tags = std::map<std::string, std::string>;

/// A node's, prompt's, queue's or tag's name: lower-case words joined by '-', at most 64 (what ccwire(7) calls a verb).
bool is_name(std::string_view text);

/// One thing that is heard. As written in a list of prompts:
///
///     "welcome"               the prompt of that name
///     "{balance as money}"    the value of the tag, said (speech.h has the kinds: digits, number, money, date, phone,
///     …)
///     "{message as recording}"  what a record node kept under that tag
///
/// and, from a say node, a text that is to be spoken, with the prompt that is heard when that cannot be done.
struct Item {
  enum class What { prompt, value, recording, text } what = What::prompt;
  std::string name;  ///< the prompt, the tag, or the text
  std::string as;    ///< value: its kind; text: the prompt instead

  Item(const char* prompt) : name(prompt) {}             // NOLINT: a prompt's name is an item
  Item(std::string prompt) : name(std::move(prompt)) {}  // NOLINT
  Item(What what, std::string name, std::string as = {}) : what(what), name(std::move(name)), as(std::move(as)) {}
  bool operator==(const Item&) const = default;
};

using Prompts = std::vector<Item>;

/// `bad_data` says what is wrong with it.
Result<Item> parse_item(const std::string& text);
/// As it was written; of a text, the text.
std::string text_of(const Item& item);
std::string text_of(const Prompts& items);

/// The tags that stand in a text, as in "http://x/{account}". `bad_data` for a brace without its other one and for what
/// is no tag's name.
Result<std::set<std::string>> tags_in(std::string_view text);
/// The text with the tags' values in their places; a tag that is not set is nothing.
std::string filled(std::string_view text, const Tags& tags);

}  // namespace hotline::flow
