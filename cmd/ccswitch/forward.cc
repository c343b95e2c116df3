// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>

#include "ask.h"
#include "base/time.h"

namespace hotline::ccswitch {

namespace {

struct Options {
  std::string phone;
  std::optional<std::string> always, busy, no_answer, after, dnd;
  cli::Listing listing{{{"phone", "PHONE"},
                        {"always", "ALWAYS"},
                        {"busy", "BUSY"},
                        {"no_answer", "NO ANSWER"},
                        {"no_answer_ms", "AFTER MS", true},
                        {"dnd", "DND"}}};
};

}  // namespace

static int forward(Options& options) {
  Json body = {{"phone", options.phone}};
  if (options.always) body["always"] = *options.always;
  if (options.busy) body["busy"] = *options.busy;
  if (options.no_answer) body["no_answer"] = *options.no_answer;
  if (options.after) {
    auto span = parse_duration(*options.after);
    if (!span) return cli::fail(Errc::usage, "--after: " + span.error().text);
    body["no_answer_ms"] = std::chrono::duration_cast<milliseconds>(*span).count();
  }
  if (options.dnd && *options.dnd != "on" && *options.dnd != "off")
    return cli::fail(Errc::usage, "--dnd: '" + *options.dnd + "' is neither on nor off");
  if (options.dnd) body["dnd"] = *options.dnd == "on";
  auto reply = ask("forward", body);
  if (!reply) return cli::fail(reply.error());
  std::vector<cli::Field> row, people;
  for (const char* key : {"phone", "always", "busy", "no_answer", "no_answer_ms", "dnd"}) {
    row.push_back(field(*reply, key));
    std::string text = wire::text(*reply, key);
    people.push_back(text.starts_with("pstn:") ? cli::Field(masked_endpoint(text)) : row.back());
  }
  options.listing.row(row, people);
  return options.listing.finish();
}

void add_forward(cli::App& app) {
  auto options = std::make_shared<Options>();
  auto& verb = app.verb("forward", "show or change where a phone's calls go", [options] { return forward(*options); });
  verb.argument("PHONE", options->phone, "a phone's id")
      .option("--always", options->always, "a phone's id, a number, or off")
      .option("--busy", options->busy, "the same, when it is busy, refuses, or is not to be disturbed")
      .option("--no-answer", options->no_answer, "the same, when it is not answered or not there")
      .option("--after", options->after, "how long it rings before --no-answer: 20s")
      .option("--dnd", options->dnd, "do not disturb: on, off");
  options->listing.add_options(verb);
}

}  // namespace hotline::ccswitch
