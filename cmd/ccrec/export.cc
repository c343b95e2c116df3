// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "audio/audio.h"
#include "verbs.h"

namespace hotline::ccrec {

int export_recording(const ExportOptions& options) {
  if (options.output.empty()) return cli::fail(Errc::usage, "-o FILE is needed: where to write");
  if (options.mixed + options.left + options.right > 1)
    return cli::fail(Errc::usage, "--mono, --left and --right exclude each other");
  auto files = files_of(conf::Instance::from_environment(), options.what);
  if (!files) return cli::fail(files.error());
  auto channels = options.mixed   ? audio::Channels::mixed
                  : options.left  ? audio::Channels::left
                  : options.right ? audio::Channels::right
                                  : audio::Channels::both;
  // Written beside and renamed, so that a failure leaves what was there before.
  std::filesystem::path output = options.output;
  auto beside = output.parent_path() / ("." + output.stem().string() + ".new" + output.extension().string());
  auto written = audio::export_files(*files, beside.string(), channels);
  if (written && ::rename(beside.c_str(), output.c_str()) != 0)
    written = errno_error("cannot rename '" + beside.string() + "'", errno);
  if (written) return 0;
  ::unlink(beside.c_str());
  return cli::fail(written.error());
}

}  // namespace hotline::ccrec
