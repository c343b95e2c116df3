// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <filesystem>
#include <map>

#include "base/fd.h"
#include "base/text.h"
#include "store/store.h"

namespace hotline::store {

namespace {

/// The migrations of a folder by number: "001-calls.sql" is 1. Numbers must grow by one from 1.
Result<std::map<int64_t, std::string>> migrations(const std::string& sql_dir) {
  std::error_code cause;
  std::map<int64_t, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(sql_dir, cause)) {
    std::string name = entry.path().filename().string();
    if (!name.ends_with(".sql")) continue;
    auto number = parse_int(split(name, '-').front());
    if (!number || !files.emplace(*number, entry.path().string()).second)
      return Error{Errc::config, "migration '" + entry.path().string() + "' has no number of its own"};
  }
  if (cause) return Error{Errc::config, "cannot read migrations in '" + sql_dir + "': " + cause.message()};
  int64_t expected = 1;
  for (const auto& [number, path] : files)
    if (number != expected++) return Error{Errc::config, "migration before '" + path + "' is missing"};
  return files;
}

/// Puts SQLite's words for the tokens of a migration.
std::string for_sqlite(std::string sql) {
  static constexpr std::pair<std::string_view, std::string_view> kTokens[] = {{"{{pk}}", "INTEGER PRIMARY KEY"},
                                                                              {"{{i64}}", "INTEGER"},
                                                                              {"{{strict}}", "STRICT"},
                                                                              {"{{keyed}}", "STRICT, WITHOUT ROWID"}};
  for (auto [token, words] : kTokens)
    for (size_t at = 0; (at = sql.find(token, at)) != std::string::npos; at += words.size())
      sql.replace(at, token.size(), words);
  return sql;
}

}  // namespace

Result<int64_t> schema_version(Connection& connection) {
  int64_t version = 0;
  auto asked = connection.query("PRAGMA user_version", {}, [&](const Row& row) { version = row.integer(0); });
  if (!asked) return asked.error();
  return version;
}

Result<void> migrate(Connection& connection, const std::string& sql_dir) {
  auto before = schema_version(connection);
  if (!before) return before.error();
  if (*before >= kSchemaVersion) return {};
  auto files = migrations(sql_dir);
  if (!files) return files.error();
  auto tx = connection.tx_write();
  if (!tx) return tx.error();
  auto version = schema_version(connection);  // again: somebody else may have migrated while we waited
  if (!version) return version.error();
  for (const auto& [number, path] : *files) {
    if (number <= *version || number > kSchemaVersion) continue;
    auto sql = read_file(path);
    if (!sql) return sql.error();
    if (auto done = connection.script(for_sqlite(*sql)); !done) return done.error().within("migration '" + path + "'");
    if (auto set = connection.script("PRAGMA user_version=" + std::to_string(number)); !set) return set.error();
  }
  return tx->commit();
}

}  // namespace hotline::store
