// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdio>

#include "service/service.h"

namespace hotline::service {

void add_options(cli::Verb& verb, Options& options) {
  verb.option("-c,--config", options.config, "configuration file (default: the instance's hotline.toml)")
      .flag("-t,--test", options.test, "check the configuration and exit")
      .option("--ready-fd", options.ready_fd, "write a newline to this descriptor when ready")
      .option("--log-level", options.log_level, "debug, info (default), warning or error");
}

Result<void> load_config(const std::string& path, const std::function<void(conf::Table&)>& read) {
  auto document = conf::Document::load(path.empty() ? conf::Instance::from_environment().config_file() : path);
  if (!document) return document.error();
  auto root = document->root();
  read(root);
  root.ignore(conf::hotline_tables());
  root.close();
  return document->verdict();
}

std::optional<int> config_status(const Options& options, const Result<void>& verdict) {
  if (!verdict) return cli::fail(verdict.error());
  if (!options.test) return std::nullopt;
  std::fprintf(stderr, "%s: configuration is good\n", cli::program_name().c_str());
  return 0;
}

}  // namespace hotline::service
