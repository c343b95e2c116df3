// SPDX-License-Identifier: GPL-2.0-or-later
// Room store: SQL. Knows the schema (share/sql), connections, transactions, and every statement of ours that is ever
// sent; a site's own statements to its own databases go through site.h. A file for each family of tables. Refuses to know events, sockets, configuration and what a number in a report means.
//
// There are two engines, SQLite and PostgreSQL 15; sqlite.cc, site.cc and postgres.cc alone include their headers, and what they
// say differently is in dialect.cc. All other statements keep to what both understand: `$1` placeholders, ON CONFLICT,
// RETURNING, integers for time (microseconds UTC, columns `…_us`), text, and nothing else.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

namespace hotline::store {

/// The newest schema this program knows: the highest number among share/sql.
inline constexpr int64_t kSchemaVersion = 15;

enum class EngineKind { sqlite, postgresql };

struct Blob {
  std::string octets;
  bool operator==(const Blob&) const = default;
};

/// What may stand in a column or be bound to a placeholder; monostate is SQL's NULL.
using Value = std::variant<std::monostate, int64_t, double, std::string, Blob>;
inline const Value kNull{};

/// An optional as a Value: NULL when it is empty.
template <typename T>
Value or_null(const std::optional<T>& value) {
  return value ? Value(*value) : kNull;
}
/// Text as a Value: NULL when it is empty.
inline Value or_null(const std::string& text) { return text.empty() ? kNull : Value(text); }

/// The class of a failure: what the caller can do about it.
enum class Trouble {
  none,
  busy,        ///< another connection writes and did not finish in time; try later (Errc::again)
  constraint,  ///< the row contradicts the schema (Errc::bad_data)
  retryable,   ///< the transaction lost a race and must be done again from its start (Errc::again)
  fatal,       ///< disk, permission, corruption, or a fault of ours
};

/// One row of an answer, valid during the callback alone. Columns count from 0.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool null(int column) const = 0;
  virtual int64_t integer(int column) const = 0;  ///< NULL is 0
  virtual double number(int column) const = 0;
  virtual std::string text(int column) const = 0;  ///< NULL is ""
  virtual Blob blob(int column) const = 0;
  virtual int columns() const = 0;
  /// The column as it is, of the kind that the engine says it has.
  virtual Value value(int column) const = 0;

  std::optional<int64_t> maybe_integer(int column) const {
    return null(column) ? std::nullopt : std::optional(integer(column));
  }
};

enum class Access {
  write,  ///< made when missing, migrated when older
  read,   ///< must exist and have this program's schema; refuses to change anything
};

/// What a power cut may take.
enum class Durability {
  last_seconds,  ///< the last transactions, whole: for what the journals make again
  everything,    ///< nothing that was committed: for what people wrote
};

class Connection;
class Engine;

/// A transaction; rolled back when it goes out of scope without commit(). One at a time for a connection.
class Transaction {
 public:
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  friend class Connection;
  explicit Transaction(Connection* connection) : connection_(connection) {}
  Connection* connection_;
};

/// One connection to a store; one thread at a time. Statements are compiled once and kept. What is committed survives
/// kill -9, and a power cut as Durability says.
///
/// Waits for another writer up to ten seconds; with SQLite in naps of random length, because its own back-off starves
/// writers. A connection to PostgreSQL that is lost stays lost (`unavailable`): open another.
class Connection {
 public:
  /// Opens the store at `location`: "postgresql://user@host/database", "sqlite:PATH" or a path; `sql_dir` has the
  /// migrations. A store that is newer than this program is a `config` error with the remedy; a missing file, for
  /// Access::read, is `no_input`; a server that does not answer is `unavailable`.
  static Result<std::unique_ptr<Connection>> open(const std::string& location, const std::string& sql_dir,
                                                  Access access, Durability durability = Durability::last_seconds);
  ~Connection();

  EngineKind kind() const;
  /// For messages: where it is, without a password.
  const std::string& name() const;

  /// How long to wait for another writer from now on, instead of ten seconds.
  void set_patience(std::chrono::milliseconds patience);

  /// Runs one statement; the number of rows that it changed.
  Result<int64_t> execute(const std::string& sql, const std::vector<Value>& values = {});
  /// As execute(), where the number of rows is of no interest.
  Result<void> run(const std::string& sql, const std::vector<Value>& values);
  /// Runs one statement and hands over each row; the number of rows. The callback may use this connection, but not for
  /// the same statement. PostgreSQL's whole answer is in memory meanwhile.
  Result<int64_t> query(const std::string& sql, const std::vector<Value>& values,
                        const std::function<void(const Row&)>& on_row);
  /// Runs several statements without placeholders, as a migration has them.
  Result<void> script(const std::string& sql);

  /// For whatever may write. SQLite lets one in at a time (BEGIN IMMEDIATE: a plain BEGIN that reads and then writes
  /// fails at once when somebody else has written in between). PostgreSQL lets many in, so what was read may have
  /// changed when it is written: name the version in the UPDATE's condition and count the rows.
  Result<Transaction> tx_write();
  /// A snapshot for several reads that must agree. Keep it short: the log of changes grows as long as it is open.
  Result<Transaction> tx_read();
  /// Within a transaction: when `work` fails, what it did is undone, and the transaction goes on; the failure is
  /// returned. Without this PostgreSQL refuses every further statement after one that failed.
  Result<void> attempt(const std::function<Result<void>()>& work);

  /// Replaces the rows of `tables` by those in the SQLite store at `path` (same schema) as one step.
  Result<void> replace_tables(const std::string& path, const std::vector<std::string>& tables);

  /// Writes a copy of the store, as it is at one moment, to the new file `path`, while others read and write. Of SQLite
  /// alone: a server has tools of its own, which the error names.
  Result<void> backup(const std::string& path);
  /// What is wrong with the store's pages and references, a line each; empty when all is well.
  Result<std::vector<std::string>> faults();
  /// What it takes on the disk, indices included.
  Result<int64_t> bytes();

  /// The class of the last failure.
  Trouble trouble() const;

 private:
  friend class Transaction;
  explicit Connection(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
  bool in_transaction_ = false;
};

/// Brings the schema up to date by the numbered files of `sql_dir`, as one transaction. Tokens in them: {{pk}} a key of
/// whole numbers, {{i64}} 64 bits, {{strict}} what follows a table's closing bracket, {{keyed}} the same for a table
/// whose rows lie in the order of its key, so that equal tables are equal in a dump, {{fts NAME}} an index of words
/// (words.h). Numbers may leave gaps: each part of the house numbers from a ten of its own.
Result<void> migrate(Connection& connection, const std::string& sql_dir);
/// The number of the last migration that was applied; 0 for an empty store.
Result<int64_t> schema_version(Connection& connection);

}  // namespace hotline::store
