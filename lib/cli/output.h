// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "cli/app.h"

namespace hotline::cli {

/// One field of a listing: nothing (a dash in text, null in JSON), text, a whole number, a decimal, or yes/no.
using Field = std::variant<std::monostate, std::string, int64_t, double, bool>;

struct Column {
  std::string name;     ///< key in JSON, header in TSV: snake_case with the unit last (`wait_ms`)
  std::string heading;  ///< for people; empty: not shown to them
  bool right = false;   ///< aligned right
};

/// The three faces of a listing (ccformats(5)): a table for people, TSV as a promise, JSON lines with `format` 1.
///
///     cli::Listing list({{"call", "CALL"}, {"wait_ms", "WAIT", true}});
///     list.add_options(verb);             // --json, --porcelain[=v1], -z
///     list.row({id, wait_ms});            // printed at once in TSV and JSON, at finish() as a table
///     return list.finish();               // 0, or 1 when there was no row
/// A `people` row may be given where people see something else (local time, masked number) than machines.
class Listing {
 public:
  explicit Listing(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// Other columns in the form that was asked of `like`: for a verb that can list two things.
  Listing(std::vector<Column> columns, const Listing& like)
      : columns_(std::move(columns)), porcelain_(like.porcelain_), json_(like.json_), zero_(like.zero_) {}
  /// Promises of --porcelain are versioned; another version than v1 ends the program with 64 at the first row.
  void add_options(Verb& verb);
  /// True when a machine reads us: then times are RFC 3339 in UTC and numbers whole.
  bool for_machines() const { return json_ || !porcelain_.empty(); }
  bool json() const { return json_; }
  void row(const std::vector<Field>& fields, const std::vector<Field>& people = {});
  int finish();

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> table_;
  std::string porcelain_;  // "", or the version asked for
  bool json_ = false, zero_ = false, header_done_ = false;
  int64_t rows_ = 0;
};

/// A JSON string literal of UTF-8 `text`, quotes included; broken sequences become U+FFFD.
std::string json_quote(const std::string& text);

}  // namespace hotline::cli
