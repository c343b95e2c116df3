// SPDX-License-Identifier: GPL-2.0-or-later
// The verbs of ccrec(8).
#pragma once

#include <string>

#include "cli/output.h"
#include "search.h"
#include "service/service.h"

namespace hotline::ccrec {

int run(const service::Options& options);

int find(const SearchOptions& options, cli::Listing& list);

struct PlayOptions {
  std::string what;  ///< a call or a segment
  bool to_stdout = false;
};
int play(const PlayOptions& options);

struct ExportOptions {
  std::string what, output;
  bool mixed = false, left = false, right = false;
};
int export_recording(const ExportOptions& options);

struct ListenOptions {
  std::string call, phone;  ///< phone "": a WAV on standard output
  std::string mode = "listen", by;
  bool beep = false, auto_answer = false;  ///< of a phone
};
int listen(const ListenOptions& options);

}  // namespace hotline::ccrec
