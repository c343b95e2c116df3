// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/dialect.h"

namespace hotline::store {

namespace {

using Tokens = std::pair<std::string_view, std::string_view>;

// PostgreSQL's INT has 32 bits, and its tables have neither STRICT, which they always are, nor an order of rows.
constexpr Tokens kSqlite[] = {{"{{pk}}", "INTEGER PRIMARY KEY"},
                              {"{{i64}}", "INTEGER"},
                              {"{{strict}}", "STRICT"},
                              {"{{keyed}}", "STRICT, WITHOUT ROWID"}};
constexpr Tokens kPostgres[] = {
    {"{{pk}}", "BIGINT PRIMARY KEY"}, {"{{i64}}", "BIGINT"}, {"{{strict}}", ""}, {"{{keyed}}", ""}};

void replace_all(std::string& sql, std::string_view token, std::string_view words) {
  for (size_t at = 0; (at = sql.find(token, at)) != std::string::npos; at += words.size())
    sql.replace(at, token.size(), words);
}

/// "{{fts NAME}}": an index of words in three columns, by id. Contentless in both: the words are made from rows.
std::string word_index(EngineKind kind, const std::string& name) {
  if (kind == EngineKind::sqlite)
    return "CREATE VIRTUAL TABLE " + name + " USING fts5(a, b, c, content='', tokenize='unicode61')";
  return "CREATE TABLE " + name + " (rowid BIGINT PRIMARY KEY, words tsvector NOT NULL); CREATE INDEX " + name +
         "_gin ON " + name + " USING gin (words)";
}

std::string quoted(char quote, const std::string& text) { return quote + text + quote; }

std::string sqlite_phrase(const Phrase& phrase) {
  std::string text;
  for (const auto& word : phrase.words) text += (text.empty() ? "" : " ") + word;
  text = quoted('"', text) + (phrase.beginning ? "*" : "");
  return phrase.column ? std::string(1, phrase.column) + " : " + text : text;
}

std::string postgres_phrase(const Phrase& phrase) {
  std::string text, weight;
  if (phrase.column) weight = std::string(1, char(phrase.column - 'a' + 'A'));
  for (size_t i = 0; i < phrase.words.size(); ++i) {
    bool last = i + 1 == phrase.words.size();
    std::string label = (last && phrase.beginning ? "*" : "") + weight;
    text += (text.empty() ? "" : " <-> ") + quoted('\'', phrase.words[i]) + (label.empty() ? "" : ":" + label);
  }
  return "(" + text + ")";
}

}  // namespace

// A plain BEGIN of SQLite that reads and then writes fails at once when another has written in between.
const char* begin_write(EngineKind kind) { return kind == EngineKind::sqlite ? "BEGIN IMMEDIATE" : "BEGIN"; }

const char* begin_read(EngineKind kind) {
  return kind == EngineKind::sqlite ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
}

std::string in_words_of(EngineKind kind, std::string sql) {
  for (auto [token, words] : kind == EngineKind::sqlite ? kSqlite : kPostgres) replace_all(sql, token, words);
  static constexpr std::string_view kOpen = "{{fts ";
  for (size_t at; (at = sql.find(kOpen)) != std::string::npos;) {
    size_t end = sql.find("}}", at);
    require(end != std::string::npos);
    sql.replace(at, end + 2 - at, word_index(kind, sql.substr(at + kOpen.size(), end - at - kOpen.size())));
  }
  return sql;
}

Result<int64_t> ask_schema_version(Connection& connection) {
  int64_t version = 0;
  auto read = [&](const Row& row) { version = row.integer(0); };
  if (connection.kind() == EngineKind::sqlite) {
    if (auto asked = connection.query("PRAGMA user_version", {}, read); !asked) return asked.error();
    return version;
  }
  auto there = connection.query(
      "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = "
      "'schema_version'",
      {}, read);
  if (!there) return there.error();
  if (version == 0) return 0;
  if (auto asked = connection.query("SELECT version FROM schema_version", {}, read); !asked) return asked.error();
  return version;
}

Result<void> set_schema_version(Connection& connection, int64_t version) {
  const std::string number = std::to_string(version);
  if (connection.kind() == EngineKind::sqlite) return connection.script("PRAGMA user_version=" + number);
  return connection.script(
      "CREATE TABLE IF NOT EXISTS schema_version (only_row INT PRIMARY KEY DEFAULT 1 CHECK (only_row = 1), "
      "version BIGINT NOT NULL); INSERT INTO schema_version (version) VALUES (" +
      number + ") ON CONFLICT (only_row) DO UPDATE SET version = excluded.version");
}

Result<void> lock_schema(Connection& connection) {
  if (connection.kind() == EngineKind::sqlite) return {};  // BEGIN IMMEDIATE did
  return connection.script(
      "SELECT pg_advisory_xact_lock(7274966)");  // "oh" in digits: any number, but everyone's the same
}

std::string phrase_text(EngineKind kind, const std::vector<Phrase>& phrases) {
  std::string text;
  for (const auto& phrase : phrases) {
    if (!text.empty()) text += kind == EngineKind::sqlite ? " AND " : " & ";
    text += kind == EngineKind::sqlite ? sqlite_phrase(phrase) : postgres_phrase(phrase);
  }
  return text;
}

std::string search_sql(EngineKind kind, const std::string& index, size_t place) {
  const std::string at = "$" + std::to_string(place);
  return "SELECT rowid FROM " + index + " WHERE " +
         (kind == EngineKind::sqlite ? index + " MATCH " + at : "words @@ " + at + "::tsquery");
}

std::string index_sql(EngineKind kind, const std::string& index) {
  if (kind == EngineKind::sqlite) return "INSERT INTO " + index + " (rowid, a, b, c) VALUES ($1, $2, $3, $4)";
  return "INSERT INTO " + index +
         " (rowid, words) VALUES ($1, setweight(to_tsvector('simple', $2), 'A') || "
         "setweight(to_tsvector('simple', $3), 'B') || setweight(to_tsvector('simple', $4), 'C'))";
}

std::string unindex_sql(EngineKind kind, const std::string& index) {
  if (kind == EngineKind::sqlite)
    return "INSERT INTO " + index + " (" + index + ", rowid, a, b, c) VALUES ('delete', $1, $2, $3, $4)";
  return "DELETE FROM " + index + " WHERE rowid = $1 AND $2 IS NOT NULL AND $3 IS NOT NULL AND $4 IS NOT NULL";
}

const char* tables_sql(EngineKind kind) {
  if (kind == EngineKind::sqlite)
    return "SELECT name FROM sqlite_master WHERE type = 'table' AND instr(name, '_words') = 0 AND substr(name, 1, 7) "
           "<> "
           "'sqlite_' ORDER BY name";
  return "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND position('_words' IN tablename) = 0 "
         "AND "
         "tablename <> 'schema_version' ORDER BY tablename";
}

}  // namespace hotline::store
