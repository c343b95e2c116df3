// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>

#include "ask.h"
#include "base/text.h"

namespace hotline::ccswitch {

namespace {

struct Options {
  std::string span, channel;
  cli::Listing listing{{{"span", "SPAN"},
                        {"channel", "CHANNEL", true},
                        {"endpoint", "ENDPOINT"},
                        {"state", "STATE"},
                        {"since", "SINCE"},
                        {"call", "CALL"},
                        {"leg", "LEG"},
                        {"restarts", "RESTARTS", true}}};
};

int show(Options& options) {
  auto body = ask("channels", options.span.empty() ? Json::object() : Json{{"span", options.span}});
  if (!body) return cli::fail(body.error());
  for (const Json& channel : wire::member(*body, "channels")) {
    std::vector<cli::Field> row = {field(channel, "span"),  field(channel, "channel"), field(channel, "endpoint"),
                                   field(channel, "state"), field(channel, "since"),   field(channel, "call"),
                                   field(channel, "leg"),   field(channel, "restarts")};
    auto people = row;
    people[4] = local_time(wire::text(channel, "since"));
    options.listing.row(row, people);
  }
  return options.listing.finish();
}

int restart(const Options& options) {
  auto channel = parse_int(options.channel);
  if (!channel) return cli::fail(Errc::usage, "'" + options.channel + "' is no channel: 1 to 15, 17 to 31");
  auto reply = ask("restart-channel", {{"span", options.span}, {"channel", *channel}});
  return reply ? 0 : cli::fail(reply.error());
}

}  // namespace

void add_channels(cli::App& app) {
  auto options = std::make_shared<Options>();
  auto& verb = app.verb("channels", "list the channels of the E1 spans", [options] { return show(*options); });
  verb.optional_argument("SPAN", options->span, "of this span only");
  options->listing.add_options(verb);
}

void add_restart_channel(cli::App& app) {
  auto options = std::make_shared<Options>();
  app.verb("restart-channel", "restart a channel; a call on it ends", [options] { return restart(*options); })
      .argument("SPAN", options->span, "the span's name")
      .argument("CHANNEL", options->channel, "1 to 15, 17 to 31");
}

}  // namespace hotline::ccswitch
