// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/site.h"

#include <sqlite3.h>

#include <thread>

namespace hotline::store {

namespace {

constexpr std::chrono::microseconds kNap{500};  // while another writes
constexpr int kOperationsBetweenLooks = 1000;   // of SQLite's machine: some 10 microseconds
constexpr int kValueBytesMax = 16 << 20;        // no function of a statement makes a longer one

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

/// A look-up reads rows, and changes some if it may. Whatever reaches beyond its database is refused.
int authorize(void* write, int action, const char*, const char* function, const char*, const char*) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return function && std::string(function) == "load_extension" ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      return write ? SQLITE_OK : SQLITE_DENY;
    default:
      return SQLITE_DENY;
  }
}

Errc errc_of(int status) {
  switch (status & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
      return Errc::again;
    case SQLITE_CANTOPEN:
      return Errc::no_input;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Errc::denied;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      return Errc::io;
    default:
      return Errc::bad_data;
  }
}

}  // namespace

struct SiteDatabase::State {
  std::string path;
  bool write = false;
  std::unique_ptr<sqlite3, CloseDatabase> database;
  std::string sql;      // of the statement that is kept
  Statement statement;  // a look-up has one
  const SiteStop* stop = nullptr;

  static int look(void* context) {
    const auto& state = *static_cast<State*>(context);
    return state.stop && state.stop->now() ? 1 : 0;
  }
  static int nap(void* context, int) {
    const auto& state = *static_cast<State*>(context);
    if (!state.stop || state.stop->now()) return 0;
    std::this_thread::sleep_for(kNap);
    return 1;
  }

  /// SQLite's words name tables and columns; only while no value has been bound may they be repeated.
  Error failure() const { return {Errc::config, sqlite3_errmsg(database.get())}; }
  static Error failure(int status) { return {errc_of(status), sqlite3_errstr(status)}; }

  Result<sqlite3_stmt*> prepare(const std::string& text) {
    if (statement && sql == text) return statement.get();
    statement.reset();
    sqlite3_stmt* compiled = nullptr;
    const char* rest = nullptr;
    int status = sqlite3_prepare_v3(database.get(), text.c_str(), static_cast<int>(text.size()),
                                    SQLITE_PREPARE_PERSISTENT, &compiled, &rest);
    statement.reset(compiled);
    if ((status & 0xff) == SQLITE_AUTH)
      return Error{Errc::config,
                   write ? "it may only read and change rows" : "it may only read (write = true lets it change rows)"};
    if ((status & 0xff) == SQLITE_ERROR) return failure();
    if (status != SQLITE_OK) return failure(status);
    if (!compiled) return Error{Errc::config, "there is no statement"};
    // What is behind it must be blanks and comments: they compile to nothing.
    sqlite3_stmt* second = nullptr;
    status = sqlite3_prepare_v2(database.get(), rest, -1, &second, nullptr);
    Statement guard(second);
    if (status != SQLITE_OK || second) {
      statement.reset();
      return Error{Errc::config, "it must be one statement"};
    }
    sql = text;
    return compiled;
  }
};

SiteDatabase::SiteDatabase(std::unique_ptr<State> state) : state_(std::move(state)) {}
SiteDatabase::~SiteDatabase() = default;

Result<std::unique_ptr<SiteDatabase>> SiteDatabase::open(const std::string& path, bool write) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->write = write;
  sqlite3* database = nullptr;
  // For writing even to read: a database in WAL mode needs its shared memory. query_only keeps it as it is.
  int status = sqlite3_open_v2(path.c_str(), &database,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  state->database.reset(database);
  if (status != SQLITE_OK) return State::failure(status).within("cannot open '" + path + "'");
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, kValueBytesMax);
  sqlite3_progress_handler(database, kOperationsBetweenLooks, State::look, state.get());
  sqlite3_busy_handler(database, State::nap, state.get());
  if (!write) sqlite3_exec(database, "PRAGMA query_only=ON", nullptr, nullptr, nullptr);
  sqlite3_set_authorizer(database, authorize, write ? state.get() : nullptr);
  return std::unique_ptr<SiteDatabase>(new SiteDatabase(std::move(state)));
}

Result<SiteShape> SiteDatabase::shape(const std::string& sql) {
  auto statement = state_->prepare(sql);
  if (!statement) return statement.error();
  SiteShape shape;
  shape.writes = !sqlite3_stmt_readonly(*statement);
  for (int i = 1; i <= sqlite3_bind_parameter_count(*statement); ++i) {
    const char* name = sqlite3_bind_parameter_name(*statement, i);
    if (!name || name[0] != ':')
      return Error{Errc::config, "parameters are written :name, not '" + std::string(name ? name : "?") + "'"};
    shape.parameters.emplace_back(name + 1);
  }
  for (int i = 0; i < sqlite3_column_count(*statement); ++i)
    shape.columns.emplace_back(sqlite3_column_name(*statement, i));
  return shape;
}

Result<SiteAnswer> SiteDatabase::ask(const std::string& sql, const std::map<std::string, std::string>& values,
                                     size_t rows_max, const SiteStop& stop) {
  struct Stopping {  // the handlers look at it as long as the statement runs
    State& state;
    Stopping(State& state, const SiteStop& stop) : state(state) { state.stop = &stop; }
    ~Stopping() {
      if (state.statement) {
        sqlite3_reset(state.statement.get());
        sqlite3_clear_bindings(state.statement.get());
      }
      state.stop = nullptr;
    }
  } stopping(*state_, stop);
  auto shape = this->shape(sql);
  if (!shape) return shape.error();
  auto* statement = state_->statement.get();
  for (size_t i = 0; i < shape->parameters.size(); ++i) {
    auto value = values.find(shape->parameters[i]);
    if (value == values.end()) return Error{Errc::config, "there is no parameter ':" + shape->parameters[i] + "'"};
    int status = sqlite3_bind_text64(statement, static_cast<int>(i + 1), value->second.data(), value->second.size(),
                                     SQLITE_STATIC, SQLITE_UTF8);
    if (status != SQLITE_OK) return State::failure(status);
  }
  SiteAnswer answer;
  answer.columns = shape->columns;
  // Of a statement that changes rows every row is passed over, so that all is done.
  for (int status; (status = sqlite3_step(statement)) != SQLITE_DONE;) {
    if (status != SQLITE_ROW) return State::failure(status);
    if (answer.rows.size() >= rows_max) {
      if (shape->writes) continue;
      break;
    }
    std::vector<std::string> row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const auto* octets = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
      row.emplace_back(octets ? std::string(octets, static_cast<size_t>(sqlite3_column_bytes(statement, i))) : "");
    }
    answer.rows.push_back(std::move(row));
  }
  if (shape->writes) answer.changed = sqlite3_changes64(state_->database.get());
  return answer;
}

}  // namespace hotline::store
