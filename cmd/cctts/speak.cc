// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/fd.h"
#include "cli/app.h"
#include "verbs.h"

namespace hotline::cctts {

namespace {

constexpr size_t kInputBytesMax = 65536;  // more than any text may have

Result<std::string> read_text() {
  std::string text;
  char chunk[4096];
  for (;;) {
    ssize_t got = ::read(STDIN_FILENO, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read standard input", errno);
    if (got == 0) return text;
    text.append(chunk, static_cast<size_t>(got));
    if (text.size() > kInputBytesMax) return Error{Errc::bad_data, "the text is too long; see cctts(1)"};
  }
}

}  // namespace

Result<tts::Settings> settings_of(const std::string& config) {
  auto instance = conf::Instance::from_environment();
  std::string path = config.empty() ? instance.config_file() : config;
  if (config.empty() && ::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return tts::default_settings(instance);
  auto document = conf::Document::load(path);
  if (!document) return document.error();
  auto root = document->root();
  auto settings = tts::read_settings(root, instance);
  root.ignore(conf::hotline_tables());
  root.close();
  if (auto verdict = document->verdict(); !verdict) return verdict.error();
  return settings;
}

Result<tts::File> ask(const tts::Settings& settings, const std::string& language, const std::string& text) {
  Loop loop;
  tts::Speaker speaker(loop, settings);
  Result<tts::File> answer = Error{Errc::bug, "no answer"};
  speaker.say(language, text, [&](const Result<tts::File>& file) {
    answer = file;
    loop.stop();
  });
  loop.run();
  return answer;
}

Result<Scratch> Scratch::make() {
  const char* place = std::getenv("TMPDIR");
  std::string name = std::string(place && *place ? place : "/tmp") + "/cctts.XXXXXX";
  if (!::mkdtemp(name.data())) return errno_error("cannot make '" + name + "'", errno);
  return Scratch(name);
}

Scratch::~Scratch() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

int speak(const Options& options) {
  if (options.file && options.no_cache)
    return cli::fail(Errc::usage, "--file prints the path of a kept file: it does not go with --no-cache");
  if (::isatty(STDIN_FILENO))
    return cli::fail(Errc::usage, "the text comes on standard input: echo 您好 | cctts -l zh-CN > x.wav");
  if (!options.file && ::isatty(STDOUT_FILENO))
    return cli::fail(Errc::usage, "the audio goes to standard output, which is a terminal: > x.wav");
  auto settings = settings_of(options.config);
  if (!settings) return cli::fail(settings.error());
  settings->engine_talks = true;
  auto text = read_text();
  if (!text) return cli::fail(text.error());
  std::optional<Scratch> scratch;
  if (options.no_cache) {
    auto made = Scratch::make();
    if (!made) return cli::fail(made.error());
    scratch.emplace(std::move(*made));
    settings->folder = scratch->path();
  }
  auto file = ask(*settings, options.language, *text);
  if (!file) return cli::fail(file.error());
  if (options.file) {
    std::printf("%s\n", file->path.c_str());
    return 0;
  }
  auto audio = read_file(file->path);
  if (!audio) return cli::fail(audio.error());
  if (auto written = write_all(STDOUT_FILENO, *audio); !written) return cli::fail(written.error());
  return 0;
}

}  // namespace hotline::cctts
