// SPDX-License-Identifier: GPL-2.0-or-later
// SQLite behind engine.h; the only file that includes its header.
#include <sqlite3.h>

#include <chrono>
#include <random>
#include <thread>
#include <unordered_map>

#include "base/text.h"
#include "store/engine.h"

namespace hotline::store {

namespace {

constexpr std::chrono::milliseconds kPatience{10000};  // for another writer, before a statement fails as busy
constexpr std::chrono::microseconds kNapMin{
    200};  // notes of the trial: naps of 0.2-0.8 ms at random make 8 writers fair
constexpr std::chrono::microseconds kNapMax{800};
constexpr size_t kStatementsMax = 256;  // kept compiled; our statements are far fewer, so this only stops a leak

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

/// Makes a statement fit for its next use, whatever happened to this one.
struct Reset {
  explicit Reset(sqlite3_stmt* statement) : statement(statement) {}
  ~Reset() {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
  sqlite3_stmt* statement;
};

Trouble trouble_of(int extended) {
  if (extended == SQLITE_BUSY_SNAPSHOT) return Trouble::retryable;
  switch (extended & 0xff) {
    case SQLITE_OK:
      return Trouble::none;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Trouble::busy;
    case SQLITE_CONSTRAINT:
      return Trouble::constraint;
    default:
      return Trouble::fatal;
  }
}

Errc errc_of(int extended) {
  switch (extended & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::again;
    case SQLITE_CONSTRAINT:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::bad_data;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Errc::denied;
    case SQLITE_CANTOPEN:
      return Errc::no_input;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      return Errc::io;
    default:
      return Errc::bug;
  }
}

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  double number(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string text(int column) const override {
    const auto* octets = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return octets ? std::string(octets, size_t(sqlite3_column_bytes(statement_, column))) : std::string();
  }
  Blob blob(int column) const override {
    const auto* octets = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return octets ? Blob{std::string(octets, size_t(sqlite3_column_bytes(statement_, column)))} : Blob{};
  }
  int columns() const override { return sqlite3_column_count(statement_); }
  Value value(int column) const override {
    switch (sqlite3_column_type(statement_, column)) {
      case SQLITE_INTEGER:
        return integer(column);
      case SQLITE_FLOAT:
        return number(column);
      case SQLITE_TEXT:
        return text(column);
      case SQLITE_BLOB:
        return blob(column);
      default:
        return kNull;
    }
  }

 private:
  sqlite3_stmt* statement_;
};

class SqliteEngine final : public Engine {
 public:
  SqliteEngine(std::string path, Database database) : path_(std::move(path)), database_(std::move(database)) {
    sqlite3_busy_handler(database_.get(), nap, this);
  }

  EngineKind kind() const override { return EngineKind::sqlite; }
  const std::string& name() const override { return path_; }
  Trouble trouble() const override { return trouble_; }
  Result<void> set_patience(std::chrono::milliseconds patience) override {
    patience_ = patience;
    return {};
  }
  bool transaction_open() const override { return !sqlite3_get_autocommit(database_.get()); }

  static int nap(void* context, int tries) {
    auto& engine = *static_cast<SqliteEngine*>(context);
    auto now = std::chrono::steady_clock::now();
    if (tries == 0) engine.waiting_since_ = now;
    if (now - engine.waiting_since_ > engine.patience_) return 0;
    std::uniform_int_distribution<int64_t> length(kNapMin.count(), kNapMax.count());
    std::this_thread::sleep_for(std::chrono::microseconds(length(engine.random_)));
    return 1;
  }

  Error failure(const std::string& context) {
    int extended = sqlite3_extended_errcode(database_.get());
    trouble_ = trouble_of(extended);
    return {errc_of(extended), context + "store '" + path_ + "': " + sqlite3_errmsg(database_.get())};
  }

  Result<sqlite3_stmt*> prepare(const std::string& sql) {
    if (auto found = statements_.find(sql); found != statements_.end()) return found->second.get();
    sqlite3_stmt* compiled = nullptr;
    const char* rest = nullptr;
    if (sqlite3_prepare_v3(database_.get(), sql.c_str(), int(sql.size()), SQLITE_PREPARE_PERSISTENT, &compiled,
                           &rest) != SQLITE_OK)
      return failure("");
    require(compiled && *rest == '\0');  // one statement, and not an empty one
    if (statements_.size() >= kStatementsMax)
      std::erase_if(statements_, [](const auto& kept) { return !sqlite3_stmt_busy(kept.second.get()); });
    statements_.emplace(sql, Statement(compiled));
    return compiled;
  }

