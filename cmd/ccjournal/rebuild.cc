// SPDX-License-Identifier: GPL-2.0-or-later
// Folds all journals into a store of its own and then moves its tables over in one transaction: readers see the old
// rows or the new ones, other writers wait for the copy only, and a ccjournal that runs goes on from the new positions.
#include <cstdio>
#include <filesystem>

#include "base/fd.h"
#include "folder.h"
#include "verbs.h"

namespace hotline {

namespace {

/// A store beside the instance's that goes away with us; what a killed rebuild left there goes first.
class FreshFile {
 public:
  explicit FreshFile(const std::string& store) : path_(store + ".rebuild") { remove(); }
  ~FreshFile() { remove(); }
  const std::string& path() const { return path_; }

 private:
  void remove() const {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix, ignored);
  }
  std::string path_;
};

}  // namespace

int rebuild() {
  auto instance = conf::Instance::from_environment();
  if (journal::publishers(instance.journal_dir()).empty())
    return cli::fail(Errc::no_input, "no journals below '" + instance.journal_dir() + "'; the store stays as it is");
  if (auto made = instance.prepare(); !made) return cli::fail(made.error());
  auto lock = lock_file(instance.run() + "/ccjournal-rebuild.lock");
  if (!lock) return cli::fail(lock.error());
  auto store = open_store(instance, store::Access::write);
  if (!store) return cli::fail(store.error());

  FreshFile file(instance.store_file());
  int64_t events = 0;
  {
    auto fresh = store::Connection::open(file.path(), instance.share() + "/sql", store::Access::write);
    if (!fresh) return cli::fail(fresh.error());
    journal_fold::Folder folder(**fresh, instance.journal_dir(),
                                [](const std::string& what) { std::fprintf(stderr, "ccjournal: %s\n", what.c_str()); });
    auto folded = folder.drain();
    if (!folded) return cli::fail(folded.error());
    events = *folded;
  }
  if (auto moved = (*store)->replace_tables(file.path(), store::folded_tables()); !moved)
    return cli::fail(moved.error());
  std::fprintf(stderr, "ccjournal: rebuilt from %lld events\n", static_cast<long long>(events));
  return 0;
}

}  // namespace hotline
