// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include <chrono>

#include "base/text.h"
#include "conf/instance.h"
#include "day.h"
#include "service/service.h"

using namespace hotline;

namespace {

struct Options {
  std::string config, date, explain;
  std::optional<std::string> queue, within;
};

/// T of the service level: --within, or `within` of [report], or 15 s. A report needs no configuration file.
Result<int64_t> threshold_ms(const Options& options, const conf::Instance& instance) {
  microseconds within = seconds(15);
  std::string path = options.config.empty() ? instance.config_file() : options.config;
  if (!options.config.empty() || ::access(path.c_str(), F_OK) == 0) {
    auto read = service::load_config(path, [&](conf::Table& root) {
      auto table = root.table("report");
      within = table.duration("within", within, milliseconds(1), std::chrono::hours(1));
      table.close();
    });
    if (!read) return read.error();
  }
  if (options.within) {
    auto parsed = parse_duration(*options.within);
    if (!parsed) return Error{Errc::usage, "--within: " + parsed.error().text};
    within = *parsed;
  }
  return std::chrono::duration_cast<milliseconds>(within).count();
}

int report_day(const Options& options, cli::Listing& list) {
  auto instance = conf::Instance::from_environment();
  auto within = threshold_ms(options, instance);
  if (!within) return cli::fail(within.error());
  std::string date = options.date.empty() ? local_date(utc_now()) : options.date;
  if (auto checked = local_day(date); !checked) return cli::fail(Errc::usage, checked.error().text);
  auto store = store::Connection::open(instance.store_file(), instance.share() + "/sql", store::Access::read);
  if (!store) return cli::fail(store.error());
  auto rows = load_day(**store, date, options.queue);
  if (!rows) return cli::fail(rows.error());
  Day day = compute_day(std::move(*rows), *within);
  if (!options.explain.empty()) return explain(day, options.explain, list);
  if (list.for_machines())
    print_figures(day, list);
  else
    print_page(day);
  auto faults = disagreements(day);
  for (const auto& fault : faults)
    cli::fail(Errc::bug, "sums disagree: " + fault + "; 'ccjournal rebuild' makes the store anew");
  return faults.empty() ? 0 : static_cast<int>(Errc::bug);
}

}  // namespace

int main(int argc, char** argv) {
  cli::App app("ccreport", "reports for people and for cron");
  Options options;
  cli::Listing list({{"section", ""},
                     {"subject", ""},
                     {"metric", ""},
                     {"value", ""},
                     {"unit", ""},
                     {"numerator", ""},
                     {"denominator", ""}});
  auto& day = app.verb("day", "a day in figures", [&] { return report_day(options, list); });
  day.option("--date", options.date, "local date, 2026-11-22; today when left out")
      .option("--queue", options.queue, "only this queue's calls")
      .option("--within", options.within, "threshold T of the service level (15s, or 'within' of [report])")
      .option("--explain", options.explain, "list the calls behind this number")
      .option("-c,--config", options.config, "configuration file (default: the instance's hotline.toml)");
  list.add_options(day);
  return app.run(argc, argv);
}