  /// `$1` is the first value, wherever it stands: SQLite numbers placeholders by first appearance.
  static void bind(sqlite3_stmt* statement, const std::vector<Value>& values) {
    require(size_t(sqlite3_bind_parameter_count(statement)) == values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      int index = sqlite3_bind_parameter_index(statement, ("$" + std::to_string(i + 1)).c_str());
      require(index > 0);
      struct {
        sqlite3_stmt* statement;
        int index;
        int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
        int operator()(int64_t value) const { return sqlite3_bind_int64(statement, index, value); }
        int operator()(double value) const { return sqlite3_bind_double(statement, index, value); }
        int operator()(const std::string& value) const {
          return sqlite3_bind_text64(statement, index, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
        }
        int operator()(const Blob& value) const {
          return sqlite3_bind_blob64(statement, index, value.octets.data(), value.octets.size(), SQLITE_STATIC);
        }
      } const binder{statement, index};
      require(std::visit(binder, values[i]) == SQLITE_OK);
    }
  }

  Result<Done> run(const std::string& sql, const std::vector<Value>& values, const OnRow& on_row) override {
    auto statement = prepare(sql);
    if (!statement) return statement.error();
    Reset reset(*statement);
    bind(*statement, values);
    SqliteRow row(*statement);
    Done done;
    for (;;) {
      int status = sqlite3_step(*statement);
      if (status == SQLITE_DONE) break;
      if (status != SQLITE_ROW) return failure("");
      ++done.rows;
      if (on_row) on_row(row);
    }
    done.changed = sqlite3_changes64(database_.get());
    return done;
  }

  Result<void> script(const std::string& sql) override {
    if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return failure("");
    return {};
  }

  Result<void> replace_tables(Connection& self, const std::string& path,
                              const std::vector<std::string>& tables) override {
    if (auto attached = run("ATTACH DATABASE $1 AS fresh", {path}, {}); !attached) return attached.error();
    auto replace = [&]() -> Result<void> {
      auto tx = self.tx_write();
      if (!tx) return tx.error();
      for (const auto& table : tables)
        if (auto refilled =
                script("DELETE FROM main." + table + "; INSERT INTO main." + table + " SELECT * FROM fresh." + table);
            !refilled)
          return refilled;
      return tx->commit();
    };
    auto done = replace();
    (void)script("DETACH DATABASE fresh");
    return done;
  }

  /// One step of the whole store: it is one read transaction, so that writers go on and what they write is not in it.
  Result<void> backup(const std::string& path) override {
    sqlite3* copy = nullptr;
    int status = sqlite3_open_v2(path.c_str(), &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    Database owner(copy);
    auto failed = [&]() -> Error {
      return {errc_of(sqlite3_extended_errcode(copy)), "cannot copy to '" + path + "': " + sqlite3_errmsg(copy)};
    };
    if (status != SQLITE_OK) return failed();
    auto* work = sqlite3_backup_init(copy, "main", database_.get(), "main");
    if (!work) return failed();
    // A writer of another process holds it off for a moment only: in WAL mode readers do not wait.
    for (int tries = 0; (status = sqlite3_backup_step(work, -1)) == SQLITE_BUSY || status == SQLITE_LOCKED; ++tries)
      if (!nap(this, tries)) break;
    sqlite3_backup_finish(work);
    if (status != SQLITE_DONE) return failed();
    return {};
  }

  Result<std::vector<std::string>> faults(Connection&) override {
    std::vector<std::string> found;
    auto pages = run("PRAGMA integrity_check", {}, [&](const Row& row) {
      if (row.text(0) != "ok") found.push_back(row.text(0));
    });
    if (!pages) return pages.error();
    auto keys = run("PRAGMA foreign_key_check", {}, [&](const Row& row) {
      found.push_back("row " + row.text(1) + " of " + row.text(0) + " names a row of " + row.text(2) +
                      " that does not exist");
    });
    if (!keys) return keys.error();
    return found;
  }

  Result<int64_t> bytes(Connection&) override {
    int64_t pages = 0, size = 0;
    if (auto asked = run("PRAGMA page_count", {}, [&](const Row& row) { pages = row.integer(0); }); !asked)
      return asked.error();
    if (auto asked = run("PRAGMA page_size", {}, [&](const Row& row) { size = row.integer(0); }); !asked)
      return asked.error();
    return pages * size;
  }

 private:
  std::string path_;
  Database database_;
  std::unordered_map<std::string, Statement> statements_;
  Trouble trouble_ = Trouble::none;
  std::minstd_rand random_{std::random_device{}()};
  std::chrono::milliseconds patience_ = kPatience;
  std::chrono::steady_clock::time_point waiting_since_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_sqlite(const std::string& path, Access access, Durability durability) {
  sqlite3* database = nullptr;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (access == Access::write) flags |= SQLITE_OPEN_CREATE;
  int status = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
  auto engine = std::make_unique<SqliteEngine>(path, Database(database));
  if (status != SQLITE_OK) {
    Error error = engine->failure("cannot open ");
    if (access == Access::read && error.code == Errc::no_input) error.text += "; 'ccjournal run' makes it";
    return error;
  }
  // A reader opens for writing too, since WAL needs its shared-memory file, but may change nothing.
  std::string settings = "PRAGMA foreign_keys=ON; PRAGMA synchronous=";
  settings += durability == Durability::everything ? "FULL; " : "NORMAL; ";
  settings += access == Access::write ? "PRAGMA journal_mode=WAL;" : "PRAGMA query_only=ON;";
  if (auto set = engine->script(settings); !set) return set.error().within("cannot open");
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace hotline::store
