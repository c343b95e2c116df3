// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <filesystem>
#include <map>

#include "base/fd.h"
#include "base/text.h"
#include "store/dialect.h"

namespace hotline::store {

namespace {

/// The migrations of a folder by number: "001-calls.sql" is 1. The newest must be there.
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
  if (files.empty() || files.rbegin()->first < kSchemaVersion)
    return Error{Errc::config, "migration " + std::to_string(kSchemaVersion) + " is missing in '" + sql_dir +
                                   "'; install the share of this Hotline"};
  return files;
}

}  // namespace

Result<int64_t> schema_version(Connection& connection) { return ask_schema_version(connection); }

Result<void> migrate(Connection& connection, const std::string& sql_dir) {
  auto before = schema_version(connection);
  if (!before) return before.error();
  if (*before >= kSchemaVersion) return {};
  auto files = migrations(sql_dir);
  if (!files) return files.error();
  auto tx = connection.tx_write();
  if (!tx) return tx.error();
  if (auto locked = lock_schema(connection); !locked) return locked;
  auto version = schema_version(connection);  // again: somebody else may have migrated while we waited
  if (!version) return version.error();
  for (const auto& [number, path] : *files) {
    if (number <= *version || number > kSchemaVersion) continue;
    auto sql = read_file(path);
    if (!sql) return sql.error();
    if (auto done = connection.script(in_words_of(connection.kind(), *sql)); !done)
      return done.error().within("migration '" + path + "'");
    if (auto set = set_schema_version(connection, number); !set) return set.error();
  }
  return tx->commit();
}

}  // namespace hotline::store
