// SPDX-License-Identifier: GPL-2.0-or-later
#include "live.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "cli/app.h"
#include "source.h"

namespace hotline::ccmon {

namespace {

Size terminal_size() {
  winsize window{};
  if (::isatty(STDOUT_FILENO) != 1 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) return {};
  return {window.ws_col, window.ws_row};
}

/// The other screen of the terminal, without cursor, for as long as this lives: what was there is there again
/// afterwards.
class Screen {
 public:
  Screen() { put("\033[?1049h\033[?25l"); }
  ~Screen() { put("\033[?25h\033[?1049l"); }
  void show(const std::vector<std::string>& lines) {
    std::string text = "\033[H";
    for (size_t i = 0; i < lines.size(); ++i) text += (i ? "\r\n" : "") + lines[i] + "\033[K";
    put(text + "\033[J");
  }

 private:
  static void put(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }
};

}  // namespace

int once(const conf::Instance& instance, bool as_json) {
  Loop loop;
  Model model;
  Asking* asking = nullptr;
  Asking asks(loop, instance, model, [&] {
    if (!asking->waiting()) loop.stop();
  });
  asking = &asks;
  asks.ask();
  loop.run();
  Utc now = utc_now();
  if (as_json)
    std::printf("%s\n", json(model, now).c_str());
  else
    for (const auto& line : page(model, now, {terminal_size().columns, 0})) std::printf("%s\n", line.c_str());
  std::fflush(stdout);
  return model.line.snapshot || model.queue.snapshot ? 0 : static_cast<int>(Errc::unavailable);
}

int live(const conf::Instance& instance) {
  if (::isatty(STDOUT_FILENO) != 1) return cli::fail(Errc::usage, "standard output is no terminal; try 'ccmon --once'");
  Loop loop;
  Model model;
  Loop::Handle interrupted = loop.on_signal(SIGINT, [&] { loop.stop(); });
  Loop::Handle terminated = loop.on_signal(SIGTERM, [&] { loop.stop(); });
  Loop::Handle hung_up = loop.on_signal(SIGHUP, [&] { loop.stop(); });
  Screen screen;
  auto draw = [&] { screen.show(page(model, utc_now(), terminal_size())); };
  Loop::Handle resized = loop.on_signal(SIGWINCH, draw);
  Asking asking(loop, instance, model, draw);
  Loop::Handle second = loop.every(seconds(1), [&] {
    draw();
    asking.ask();
  });
  asking.ask();
  loop.run();
  return 0;
}

}  // namespace hotline::ccmon
