// SPDX-License-Identifier: GPL-2.0-or-later
// What the room needs of a database engine; private to the room. Two there are: sqlite.cc and postgres.cc, each the
// only file that includes its library's header. Where their SQL differs is in dialect.cc.
#pragma once

#include <memory>
#include <string>

#include "store/store.h"

namespace hotline::store {

using OnRow = std::function<void(const Row&)>;

class Engine {
 public:
  virtual ~Engine() = default;
  virtual EngineKind kind() const = 0;
  /// Its name for messages, without a password.
  virtual const std::string& name() const = 0;
  virtual Trouble trouble() const = 0;
  virtual Result<void> set_patience(std::chrono::milliseconds patience) = 0;

  struct Done {
    int64_t rows = 0;     ///< handed over
    int64_t changed = 0;  ///< by INSERT, UPDATE, DELETE
  };
  virtual Result<Done> run(const std::string& sql, const std::vector<Value>& values, const OnRow& on_row) = 0;
  virtual Result<void> script(const std::string& sql) = 0;
  /// Whether the engine itself thinks that a transaction is open: it may have rolled back alone (disk full).
  virtual bool transaction_open() const = 0;

  /// See Connection.
  virtual Result<void> replace_tables(Connection& self, const std::string& path,
                                      const std::vector<std::string>& tables) = 0;
  virtual Result<void> backup(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> faults(Connection& self) = 0;
  virtual Result<int64_t> bytes(Connection& self) = 0;
};

/// `path` is a file's; Access and Durability as Connection::open has them.
Result<std::unique_ptr<Engine>> open_sqlite(const std::string& path, Access access, Durability durability);
/// `url` is a connection URI of libpq, "postgresql://user@host/database".
Result<std::unique_ptr<Engine>> open_postgres(const std::string& url, Access access, Durability durability);

}  // namespace hotline::store
