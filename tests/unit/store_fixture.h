// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "store/store.h"
#include "store_server.h"

/// A store of one's own in a folder that goes with it, with the project's migrations.
///
/// A test that makes one runs twice, once on each engine; without PostgreSQL on the machine, on SQLite alone. One a
/// test.
class StoreFixture {
 public:
  StoreFixture() : StoreFixture(true) {}
  ~StoreFixture() { std::filesystem::remove_all(dir_); }

  std::string path() const { return dir_ + "/hotline.db"; }
  /// What Connection::open() takes.
  std::string location() const { return url_.empty() ? path() : url_; }
  bool on_sqlite() const { return url_.empty(); }
  std::string sql() const { return "share/sql"; }
  std::string own_sql() const { return dir_ + "/sql"; }
  const std::string& dir() const { return dir_; }

  std::unique_ptr<hotline::store::Connection> open() const {
    return hotline::store::Connection::open(location(), sql(), hotline::store::Access::write).value();
  }
  void write(const std::string& text) const { std::ofstream(path()) << text; }
  void write_sql(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(own_sql());
    std::ofstream(own_sql() + "/" + name) << text;
  }
  int64_t count(hotline::store::Connection& store, const std::string& table) const {
    int64_t rows = -1;
    require(store.query("SELECT count(*) FROM " + table, {}, [&](const auto& row) { rows = row.integer(0); }));
    return rows;
  }

 protected:
  explicit StoreFixture(bool both_engines) {
    char name[] = "/tmp/hotline-store-XXXXXX";
    require(::mkdtemp(name));
    dir_ = name;
    if (!both_engines) return;
    SUBCASE("on SQLite") {}
    if (auto* server = PostgresServer::running()) {
      SUBCASE("on PostgreSQL") { url_ = server->new_database(); }
    }
  }

 private:
  std::string dir_, url_;
};

/// For what SQLite alone has: a file.
class SqliteFixture : public StoreFixture {
 public:
  SqliteFixture() : StoreFixture(false) {}
};
