// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "journal/files.h"
#include "journal/reader.h"

namespace hotline::journal {

namespace {

class FileFollower : public Follower {
 public:
  FileFollower(std::string dir, std::string publisher, int64_t first)
      : dir_(std::move(dir)), publisher_(std::move(publisher)), first_(first) {}

  Result<int64_t> poll(const std::function<void(const Entry&)>& on_entry,
                       const std::function<void(const std::string&)>& on_damage, int64_t entries_max) override {
    // Listed before the current file is read to its end: the writer begins a new file only after its last line here.
    auto files = day_files(dir_, publisher_);
    if (files.empty()) return int64_t{0};
    if (file_.empty()) file_ = files[file_with(files, first_)];
    int64_t taken = 0;
    for (;;) {
      bool last = file_ >= files.back();
      auto more = read_file(last, on_entry, on_damage, entries_max - taken);
      if (!more) return more.error();
      taken += *more;
      if (taken >= entries_max || last) return taken;
      file_ = *std::upper_bound(files.begin(), files.end(), file_);
      offset_ = line_number_ = 0;
    }
  }

 private:
  Result<int64_t> read_file(bool last, const std::function<void(const Entry&)>& on_entry,
                            const std::function<void(const std::string&)>& on_damage, int64_t entries_max) {
    auto reader = LineReader::open(file_, offset_);
    if (!reader) return reader.error();
    if (reader->size() < offset_) {  // power loss took lines that we had read; go on with what the writer adds
      on_damage(at_line(file_, line_number_) + "the file has become shorter");
      if (auto moved = to_last_line(); !moved) return moved.error();
      reader = LineReader::open(file_, offset_);
      if (!reader) return reader.error();
    }
    std::string_view line;
    int64_t taken = 0;
    while (taken < entries_max) {
      auto got = reader->next(line);
      if (got == LineReader::Got::end) break;
      if (got == LineReader::Got::torn) {
        if (!last) on_damage(at_line(file_, line_number_ + 1) + kTornText);
        break;
      }
      offset_ = reader->offset();
      ++line_number_;
      if (got == LineReader::Got::too_long) {
        on_damage(at_line(file_, line_number_) + kTooLongText);
        continue;
      }
      auto entry = entry_of(line, file_, line_number_, on_damage);
      if (!entry || entry->event.number < first_) continue;
      on_entry(*entry);
      ++taken;
    }
    return taken;
  }

  /// Sets the place to the end of the file's last whole line.
  Result<void> to_last_line() {
    auto reader = LineReader::open(file_);
    if (!reader) return reader.error();
    std::string_view line;
    line_number_ = 0;
    for (auto got = reader->next(line); got != LineReader::Got::end && got != LineReader::Got::torn;
         got = reader->next(line))
      ++line_number_;
    offset_ = reader->offset();
    first_ = 0;  // numbers begin again where the file was cut
    return {};
  }

  std::string dir_, publisher_;
  int64_t first_;
  std::string file_;  // "" until the publisher has one
  int64_t offset_ = 0, line_number_ = 0;
};

}  // namespace

std::unique_ptr<Follower> Follower::open(const std::string& dir, const std::string& publisher, int64_t first) {
  return std::make_unique<FileFollower>(dir, publisher, first);
}

}  // namespace hotline::journal
