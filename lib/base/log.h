// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace hotline {

/// Levels of a daemon's log; svlogd stamps and rotates, so a line is just "level what key=value …" on stderr.
enum class Level { debug, info, warning, error };

/// Lines below this level are dropped; default info. Set once at start, from --log-level.
void set_log_level(Level level);
bool parse_level(std::string_view text, Level& level);

/// One event, one line. Control characters in `line` become '?', so that nothing a peer sends can forge a line.
/// Callers' numbers go through mask_number() first, secrets never come here.
void log_line(Level level, std::string_view line);

inline void log_debug(std::string_view line) { log_line(Level::debug, line); }
inline void log_info(std::string_view line) { log_line(Level::info, line); }
inline void log_warning(std::string_view line) { log_line(Level::warning, line); }
inline void log_error(std::string_view line) { log_line(Level::error, line); }

}  // namespace hotline
