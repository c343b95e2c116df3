// SPDX-License-Identifier: GPL-2.0-or-later
// gain, beep: how loud a leg is, and a tone over what it hears.
#include <memory>
#include <optional>

#include "ask.h"
#include "base/text.h"

namespace hotline::ccswitch {

namespace {

struct Options {
  std::string leg, tone = "beep";
  std::optional<std::string> says, hears;
};

}  // namespace

static int gain(const Options& options) {
  Json body = {{"leg", options.leg}};
  for (const auto& [key, text] : {std::pair("says_db", options.says), std::pair("hears_db", options.hears)}) {
    if (!text) continue;
    auto db = parse_int(*text);
    if (!db) return cli::fail(Errc::usage, "'" + *text + "' is no whole number of decibels");
    body[key] = *db;
  }
  if (body.size() == 1) return cli::fail(Errc::usage, "give --says, --hears or both");
  return perform("gain", body);
}

void add_gain(cli::App& app) {
  auto options = std::make_shared<Options>();
  app.verb("gain", "make a leg louder or softer", [options] { return gain(*options); })
      .argument("LEG", options->leg, "which")
      .option("--says", options->says, "decibels, -20 to 20, of what it says")
      .option("--hears", options->hears, "and of what it hears");
}

void add_beep(cli::App& app) {
  auto options = std::make_shared<Options>();
  app.verb("beep", "a short tone over what a leg hears",
           [options] { return perform("beep", {{"leg", options->leg}, {"tone", options->tone}}); })
      .argument("LEG", options->leg, "up")
      .option("--tone", options->tone, "beep, or waiting: another call waits");
}

}  // namespace hotline::ccswitch
