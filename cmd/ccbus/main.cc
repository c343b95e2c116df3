// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/app.h"
#include "verbs.h"

using namespace hotline;

int main(int argc, char** argv) {
  cli::App app("ccbus", "the shell's door to the bus");
  ccbus::AskOptions question;
  app.verb("ask", "send one command and print the reply", [&] { return ccbus::ask(question); })
      .argument("DAEMON", question.daemon, "whom to ask: ccswitchd, ccqueue, ...")
      .argument("VERB", question.verb, "the command, as ccwire(7) lists them")
      .optional_argument("JSON", question.body, "its body, an object; - reads standard input")
      .option("--timeout", question.timeout, "how long to wait for the reply (3s)");
  ccbus::FollowOptions wanted;
  app.verb("follow", "print events as they happen, a JSON line each", [&] { return ccbus::follow(wanted); })
      .option("--from", wanted.from, "only events of this daemon; may be given several times")
      .option("--topic", wanted.topic, "only events whose name begins so")
      .option("--since", wanted.since, "begin with the event of this number in the journals, and miss none")
      .option("--count", wanted.count, "end after so many events")
      .option("--timeout", wanted.timeout, "end after so long, with 1 when too few came");
  return app.run(argc, argv);
}
