// SPDX-License-Identifier: GPL-2.0-or-later
// Before and after a fax: whether its file is good, and where it goes.
#include <unistd.h>

#include <cstdio>

#include "cli/app.h"
#include "fax/lines.h"
#include "verbs.h"

namespace hotline::ccfax {

using wire::Json;

int check(const std::vector<std::string>& files, int64_t pages_max, int64_t bytes_max) {
  int status = 0;
  for (const auto& file : files) {
    auto document = fax::check_document(file, static_cast<int>(pages_max), bytes_max);
    if (!document) {
      status = cli::fail(document.error());
      continue;
    }
    std::printf("%s: %d page%s, %d dots wide, %dx%d dpi\n", file.c_str(), document->pages,
                document->pages == 1 ? "" : "s", document->width, document->x_dpi, document->y_dpi);
  }
  return status;
}

/// The folder can be written to, and the name is free.
static Result<void> check_place(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0) return Error{Errc::denied, "there is a file '" + path + "' already"};
  size_t slash = path.rfind('/');
  std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return errno_error("cannot write in '" + folder + "'", errno);
  return {};
}

int prepare(const fax::Job& job, const std::function<void(const Json&)>& say) {
  Json ready = {{"event", "ready"}};
  Result<void> verdict;
  if (job.direction == fax::Direction::receive) {
    verdict = check_place(job.file);
  } else {
    auto document = fax::check_document(job.file, job.bounds.pages_max, job.bounds.bytes_max);
    if (document)
      ready.update(fax::to_json(*document));
    else
      verdict = document.error();
  }
  if (verdict) {
    say(ready);
    return 0;
  }
  say({{"event", "refused"}, {"code", static_cast<int>(verdict.error().code)}, {"text", verdict.error().text}});
  return static_cast<int>(verdict.error().code);
}

int conclude(const fax::Job& job, const fax::Outcome& outcome, bool stopped,
             const std::function<void(const Json&)>& say) {
  Json last = fax::to_json(outcome);
  last["event"] = "finished";
  if (stopped) last["result"] = "stopped";
  int status = outcome.ok() && !stopped ? 0 : 1;
  if (job.direction == fax::Direction::receive) {
    auto pages = fax::deliver(job.file);
    // T.30 may say that all is well: without the file it is not.
    if (!pages || (*pages == 0 && outcome.ok())) {
      last["result"] = "failed";
      last["file_error"] = pages ? "no page was written" : pages.error().text;
      status = 1;
    }
    if (pages && *pages > 0) last["file"] = job.file;
  }
  say(last);
  return status;
}

}  // namespace hotline::ccfax
