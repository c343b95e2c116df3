// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include <chrono>

#include "base/text.h"
#include "conf/instance.h"
#include "day.h"
#include "service/service.h"
#include "size.h"

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
  auto location = instance.store_location();
  if (!location) return cli::fail(location.error());
  auto store = store::Connection::open(*location, instance.share() + "/sql", store::Access::read);
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

struct SizeOptions {
  std::string config, aht = "3m", within = "15s";
  double calls = 0, level = 80;
  cli::Listing listing{{{"of", "OF"}, {"figure", "FIGURE"}, {"value", "VALUE", true}, {"unit", "UNIT"}}};
};

Result<double> positive_seconds(const char* option, const std::string& text) {
  auto span = parse_duration(text);
  if (span && span->count() > 0) return static_cast<double>(span->count()) / 1e6;
  return Error{Errc::usage, std::string(option) + ": '" + text + "' is no time, as 3m is"};
}

int report_size(SizeOptions& options) {
  Size size;
  std::string path = options.config.empty() ? conf::Instance::from_environment().config_file() : options.config;
  auto read = service::load_config(path, [&](conf::Table& root) { read_size(root, size); });
  if (!read) return cli::fail(read.error());
  auto aht = positive_seconds("--aht", options.aht), within = positive_seconds("--within", options.within);
  if (!aht || !within) return cli::fail((aht ? within : aht).error());
  if (!(options.level > 0 && options.level < 100) || !(options.calls >= 0 && options.calls < 1e7))
    return cli::fail(Errc::usage, "--level is a percentage between 0 and 100, --calls a number of calls an hour");
  size.aht_s = *aht;
  size.within_s = *within;
  size.level = options.level / 100;
  size.calls = options.calls;
  return print_size(size, options.listing);
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
  SizeOptions size;
  auto& verb = app.verb("size", "what the configured lines and agents can carry", [&] { return report_size(size); });
  verb.option("--calls", size.calls, "calls an hour: what becomes of them")
      .option("--aht", size.aht, "mean time that a call is handled (3m)")
      .option("--within", size.within, "answered in time is within this (15s)")
      .option("--level", size.level, "percent of calls that are to be (80)")
      .option("-c,--config", size.config, "configuration file (default: the instance's hotline.toml)");
  size.listing.add_options(verb);
  return app.run(argc, argv);
}
