// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "store/store.h"

/// A store of one's own in a folder that goes with it, with the project's migrations.
class StoreFixture {
 public:
  StoreFixture() {
    char name[] = "/tmp/hotline-store-XXXXXX";
    require(::mkdtemp(name));
    dir_ = name;
  }
  ~StoreFixture() { std::filesystem::remove_all(dir_); }

  std::string path() const { return dir_ + "/hotline.db"; }
  std::string sql() const { return "share/sql"; }
  std::string own_sql() const { return dir_ + "/sql"; }

  std::unique_ptr<hotline::store::Connection> open() const {
    return hotline::store::Connection::open(path(), sql(), hotline::store::Access::write).value();
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

 private:
  std::string dir_;
};
