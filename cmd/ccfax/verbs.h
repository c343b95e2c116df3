// SPDX-License-Identifier: GPL-2.0-or-later
// What ccfax does: one fax, over the descriptors of a daemon (line.cc) or over pipes of a shell (pipe.cc).
#pragma once

#include <string>
#include <vector>

#include "fax/fax.h"
#include "wire/wire.h"

namespace hotline::ccfax {

struct Options {
  fax::Job job;
  int audio_fd = -1, udptl_fd = -1;
  bool hold = false;
};

int check(const std::vector<std::string>& files, int64_t pages_max, int64_t bytes_max);

/// The file can be sent, or received; "ready", or "refused" and the exit status.
int prepare(const fax::Job& job, const std::function<void(const wire::Json&)>& say);

/// Ends a session: gives what was received its name, and says "finished".
int conclude(const fax::Job& job, const fax::Outcome& outcome, bool stopped,
             const std::function<void(const wire::Json&)>& say);

int run_line(const Options& options);
int run_pipe(const Options& options);

}  // namespace hotline::ccfax
