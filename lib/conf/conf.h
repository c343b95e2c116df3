// SPDX-License-Identifier: GPL-2.0-or-later
// Room conf: TOML files, units, the instance's paths. Every complaint names file and line. Knows toml++ (in conf.cc
// alone). Refuses to know what any key means: each program reads its own tables through the Reader below.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace hotline::conf {

class Table;

/// A parsed file with its includes (`include = ["queues.toml"]`, beside the file that names them, eight deep at most;
/// arrays of tables are appended, a table or key defined twice is an error).
class Document {
 public:
  /// `config` error with file:line when it cannot be read or parsed.
  static Result<Document> load(const std::string& path);
  static Result<Document> parse(const std::string& text, const std::string& name);

  Table root() const;
  /// All that went wrong while reading so far, unknown keys included once each table has been closed; in file order.
  const std::vector<std::string>& complaints() const;
  /// `config` error with every complaint, one a line; or success.
  Result<void> verdict() const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

/// Reads one TOML table and remembers which keys were asked for; what nobody asked for is an unknown key, reported by
/// close() with the nearest known one. A getter that finds a wrong type or range complains and returns the default.
class Table {
 public:
  std::string string(const std::string& key, const std::string& otherwise = "");
  /// As string, but a missing or empty value is a complaint.
  std::string needed(const std::string& key);
  int64_t integer(const std::string& key, int64_t otherwise, int64_t min, int64_t max);
  double number(const std::string& key, double otherwise, double min, double max);
  bool boolean(const std::string& key, bool otherwise);
  microseconds duration(const std::string& key, microseconds otherwise, microseconds min, microseconds max);
  std::vector<std::string> strings(const std::string& key);
  /// A list of whole numbers, each within the bounds; an empty one when it is missing or wrong.
  std::vector<int64_t> integers(const std::string& key, int64_t min, int64_t max);
  /// One of `allowed`, else a complaint that lists them.
  std::string choice(const std::string& key, const std::string& otherwise, const std::vector<std::string>& allowed);

  bool has(const std::string& key) const;
  /// The sub-table; empty (every getter gives its default) when missing.
  Table table(const std::string& key);
  /// An array of tables, empty when missing.
  std::vector<Table> tables(const std::string& key);
  /// Every sub-table of this one with its name, in file order: `[node.welcome]`, `[node.menu]`.
  std::vector<std::pair<std::string, Table>> named_tables();
  /// Every key with a string value, in file order.
  std::vector<std::pair<std::string, std::string>> named_strings();

  /// Complains of every key that no getter asked for.
  void close();
  /// Leaves a table to another program: its keys are not unknown here.
  void ignore(const std::vector<std::string>& keys);

  /// "hotline.toml:12" of the table or of a key, for complaints of one's own.
  std::string place(const std::string& key = "") const;
  void complain(const std::string& key, const std::string& what);

 private:
  friend class Document;
  struct View;
  explicit Table(std::shared_ptr<View> view) : view_(std::move(view)) {}
  std::shared_ptr<View> view_;
};

/// The tables that hotline.toml may have, whichever program reads them: "site", "switch", "span", "sip", "phone", …
/// A program closes its root after ignoring these.
const std::vector<std::string>& hotline_tables();

}  // namespace hotline::conf
