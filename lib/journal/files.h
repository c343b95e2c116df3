// SPDX-License-Identifier: GPL-2.0-or-later
// Inside room journal: its files and lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "wire/wire.h"

namespace hotline::journal {

/// A line is an event of at most wire::kMessageBytesMax octets with its chain.
inline constexpr size_t kLineBytesMax = wire::kMessageBytesMax;

/// SHA-256 of a line without its newline, 64 hex digits; and what stands for "the line before the first".
std::string line_hash(std::string_view line);
inline constexpr std::string_view kNoHash = "0000000000000000000000000000000000000000000000000000000000000000";

/// {"n":1,…} and a hash to {"n":1,…,"prev":"<hash>"}.
std::string with_prev(std::string line, std::string_view hash);
/// The hash at the end of a journal line; "" when it has none.
std::string_view prev_of(std::string_view line);

/// Full paths of a publisher's day files, oldest first.
std::vector<std::string> day_files(const std::string& dir, const std::string& publisher);
/// "2026-11-22" of ".../2026-11-22.jsonl".
std::string date_of(const std::string& path);

/// Reads a file line by line from an octet offset on, in blocks.
class LineReader {
 public:
  enum class Got { line, end, torn, too_long };
  static Result<LineReader> open(const std::string& path, int64_t offset = 0);
  /// `line` (without newline) is valid until the next call. `end`: nothing more now; `torn`: octets without a newline
  /// are left at the end (they stay unread); `too_long`: a line above the bound was passed over.
  Got next(std::string_view& line);
  /// Where the next line begins.
  int64_t offset() const { return offset_; }
  int64_t size() const;

 private:
  bool fill();

  Fd fd_;
  std::string buffer_;
  size_t start_ = 0;
  int64_t offset_ = 0;
};

}  // namespace hotline::journal
