// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal/reader.h"

#include "journal/files.h"

namespace hotline::journal {

std::string at_line(const std::string& file, int64_t line) { return file + ":" + std::to_string(line) + ": "; }

/// The number of a file's first sound line; nullopt when it has none yet.
static std::optional<int64_t> first_number(const std::string& file) {
  auto reader = LineReader::open(file);
  if (!reader) return std::nullopt;
  for (std::string_view line;;) {
    auto got = reader->next(line);
    if (got == LineReader::Got::end || got == LineReader::Got::torn) return std::nullopt;
    if (got != LineReader::Got::line) continue;
    if (auto event = wire::decode_event(line)) return event->number;
  }
}

size_t file_with(const std::vector<std::string>& files, int64_t number) {
  for (size_t i = files.size(); i-- > 1;)
    if (auto first = first_number(files[i]); first && *first <= number) return i;
  return 0;
}

std::optional<Entry> entry_of(std::string_view line, const std::string& file, int64_t line_number,
                              const std::function<void(const std::string&)>& on_damage) {
  auto event = wire::decode_event(line);
  if (!event) {
    on_damage(at_line(file, line_number) + event.error().text);
    return std::nullopt;
  }
  Entry entry;
  entry.event = std::move(*event);
  entry.line = std::string(line);
  entry.file = file;
  entry.line_number = line_number;
  return entry;
}

Result<void> read(const std::string& dir, const std::string& publisher, int64_t first,
                  const std::function<bool(const Entry&)>& on_entry,
                  const std::function<void(const std::string&)>& on_damage) {
  auto files = day_files(dir, publisher);
  for (size_t i = file_with(files, first); i < files.size(); ++i) {
    auto reader = LineReader::open(files[i]);
    if (!reader) return reader.error();
    std::string_view line;
    for (int64_t number = 1;; ++number) {
      auto got = reader->next(line);
      if (got == LineReader::Got::end) break;
      if (got == LineReader::Got::torn) {
        if (i + 1 < files.size()) on_damage(at_line(files[i], number) + kTornText);
        break;  // at the very end it may be a line that is being written
      }
      if (got == LineReader::Got::too_long) {
        on_damage(at_line(files[i], number) + kTooLongText);
        continue;
      }
      auto entry = entry_of(line, files[i], number, on_damage);
      if (entry && entry->event.number >= first && !on_entry(*entry)) return {};
    }
  }
  return {};
}

}  // namespace hotline::journal
