// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"

#include <unistd.h>

#include <atomic>

namespace hotline {

static std::atomic<Level> g_level{Level::info};
static constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};

void set_log_level(Level level) { g_level = level; }

bool parse_level(std::string_view text, Level& level) {
  for (int i = 0; i < 4; ++i)
    if (text == kNames[i]) {
      level = static_cast<Level>(i);
      return true;
    }
  return false;
}

void log_line(Level level, std::string_view line) {
  if (level < g_level.load(std::memory_order_relaxed)) return;
  std::string whole(kNames[static_cast<int>(level)]);
  whole += ' ';
  for (char c : line) whole += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  whole += '\n';
  (void)!::write(STDERR_FILENO, whole.data(), whole.size());  // one write: lines of two threads never mix
}

}  // namespace hotline
