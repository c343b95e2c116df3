// SPDX-License-Identifier: GPL-2.0-or-later
// The verbs of ccivr(8).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/output.h"
#include "service/service.h"

namespace hotline::ccivr {

int run(const service::Options& options);
/// No files: the flows of the instance's configuration.
int check(const std::vector<std::string>& files);
int graph(const std::string& file);
/// `audio`: a command that is run with the prompts' files, "" for texts alone.
int try_flow(const std::string& file, const std::string& language, const std::string& audio);
/// `script` "-" is standard input. `complete`: a way that no caller went is a failure, too.
int expect(const std::string& file, const std::string& script, bool complete);
/// The versions of flows that calls of this instance may be in.
int versions(cli::Listing& list);

struct MessagesOptions {
  std::optional<std::string> mailbox, since;
  bool only_new = false;
};
/// The columns of `ccivr messages`.
cli::Listing messages_listing();
/// Those that the Unix user may have.
int list_messages(const MessagesOptions& options, cli::Listing& list);

struct MessageOptions {
  std::string what, id;
  bool whole_numbers = false, to_stdout = false;
};
int one_message(const MessageOptions& options);

}  // namespace hotline::ccivr
