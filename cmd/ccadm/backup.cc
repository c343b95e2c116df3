// SPDX-License-Identifier: GPL-2.0-or-later
// The store is copied while it is used, a copy is tried as if it had to serve, and the store itself is checked.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/fd.h"
#include "store/upkeep.h"
#include "verbs.h"

namespace hotline::ccadm {

namespace {

/// A file that goes away with us, unless it is kept.
class Passing {
 public:
  explicit Passing(std::string path) : path_(std::move(path)) {}
  ~Passing() {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) std::filesystem::remove(path_ + suffix, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// What is wrong with a store, told on standard error; true when nothing is.
Result<bool> sound(store::Connection& store) {
  auto faults = store.faults();
  if (!faults) return faults.error();
  for (const auto& fault : *faults) std::fprintf(stderr, "ccadm: %s\n", fault.c_str());
  return faults->empty();
}

Result<void> sync(const std::string& path) {
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return errno_error("cannot sync '" + path + "'", errno);
  return {};
}

/// Opens a copy as a store of this program, so that it is known to serve.
Result<std::unique_ptr<store::Connection>> open_copy(const std::string& path) {
  auto copy = store::Connection::open(path, conf::Instance::from_environment().share() + "/sql", store::Access::write);
  if (!copy) return copy.error();
  auto good = sound(**copy);
  if (!good) return good.error();
  if (!*good) return Error{Errc::bad_data, "'" + path + "' is damaged"};
  return copy;
}

}  // namespace

cli::Listing tables_listing() {
  return cli::Listing({{"table", "TABLE"}, {"rows", "ROWS", true}, {"store_rows", "IN STORE", true}});
}

int backup(const std::string& as, const std::string& file, cli::Listing& list) {
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  if (auto may = desk->session->need("store", desk::Right::print, "backup"); !may) return cli::fail(may.error());
  if (std::filesystem::exists(file))
    return cli::fail(Errc::bad_data, "'" + file + "' is there already; give a new name");
  Passing part(file + ".part");
  if (auto done = desk->store->backup(part.path()); !done) return cli::fail(done.error());
  std::vector<store::TableRows> rows;
  {
    auto copy = open_copy(part.path());
    if (!copy) return cli::fail(copy.error());
    auto counted = store::count_tables(**copy);
    if (!counted) return cli::fail(counted.error());
    rows = *counted;
  }
  if (auto synced = sync(part.path()); !synced) return cli::fail(synced.error());
  if (::rename(part.path().c_str(), file.c_str()) != 0)
    return cli::fail(errno_error("cannot name '" + file + "'", errno));
  auto folder = std::filesystem::absolute(file).parent_path().string();
  if (auto synced = sync(folder); !synced) return cli::fail(synced.error());
  for (const auto& one : rows) list.row({one.table, one.rows, cli::Field()});
  return list.finish();
}

int drill(const std::string& as, const std::string& file, cli::Listing& list) {
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  if (auto may = desk->session->need("store", desk::Right::query, "drill"); !may) return cli::fail(may.error());
  Passing aside(conf::Instance::from_environment().var() + "/drill-" + std::to_string(::getpid()) + ".db");
  std::error_code cause;
  std::filesystem::copy_file(file, aside.path(), std::filesystem::copy_options::overwrite_existing, cause);
  if (cause) return cli::fail(Errc::no_input, "cannot read '" + file + "': " + cause.message());
  auto copy = open_copy(aside.path());
  if (!copy) return cli::fail(copy.error().within("'" + file + "' would not serve"));
  auto rows = store::count_tables(**copy), live = store::count_tables(*desk->store);
  if (!rows) return cli::fail(rows.error());
  if (!live) return cli::fail(live.error());
  std::map<std::string, int64_t> now;
  for (const auto& one : *live) now[one.table] = one.rows;
  for (const auto& one : *rows) list.row({one.table, one.rows, now[one.table]});
  return list.finish();
}

int check(const std::string& as) {
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  if (auto may = desk->session->need("store", desk::Right::query, "check"); !may) return cli::fail(may.error());
  auto good = sound(*desk->store);
  if (!good) return cli::fail(good.error());
  if (!*good) return cli::fail(Errc::bad_data, "the store is damaged; the last good backup is needed");
  return 0;
}

}  // namespace hotline::ccadm
