// SPDX-License-Identifier: GPL-2.0-or-later
// The engine behind store.h; this file and site.cc are all that know SQLite.
#include <sqlite3.h>

#include <chrono>
#include <random>
#include <thread>
#include <unordered_map>

#include "store/store.h"

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

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

struct Connection::State {
  std::string path;
  Database database;
  std::unordered_map<std::string, Statement> statements;
  bool in_transaction = false;
  Trouble trouble = Trouble::none;
  std::minstd_rand random{std::random_device{}()};
  std::chrono::milliseconds patience = kPatience;
  std::chrono::steady_clock::time_point waiting_since;

  static int nap(void* context, int tries) {
    auto& state = *static_cast<State*>(context);
    auto now = std::chrono::steady_clock::now();
    if (tries == 0) state.waiting_since = now;
    if (now - state.waiting_since > state.patience) return 0;
    std::uniform_int_distribution<int64_t> length(kNapMin.count(), kNapMax.count());
    std::this_thread::sleep_for(std::chrono::microseconds(length(state.random)));
    return 1;
  }

  Error failure(const std::string& context) {
    int extended = sqlite3_extended_errcode(database.get());
    trouble = trouble_of(extended);
    return {errc_of(extended), context + "store '" + path + "': " + sqlite3_errmsg(database.get())};
  }

  Result<sqlite3_stmt*> prepare(const std::string& sql) {
    if (auto found = statements.find(sql); found != statements.end()) return found->second.get();
    sqlite3_stmt* compiled = nullptr;
    const char* rest = nullptr;
    if (sqlite3_prepare_v3(database.get(), sql.c_str(), int(sql.size()), SQLITE_PREPARE_PERSISTENT, &compiled, &rest) !=
        SQLITE_OK)
      return failure("");
    require(compiled && *rest == '\0');  // one statement, and not an empty one
    if (statements.size() >= kStatementsMax)
      std::erase_if(statements, [](const auto& kept) { return !sqlite3_stmt_busy(kept.second.get()); });
    statements.emplace(sql, Statement(compiled));
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

  Result<int64_t> run(const std::string& sql, const std::vector<Value>& values,
                      const std::function<void(const Row&)>& on_row) {
    auto statement = prepare(sql);
    if (!statement) return statement.error();
    Reset reset(*statement);
    bind(*statement, values);
    SqliteRow row(*statement);
    int64_t rows = 0;
    for (;;) {
      int status = sqlite3_step(*statement);
      if (status == SQLITE_DONE) return rows;
      if (status != SQLITE_ROW) return failure("");
      ++rows;
      if (on_row) on_row(row);
    }
  }
};

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;

void Connection::set_patience(std::chrono::milliseconds patience) { state_->patience = patience; }

Trouble Connection::trouble() const { return state_->trouble; }

Result<void> Connection::script(const std::string& sql) {
  if (sqlite3_exec(state_->database.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return state_->failure("");
  return {};
}

Result<int64_t> Connection::execute(const std::string& sql, const std::vector<Value>& values) {
  auto done = state_->run(sql, values, {});
  if (!done) return done.error();
  return int64_t(sqlite3_changes64(state_->database.get()));
}

Result<void> Connection::run(const std::string& sql, const std::vector<Value>& values) {
  auto done = state_->run(sql, values, {});
  if (!done) return done.error();
  return {};
}

Result<int64_t> Connection::query(const std::string& sql, const std::vector<Value>& values,
                                  const std::function<void(const Row&)>& on_row) {
  return state_->run(sql, values, on_row);
}

Result<Transaction> Connection::tx_write() {
  require(!state_->in_transaction);
  if (auto begun = script("BEGIN IMMEDIATE"); !begun) return begun.error();
  state_->in_transaction = true;
  return Transaction(this);
}

Result<Transaction> Connection::tx_read() {
  require(!state_->in_transaction);
  if (auto begun = script("BEGIN"); !begun) return begun.error();
  state_->in_transaction = true;
  return Transaction(this);
}

Result<void> Transaction::commit() {
  require(connection_);
  if (auto done = connection_->script("COMMIT"); !done) return done;  // busy: the transaction stands, and may try again
  connection_->state_->in_transaction = false;
  connection_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  if (!connection_) return;
  // SQLite may have rolled back by itself (disk full); then there is nothing left to undo.
  if (!sqlite3_get_autocommit(connection_->state_->database.get())) (void)connection_->script("ROLLBACK");
  connection_->state_->in_transaction = false;
}

static std::string refill(const std::string& table) {
  return "DELETE FROM main." + table + "; INSERT INTO main." + table + " SELECT * FROM fresh." + table;
}

Result<void> Connection::replace_tables(const std::string& path, const std::vector<std::string>& tables) {
  if (auto attached = execute("ATTACH DATABASE $1 AS fresh", {path}); !attached) return attached.error();
  auto replace = [&]() -> Result<void> {
    auto tx = tx_write();
    if (!tx) return tx.error();
    for (const auto& table : tables)
      if (auto refilled = script(refill(table)); !refilled) return refilled;
    return tx->commit();
  };
  auto done = replace();
  (void)script("DETACH DATABASE fresh");
  return done;
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, const std::string& sql_dir,
                                                     Access access) {
  auto state = std::make_unique<State>();
  state->path = path;
  sqlite3* database = nullptr;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (access == Access::write) flags |= SQLITE_OPEN_CREATE;
  int status = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
  state->database.reset(database);
  if (status != SQLITE_OK) {
    Error error = state->failure("cannot open ");
    if (access == Access::read && error.code == Errc::no_input) error.text += "; 'ccjournal run' makes it";
    return error;
  }
  sqlite3_busy_handler(database, State::nap, state.get());
  std::unique_ptr<Connection> connection(new Connection(std::move(state)));
  // A reader opens for writing too, since WAL needs its shared-memory file, but may change nothing.
  std::string settings = "PRAGMA foreign_keys=ON; PRAGMA synchronous=NORMAL; ";
  settings += access == Access::write ? "PRAGMA journal_mode=WAL;" : "PRAGMA query_only=ON;";
  if (auto set = connection->script(settings); !set) return set.error().within("cannot open");
  if (access == Access::write) {
    if (auto migrated = migrate(*connection, sql_dir); !migrated) return migrated.error();
  }
  auto version = schema_version(*connection);
  if (!version) return version.error();
  if (*version > kSchemaVersion)
    return Error{Errc::config, "store '" + path + "' has schema " + std::to_string(*version) + ", newer than " +
                                   std::to_string(kSchemaVersion) + " of this program; install the newer Hotline"};
  if (*version < kSchemaVersion)
    return Error{Errc::config, "store '" + path + "' has schema " + std::to_string(*version) + ", older than " +
                                   std::to_string(kSchemaVersion) +
                                   " of this program; 'ccjournal run' brings it up to date"};
  return connection;
}

}  // namespace hotline::store
