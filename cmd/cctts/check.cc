// SPDX-License-Identifier: GPL-2.0-or-later
// check: the engine is run in each language, whatever is kept, and the time it takes is held against the time-out.
#include <cstdio>

#include "audio/audio.h"
#include "cli/app.h"
#include "verbs.h"

namespace hotline::cctts {

static const char* sample_of(const std::string& language) { return language.starts_with("zh") ? "您好" : "hello"; }

int check(const std::string& config, std::vector<std::string> languages) {
  auto settings = settings_of(config);
  if (!settings) return cli::fail(settings.error());
  settings->engine_talks = true;
  if (languages.empty()) languages = {"zh-CN", "en"};
  int status = 0;
  for (const auto& language : languages) {
    auto scratch = Scratch::make();
    if (!scratch) return cli::fail(scratch.error());
    settings->folder = scratch->path();
    auto begin = monotonic_now();
    auto file = ask(*settings, language, sample_of(language));
    auto took = std::chrono::duration_cast<milliseconds>(monotonic_now() - begin);
    if (!file) {
      status = cli::fail(file.error().within(language));
      continue;
    }
    auto speech = audio::inspect_speech(file->path);
    if (!speech) return cli::fail(speech.error());
    std::printf("%s: %lld ms of speech in %lld ms, of %s that it may take\n", language.c_str(),
                static_cast<long long>(*speech), static_cast<long long>(took.count()),
                format_duration(settings->timeout).c_str());
  }
  return status;
}

}  // namespace hotline::cctts
