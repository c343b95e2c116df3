// SPDX-License-Identifier: GPL-2.0-or-later
// PostgreSQL behind engine.h; the only file that includes libpq's header.
#include <libpq-fe.h>

#include <cstdlib>
#include <cstring>
#include <unordered_map>

#include "base/text.h"
#include "store/engine.h"

namespace hotline::store {

namespace {

constexpr size_t kStatementsMax = 256;  // kept prepared, as in sqlite.cc

// Types by their numbers in pg_type. A placeholder has the type of what is bound to it: left to the server, "$3 * 1000"
// would be of 32 bits.
constexpr Oid kInt8 = 20, kText = 25, kBytea = 17, kFloat8 = 701, kInt4 = 23, kInt2 = 21, kNumeric = 1700,
              kFloat4 = 700;

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Server = std::unique_ptr<PGconn, Finish>;
using Answer = std::unique_ptr<PGresult, Clear>;

/// Classes of SQLSTATE, PostgreSQL 15 appendix A.
struct State {
  const char* beginning;
  Trouble trouble;
  Errc code;
};
constexpr State kStates[] = {{"23", Trouble::constraint, Errc::bad_data},
                             {"22", Trouble::constraint, Errc::bad_data},
                             {"40", Trouble::retryable, Errc::again},
                             {"55P03", Trouble::busy, Errc::again},
                             {"57014", Trouble::busy, Errc::again},
                             {"08", Trouble::fatal, Errc::unavailable},
                             {"57", Trouble::fatal, Errc::unavailable},
                             {"53300", Trouble::busy, Errc::again},
                             {"53", Trouble::fatal, Errc::io},
                             {"58", Trouble::fatal, Errc::io},
                             {"42501", Trouble::fatal, Errc::denied},
                             {"25006", Trouble::fatal, Errc::denied}};

/// "postgresql://user:secret@host/db" without the secret, wherever it stands.
std::string without_password(const std::string& url) {
  std::string shown = url;
  size_t begin = shown.find("://") + 3, at = shown.find('@', begin), colon = shown.find(':', begin);
  if (at != std::string::npos && colon < at) shown.erase(colon, at - colon);
  for (const char* key : {"?password=", "&password="})
    if (size_t found = shown.find(key); found != std::string::npos)
      shown.erase(found + 1, shown.find('&', found + 1) - found - 1);
  return shown;
}

class PostgresRow final : public Row {
 public:
  PostgresRow(PGresult* answer, int row) : answer_(answer), row_(row) {}
  bool null(int column) const override { return PQgetisnull(answer_, row_, column); }
  int64_t integer(int column) const override {
    return null(column) ? 0 : std::strtoll(PQgetvalue(answer_, row_, column), nullptr, 10);
  }
  double number(int column) const override {
    return null(column) ? 0 : std::strtod(PQgetvalue(answer_, row_, column), nullptr);
  }
  std::string text(int column) const override {
    return {PQgetvalue(answer_, row_, column), size_t(PQgetlength(answer_, row_, column))};
  }
  Blob blob(int column) const override {
    size_t length = 0;
    auto* octets = PQunescapeBytea(reinterpret_cast<unsigned char*>(PQgetvalue(answer_, row_, column)), &length);
    if (!octets) return {};
    Blob blob{std::string(reinterpret_cast<char*>(octets), length)};
    PQfreemem(octets);
    return blob;
  }
  int columns() const override { return PQnfields(answer_); }
  Value value(int column) const override {
    if (null(column)) return kNull;
    switch (PQftype(answer_, column)) {
      case kInt2:
      case kInt4:
      case kInt8:
        return integer(column);
      case kFloat4:
      case kFloat8:
      case kNumeric:
        return number(column);
      case kBytea:
        return blob(column);
      default:
        return text(column);
    }
  }

 private:
  PGresult* answer_;
  int row_;
};

/// The values of one statement as libpq takes them: text, but octets as they are.
struct Bound {
  std::vector<std::string> texts;
  std::vector<const char*> pointers;
  std::vector<int> lengths, formats;
  std::vector<Oid> types;
  bool has_nul = false;

  explicit Bound(const std::vector<Value>& values) {
    texts.reserve(values.size());
    for (const auto& value : values) std::visit(*this, value);
  }
  void add(std::string text, Oid type, int format = 0) {
    texts.push_back(std::move(text));
    pointers.push_back(texts.back().c_str());
    lengths.push_back(int(texts.back().size()));
    formats.push_back(format);
    types.push_back(type);
  }
  void operator()(std::monostate) {
    add("", 0);
    pointers.back() = nullptr;
  }
  void operator()(int64_t value) { add(std::to_string(value), kInt8); }
  void operator()(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", value);
    add(text, kFloat8);
  }
  void operator()(const std::string& value) {
    has_nul |= value.find('\0') != std::string::npos;
    add(value, kText);
  }
  void operator()(const Blob& value) { add(value.octets, kBytea, 1); }
};

class PostgresEngine final : public Engine {
 public:
  PostgresEngine(std::string name, Server server) : name_(std::move(name)), server_(std::move(server)) {}

  EngineKind kind() const override { return EngineKind::postgresql; }
  const std::string& name() const override { return name_; }
  Trouble trouble() const override { return trouble_; }
  Result<void> set_patience(std::chrono::milliseconds patience) override {
    return script("SET lock_timeout = " + std::to_string(patience.count()));
  }
  bool transaction_open() const override { return PQtransactionStatus(server_.get()) > PQTRANS_ACTIVE; }

