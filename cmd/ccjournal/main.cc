// SPDX-License-Identifier: GPL-2.0-or-later
#include "verbs.h"

using namespace hotline;

int main(int argc, char** argv) {
  cli::App app("ccjournal", "follows the journals into the store");

  service::Options options;
  bool once = false;
  auto& run_verb = app.verb("run", "fold the journals into the store as they grow", [&] { return run(options, once); });
  service::add_options(run_verb, options);
  run_verb.flag("--once", once, "fold what is there and end, without a socket");

  CatOptions cat_options;
  app.verb("cat", "print events of all publishers in the order of time", [&] { return cat(cat_options); })
      .option("--from", cat_options.from, "only this publisher's; may be given several times")
      .option("--since", cat_options.since, "only from then on: RFC 3339, a local date, or a span ago (10m)")
      .option("--until", cat_options.until, "only before then; a date's whole day is meant")
      .option("--call", cat_options.call, "only of this call")
      .option("--event", cat_options.event, "only events whose name begins so");

  std::vector<std::string> publishers;
  app.verb("verify", "walk numbers and chain of the journals", [&] { return verify(publishers); })
      .arguments("PUBLISHER", publishers, "whose journals; all when none is named");

  app.verb("rebuild", "make the call tables anew from the journals", [&] { return rebuild(); });

  cli::Listing list(
      {{"publisher", "PUBLISHER"}, {"folded", "FOLDED", true}, {"behind", "BEHIND", true}, {"folded_until", "UNTIL"}});
  list.add_options(app.verb("status", "how far the store has followed", [&] { return status(list); }));

  return app.run(argc, argv);
}
