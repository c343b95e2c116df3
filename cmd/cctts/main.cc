// SPDX-License-Identifier: GPL-2.0-or-later
// cctts: text to speech from a shell. See cctts(1).
#include "base/log.h"
#include "cli/app.h"
#include "verbs.h"

int main(int argc, char** argv) {
  using namespace hotline;
  cli::App app("cctts", "says a text: UTF-8 on standard input, WAV on standard output");
  set_log_level(Level::error);  // what a daemon would log is our one complaint
  cctts::Options options;
  app.root()
      .option("-l,--language", options.language, "of the text: zh-CN (default), en, …")
      .option("-c,--config", options.config, "configuration file (default: the instance's hotline.toml)")
      .flag("--no-cache", options.no_cache, "run the engine, and keep nothing")
      .flag("--file", options.file, "print the path of the kept file instead of the audio");
  app.action([&] { return cctts::speak(options); });
  std::vector<std::string> languages;
  app.verb("check", "say whether the engine works", [&] { return cctts::check(options.config, languages); })
      .arguments("LANGUAGE", languages, "in these languages (zh-CN and en)");
  return app.run(argc, argv);
}