  Result<Done> run(const std::string& sql, const std::vector<Value>& values, const OnRow& on_row) override {
    const Bound bound(values);
    if (bound.has_nul) {
      trouble_ = Trouble::constraint;
      return Error{Errc::bad_data, "store '" + name_ + "': text with a NUL cannot be kept"};
    }
    auto statement = prepare(sql, bound);
    if (!statement) return statement.error();
    Answer answer(PQexecPrepared(server_.get(), statement->c_str(), int(bound.pointers.size()), bound.pointers.data(),
                                 bound.lengths.data(), bound.formats.data(), 0));
    if (!good(answer.get())) return failure(answer.get());
    Done done{PQntuples(answer.get()), std::strtoll(PQcmdTuples(answer.get()), nullptr, 10)};
    if (on_row)
      for (int row = 0; row < done.rows; ++row) on_row(PostgresRow(answer.get(), row));
    return done;
  }

  Result<void> script(const std::string& sql) override {
    Answer answer(PQexec(server_.get(), sql.c_str()));
    if (!good(answer.get())) return failure(answer.get());
    return {};
  }

  Result<void> replace_tables(Connection& self, const std::string& path,
                              const std::vector<std::string>& tables) override {
    auto fresh = open_sqlite(path, Access::read, Durability::last_seconds);
    if (!fresh) return fresh.error();
    auto tx = self.tx_write();
    if (!tx) return tx.error();
    for (const auto& table : tables)
      if (auto refilled = refill(**fresh, table); !refilled) return refilled;
    return tx->commit();
  }

  Result<void> backup(const std::string&) override {
    return Error{Errc::usage, "'" + name_ + "' is a server's: pg_dump(1) copies it while it is used"};
  }

  /// The server checks its references at every change; pages are pg_amcheck's.
  Result<std::vector<std::string>> faults(Connection&) override { return std::vector<std::string>(); }

  Result<int64_t> bytes(Connection&) override {
    int64_t size = 0;
    auto asked = run("SELECT pg_database_size(current_database())", {}, [&](const Row& row) { size = row.integer(0); });
    if (!asked) return asked.error();
    return size;
  }

 private:
  static bool good(const PGresult* answer) {
    auto status = PQresultStatus(answer);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
  }

  Error failure(const PGresult* answer) {
    const char* state = answer ? PQresultErrorField(answer, PG_DIAG_SQLSTATE) : nullptr;
    trouble_ = Trouble::fatal;
    Errc code = PQstatus(server_.get()) == CONNECTION_BAD ? Errc::unavailable : Errc::bug;
    for (const auto& known : kStates)
      if (state && std::strncmp(state, known.beginning, std::strlen(known.beginning)) == 0) {
        trouble_ = known.trouble;
        code = known.code;
        break;
      }
    const char* primary = answer ? PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY) : nullptr;
    std::string cause(trim(primary ? primary : PQerrorMessage(server_.get())));
    return {code, "store '" + name_ + "': " + cause};
  }

  Result<std::string> prepare(const std::string& sql, const Bound& bound) {
    std::string key = sql;
    for (Oid type : bound.types) key += '\0' + std::to_string(type);
    if (auto found = statements_.find(key); found != statements_.end()) return found->second;
    if (statements_.size() >= kStatementsMax) {
      if (auto freed = script("DEALLOCATE ALL"); !freed) return freed.error();
      statements_.clear();
    }
    std::string name = "s" + std::to_string(++made_);
    Answer answer(PQprepare(server_.get(), name.c_str(), sql.c_str(), int(bound.types.size()), bound.types.data()));
    if (!good(answer.get())) return failure(answer.get());
    statements_.emplace(std::move(key), name);
    return name;
  }

  Result<void> refill(Engine& fresh, const std::string& table) {
    if (auto emptied = script("DELETE FROM " + table); !emptied) return emptied;
    std::optional<Error> failed;
    std::string insert;
    auto copied = fresh.run("SELECT * FROM " + table, {}, [&](const Row& row) {
      if (failed) return;
      if (insert.empty()) insert = insert_of(table, row.columns());
      std::vector<Value> values;
      for (int i = 0; i < row.columns(); ++i) values.push_back(row.value(i));
      if (auto done = run(insert, values, {}); !done) failed = done.error();
    });
    if (!copied) return copied.error();
    if (failed) return *failed;
    return {};
  }

  static std::string insert_of(const std::string& table, int columns) {
    std::string places;
    for (int i = 1; i <= columns; ++i) places += (i > 1 ? ", $" : "$") + std::to_string(i);
    return "INSERT INTO " + table + " VALUES (" + places + ")";
  }

  std::string name_;
  Server server_;
  std::unordered_map<std::string, std::string> statements_;
  int64_t made_ = 0;
  Trouble trouble_ = Trouble::none;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_postgres(const std::string& url, Access access, Durability durability) {
  const std::string name = without_password(url);
  // libpq takes these from the environment or the URL when they stand there; a dead server must not hang us.
  const char* keys[] = {"dbname", "connect_timeout", "client_encoding", "fallback_application_name", nullptr};
  const char* values[] = {url.c_str(), "10", "UTF8", "hotline", nullptr};
  Server server(PQconnectdbParams(keys, values, 1));
  if (PQstatus(server.get()) != CONNECTION_OK)
    return Error{Errc::unavailable,
                 "cannot open store '" + name + "': " + std::string(trim(PQerrorMessage(server.get())))};
  PQsetNoticeProcessor(
      server.get(), [](void*, const char*) {}, nullptr);
  auto engine = std::make_unique<PostgresEngine>(name, std::move(server));
  std::string settings = "SET lock_timeout = '10s'; SET timezone = 'UTC'; SET synchronous_commit = ";
  settings += durability == Durability::everything ? "on" : "off";
  if (access == Access::read) settings += "; SET default_transaction_read_only = on";
  if (auto set = engine->script(settings); !set) return set.error().within("cannot open");
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace hotline::store
