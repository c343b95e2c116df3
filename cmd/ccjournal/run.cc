// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon: polls the journals and folds what is new. Polling costs one stat a publisher and cannot miss an event, as
// a follower of the bus could; the store may lag by the interval and nobody waits for it.
#include "base/fd.h"
#include "base/log.h"
#include "folder.h"
#include "verbs.h"

namespace hotline {

namespace {

using journal_fold::Folder;

/// Folds a batch once a poll, or at once again while there is more, so that pings and signals get their turn even when
/// a month is to be caught up with. Speaks of trouble (store busy, disk full) when it begins, changes and ends.
class Follow {
 public:
  Follow(Folder& folder, Loop& loop) : folder_(folder), loop_(loop) {}

  void step() {
    auto folded = folder_.step();
    std::string trouble = folded ? "" : folded.error().text;
    if (trouble != trouble_) {
      if (trouble.empty())
        log_info("store trouble=over");
      else
        log_error("store trouble=\"" + trouble +
                  "\" remedy=\"events wait in the journals; the next try is in a moment\"");
    }
    trouble_ = trouble;
    if (!folded || *folded == 0) return;
    events_ += *folded;
    again_ = loop_.after(microseconds(0), [this] { step(); });
  }
  int64_t events() const { return events_; }

 private:
  Folder& folder_;
  Loop& loop_;
  Loop::Handle again_;
  std::string trouble_;
  int64_t events_ = 0;
};

/// Says in one line what the store and the journals are to each other at the start.
Result<void> report_start(store::Connection& store, const std::string& journal_dir) {
  auto all = store::positions(store);
  if (!all) return all.error();
  for (const auto& position : *all) {
    bool there = false;
    auto read = journal::read(
        journal_dir, position.publisher, position.number, [&](const auto&) { return !(there = true); },
        [](const auto&) {});
    if (!read || !there)
      log_warning("journal publisher=" + position.publisher + " folded=" + std::to_string(position.number) +
                  " trouble=\"the journal has no such event any more\" remedy=\"ccjournal rebuild\"");
    else
      log_info("journal publisher=" + position.publisher + " folded=" + std::to_string(position.number));
  }
  return {};
}

int run_once(const conf::Instance& instance) {
  if (auto made = instance.prepare(); !made) return cli::fail(made.error());
  auto lock = lock_file(instance.run() + "/ccjournal.lock");
  if (!lock) return cli::fail(lock.error());
  auto store = open_store(instance, store::Access::write);
  if (!store) return cli::fail(store.error());
  Folder folder(**store, instance.journal_dir(),
                [](const std::string& what) { log_error("journal damage=\"" + what + "\""); });
  auto folded = folder.drain();
  return folded ? 0 : cli::fail(folded.error());
}

wire::Reply answer_positions(store::Connection& store, const Folder& folder) {
  auto all = store::positions(store);
  if (!all) return wire::Reply::no(wire::code::kInternal, all.error().text);
  auto list = wire::Json::array();
  for (const auto& position : *all)
    list.push_back(
        {{"publisher", position.publisher}, {"n", position.number}, {"time", format_utc(from_us(position.time_us))}});
  return wire::Reply::yes({{"positions", list}, {"damaged", folder.damaged()}});
}

}  // namespace

int run(const service::Options& options, bool once) {
  microseconds poll{};
  auto instance = conf::Instance::from_environment();
  auto verdict = service::load_config(options.config, [&](conf::Table& root) {
    auto table = root.table("journal");
    poll = table.duration("poll", milliseconds(200), milliseconds(10), seconds(60));
    table.close();
  });
  if (auto status = service::config_status(options, verdict)) return *status;
  if (once) return run_once(instance);

  auto service = service::Service::start("ccjournal", options, instance);
  if (!service) return cli::fail(service.error());
  auto store = open_store(instance, store::Access::write);
  if (!store) return cli::fail(store.error());
  if (auto said = report_start(**store, instance.journal_dir()); !said) return cli::fail(said.error());

  Folder folder(**store, instance.journal_dir(),
                [](const std::string& what) { log_error("journal damage=\"" + what + "\""); });
  Follow follow(folder, (*service)->loop());
  (*service)->on_command([&](const std::string& verb, const wire::Json&, int) {
    if (verb == "positions") return answer_positions(**store, folder);
    return wire::Reply::no(wire::code::kUnknownVerb, "ccjournal knows no '" + verb + "'");
  });
  follow.step();
  auto timer = (*service)->loop().every(poll, [&] { follow.step(); });
  int result = (*service)->run();
  follow.step();
  log_info("folded events=" + std::to_string(follow.events()) + " damaged=" + std::to_string(folder.damaged()));
  return result;
}

}  // namespace hotline
