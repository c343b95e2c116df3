// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon.
#include <memory>

#include "verbs.h"

namespace hotline::pstn {

namespace {

struct Config {
  std::vector<trunk::SpanConfig> spans;
  std::vector<Rule> subscribers;
};

Result<void> load(const std::string& path, const conf::Instance& instance, Config& config) {
  return service::load_config(path, [&](conf::Table& root) {
    config.spans = trunk::read_spans(root);
    if (config.spans.empty()) root.complain("", "no [[span]]: an exchange needs a line");
    for (auto& span : config.spans) {
      if (span.pcap.empty() || span.pcap.starts_with('/')) continue;
      span.pcap = instance.var() + "/" + (span.pcap.starts_with("var/") ? span.pcap.substr(4) : span.pcap);
    }
    config.subscribers = read_subscribers(root, instance.etc());
  });
}

int run(service::Options options) {
  const auto instance = conf::Instance::from_environment();
  if (options.config.empty()) options.config = instance.etc() + "/pstn.toml";
  Config config;
  auto verdict = load(options.config, instance, config);
  if (auto status = service::config_status(options, verdict)) return *status;

  auto service = service::Service::start("ccpstn", options, instance);
  if (!service) return cli::fail(service.error());
  auto exchange = Exchange::start(**service, config.spans);
  if (!exchange) return cli::fail(exchange.error());
  auto subscribe = [&exchange](const std::vector<Rule>& rules) {
    (*exchange)->rules().remove_permanent();
    for (const auto& rule : rules) (*exchange)->rules().add(rule);
  };
  subscribe(config.subscribers);
  (*service)->on_command(
      [&](const std::string& verb, const wire::Json& body, int) { return obey(**exchange, **service, verb, body); });
  (*service)->on_reload([&]() -> Result<std::string> {
    Config anew;
    if (auto read = load(options.config, instance, anew); !read) return read.error();
    subscribe(anew.subscribers);
    std::string text = std::to_string(anew.subscribers.size()) + " subscribers";
    for (const auto& sentence : (*exchange)->adopt(anew.spans)) text += "; " + sentence;
    return text;
  });
  (*service)->on_drain([&] { (*exchange)->drain([&] { (*service)->done(); }); });
  return (*service)->run();
}

}  // namespace

void add_run(cli::App& app) {
  auto options = std::make_shared<service::Options>();
  auto& verb = app.verb("run", "be the exchange: hold the spans of etc/pstn.toml", [options] { return run(*options); });
  service::add_options(verb, *options);
}

}  // namespace hotline::pstn
