// SPDX-License-Identifier: GPL-2.0-or-later
// What both engines have in common: transactions, and the door through which a store is opened.
#include "store/dialect.h"
#include "store/engine.h"

namespace hotline::store {

Connection::Connection(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
Connection::~Connection() = default;

EngineKind Connection::kind() const { return engine_->kind(); }
const std::string& Connection::name() const { return engine_->name(); }
Trouble Connection::trouble() const { return engine_->trouble(); }

void Connection::set_patience(std::chrono::milliseconds patience) { (void)engine_->set_patience(patience); }

Result<void> Connection::script(const std::string& sql) { return engine_->script(sql); }

Result<int64_t> Connection::execute(const std::string& sql, const std::vector<Value>& values) {
  auto done = engine_->run(sql, values, {});
  if (!done) return done.error();
  return done->changed;
}

Result<void> Connection::run(const std::string& sql, const std::vector<Value>& values) {
  if (auto done = engine_->run(sql, values, {}); !done) return done.error();
  return {};
}

Result<int64_t> Connection::query(const std::string& sql, const std::vector<Value>& values,
                                  const std::function<void(const Row&)>& on_row) {
  auto done = engine_->run(sql, values, on_row);
  if (!done) return done.error();
  return done->rows;
}

Result<Transaction> Connection::tx_write() {
  require(!in_transaction_);
  if (auto begun = script(begin_write(kind())); !begun) return begun.error();
  in_transaction_ = true;
  return Transaction(this);
}

Result<Transaction> Connection::tx_read() {
  require(!in_transaction_);
  if (auto begun = script(begin_read(kind())); !begun) return begun.error();
  in_transaction_ = true;
  return Transaction(this);
}

Result<void> Transaction::commit() {
  require(connection_);
  if (auto done = connection_->script("COMMIT"); !done) return done;  // busy: the transaction stands, and may try again
  connection_->in_transaction_ = false;
  connection_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  if (!connection_) return;
  // The engine may have rolled back by itself (disk full); then there is nothing left to undo.
  if (connection_->engine_->transaction_open()) (void)connection_->script("ROLLBACK");
  connection_->in_transaction_ = false;
}

Result<void> Connection::attempt(const std::function<Result<void>()>& work) {
  require(in_transaction_);
  if (auto begun = run("SAVEPOINT attempt", {}); !begun) return begun;
  auto done = work();
  if (!done) {
    if (auto undone = run("ROLLBACK TO SAVEPOINT attempt", {}); !undone) return undone;
  }
  if (auto ended = run("RELEASE SAVEPOINT attempt", {}); !ended) return ended;
  return done;
}

Result<void> Connection::replace_tables(const std::string& path, const std::vector<std::string>& tables) {
  return engine_->replace_tables(*this, path, tables);
}

Result<void> Connection::backup(const std::string& path) { return engine_->backup(path); }
Result<std::vector<std::string>> Connection::faults() { return engine_->faults(*this); }
Result<int64_t> Connection::bytes() { return engine_->bytes(*this); }

namespace {

Result<std::unique_ptr<Engine>> open_engine(const std::string& location, Access access, Durability durability) {
  for (const char* scheme : {"postgresql://", "postgres://"})
    if (location.starts_with(scheme)) return open_postgres(location, access, durability);
  static constexpr std::string_view kSqlite = "sqlite:";
  return open_sqlite(location.starts_with(kSqlite) ? location.substr(kSqlite.size()) : location, access, durability);
}

Error other_schema(const std::string& store, int64_t version, const char* than, const char* remedy) {
  return {Errc::config, "store '" + store + "' has schema " + std::to_string(version) + ", " + than + " than " +
                            std::to_string(kSchemaVersion) + " of this program; " + remedy};
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& location, const std::string& sql_dir,
                                                     Access access, Durability durability) {
  auto engine = open_engine(location, access, durability);
  if (!engine) return engine.error();
  std::unique_ptr<Connection> connection(new Connection(std::move(*engine)));
  if (access == Access::write) {
    if (auto migrated = migrate(*connection, sql_dir); !migrated) return migrated.error();
  }
  auto version = schema_version(*connection);
  if (!version) return version.error();
  if (*version > kSchemaVersion)
    return other_schema(connection->name(), *version, "newer", "install the newer Hotline");
  if (*version < kSchemaVersion)
    return other_schema(connection->name(), *version, "older", "'ccjournal run' brings it up to date");
  return connection;
}

}  // namespace hotline::store
