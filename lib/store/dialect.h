// SPDX-License-Identifier: GPL-2.0-or-later
// All that the two engines say differently; private to the room. Every other statement is the same text for both.
#pragma once

#include <string>

#include "store/store.h"

namespace hotline::store {

/// How a transaction begins that may write, and one that only reads.
const char* begin_write(EngineKind kind);
const char* begin_read(EngineKind kind);

/// The tokens of a migration (store.h) in the engine's words.
std::string in_words_of(EngineKind kind, std::string sql);

/// The schema's number: SQLite keeps it in the file's head, PostgreSQL in a table of one row.
Result<int64_t> ask_schema_version(Connection& connection);
Result<void> set_schema_version(Connection& connection, int64_t version);
/// Keeps others from migrating at the same time; ends with the transaction.
Result<void> lock_schema(Connection& connection);

/// One word of a search, as bigrams(): whole words that stand side by side, the last perhaps only a beginning.
struct Phrase {
  std::vector<std::string> words;
  bool beginning = false;
  char column = 0;  ///< 'a', 'b' or 'c'; 0: any
};
/// What MATCH or @@ takes.
std::string phrase_text(EngineKind kind, const std::vector<Phrase>& phrases);
/// Answers the ids (column `rowid`) that fit the phrase_text() bound to `$place`; may stand within another statement.
std::string search_sql(EngineKind kind, const std::string& index, size_t place);
/// $1: id, $2 to $4: the columns' words.
std::string index_sql(EngineKind kind, const std::string& index);
/// $1 to $4 as index_sql() had them: SQLite's index keeps no copy of the words. PostgreSQL knows by $1 alone.
std::string unindex_sql(EngineKind kind, const std::string& index);

/// The names of tables with rows of ours, in order.
const char* tables_sql(EngineKind kind);

}  // namespace hotline::store
