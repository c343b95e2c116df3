// SPDX-License-Identifier: GPL-2.0-or-later
// Inside room journal: what reading and following share.
#pragma once

#include <optional>

#include "journal/journal.h"

namespace hotline::journal {

inline constexpr const char *kTornText = "the last line is torn", *kTooLongText = "the line is too long";

/// "<file>:<line>: ".
std::string at_line(const std::string& file, int64_t line);

/// Which of the files, oldest first, holds event `number`: the last one that does not begin after it. 0 when none does.
size_t file_with(const std::vector<std::string>& files, int64_t number);

/// The line as an Entry; nullopt, and `on_damage` told, when it is no event.
std::optional<Entry> entry_of(std::string_view line, const std::string& file, int64_t line_number,
                              const std::function<void(const std::string&)>& on_damage);

}  // namespace hotline::journal
