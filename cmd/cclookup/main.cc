// SPDX-License-Identifier: GPL-2.0-or-later
// cclookup: asks the outside world by name, as flows do. See cclookup(1).
#include "cli/app.h"
#include "verbs.h"

using namespace hotline;

int main(int argc, char** argv) {
  cli::App app("cclookup", "asks a look-up, as a call flow would");
  std::string config;
  std::vector<std::string> words;
  bool json = false, reach = false, caller = false;
  app.root()
      .option("-c,--config", config, "configuration file (default: the instance's hotline.toml)")
      .flag("--json", json, "print one JSON object (ccformats(5))")
      .arguments("NAME", words, "a look-up, then its parameters: number=88001234");
  app.action([&] { return cclookup::ask(config, words, json); });
  app.verb("ask", "the same, for a look-up that is called like a verb",
           [&] { return cclookup::ask(config, words, json); })
      .flag("--json", json, "print one JSON object (ccformats(5))")
      .arguments("NAME", words, "a look-up, then its parameters");
  cli::Listing listing({{"name", "NAME"},
                        {"kind", "KIND"},
                        {"parameters", "PARAMETERS"},
                        {"results", "RESULTS"},
                        {"timeout_ms", "TIMEOUT", true},
                        {"place", ""}});
  listing.add_options(
      app.verb("list", "print the look-ups that there are", [&] { return cclookup::list(config, listing); }));
  cli::Listing sources({{"name", "NAME"}, {"kind", "KIND"}, {"outcome", "OUTCOME"}, {"text", "WHAT WAS SEEN"}});
  auto& check = app.verb("check", "say what is wrong in their definitions",
                         [&] { return cclookup::check(config, reach, sources); });
  check.flag("--try", reach, "see whether each source can be reached, too");
  sources.add_options(check);
  app.verb("hash", "print the argon2id of a PIN that is read from standard input", [] { return cclookup::hash(); });
  cli::Listing pins({{"realm", "REALM"},
                     {"scope", "SCOPE"},
                     {"subject", "NUMBER"},
                     {"failures", "FAILURES", true},
                     {"last", "LAST"},
                     {"locked_until", "LOCKED UNTIL"}});
  pins.add_options(
      app.verb("locked", "print the numbers that are locked after wrong PINs", [&] { return cclookup::locked(pins); }));
  std::string number, realm = "pin";
  app.verb("unlock", "forget a number's wrong PINs", [&] { return cclookup::unlock(number, realm, caller); })
      .argument("NUMBER", number, "the account's, or a caller's")
      .flag("--caller", caller, "it is a caller's")
      .option("--realm", realm, "of the look-up (pin)");
  return app.run(argc, argv);
}
