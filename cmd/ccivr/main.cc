// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/app.h"
#include "verbs.h"

using namespace hotline;

int main(int argc, char** argv) {
  cli::App app("ccivr", "leads callers through call flows");
  service::Options options;
  auto& run = app.verb("run", "lead the calls of an instance", [&] { return ccivr::run(options); });
  service::add_options(run, options);
  std::vector<std::string> files;
  app.verb("check", "say what is wrong in flows", [&] { return ccivr::check(files); })
      .arguments("FILE", files, "flow files (default: those of the instance)");
  std::string file, language, audio, script = "-";
  bool complete = false;
  app.verb("graph", "draw a flow, for Graphviz", [&] { return ccivr::graph(file); })
      .argument("FILE", file, "a flow file");
  app.verb("try", "walk through a flow in the terminal", [&] { return ccivr::try_flow(file, language, audio); })
      .argument("FILE", file, "a flow file")
      .option("--lang", language, "language of the texts (default: the instance's)")
      .flag_value("--audio", audio, "play what is heard, by this command (default: play -q)");
  app.verb("expect", "test a flow by a script", [&] { return ccivr::expect(file, script, complete); })
      .argument("FILE", file, "a flow file")
      .optional_argument("SCRIPT", script, "what callers do and should hear (default: standard input)")
      .flag("--complete", complete, "fail when there is a way that no caller went");
  cli::Listing list({{"flow", "FLOW"}, {"version", "VERSION"}, {"since", "SINCE"}, {"current", ""}});
  list.add_options(
      app.verb("versions", "list the versions that calls may be in", [&] { return ccivr::versions(list); }));

  ccivr::MessagesOptions wanted;
  auto messages = ccivr::messages_listing();
  auto& find = app.verb("messages", "list what callers left in mailboxes",
                        [&] { return ccivr::list_messages(wanted, messages); });
  find.option("--mailbox", wanted.mailbox, "in this one")
      .option("--since", wanted.since, "left then or later: 2026-11-22, RFC 3339, or a span ago (2h)")
      .flag("--new", wanted.only_new, "that nobody has heard yet");
  messages.add_options(find);
  ccivr::MessageOptions one;
  app.verb("message", "show, play, answer or delete a message", [&] { return ccivr::one_message(one); })
      .argument("show|play|answer|delete", one.what, "what to do with it")
      .argument("NUMBER", one.id, "which, as messages lists it")
      .flag("--numbers", one.whole_numbers, "show: telephone numbers as they are")
      .flag("--stdout", one.to_stdout, "play: write a WAV file to standard output instead");
  return app.run(argc, argv);
}
