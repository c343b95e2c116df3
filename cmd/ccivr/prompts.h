// SPDX-License-Identifier: GPL-2.0-or-later
// Which prompts there are, and what they say: the folders that the switch plays from, and the text tables beside the
// shipped ones.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "flow/flow.h"

namespace hotline::ccivr {

/// Folders of prompts, each with a folder per language: [switch] prompts of the instance, then what came with the
/// programs.
using PromptDirs = std::vector<std::string>;

/// Names of the prompts of each of `languages`, those of language "common" included. A language without any prompt is
/// there with an empty set.
flow::KnownPrompts known_prompts(const PromptDirs& dirs, const std::set<std::string>& languages);

/// The file of a prompt in that language, else in "common"; "" when there is none.
std::string prompt_file(const PromptDirs& dirs, const std::string& language, const std::string& prompt);

/// Texts by name; empty when there is no table for that language.
std::map<std::string, std::string> prompt_texts(const std::string& share, const std::string& language);

/// The text, or "[name]" when nobody wrote it down.
std::string text_of(const std::map<std::string, std::string>& texts, const std::string& prompt);

}  // namespace hotline::ccivr
