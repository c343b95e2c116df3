// SPDX-License-Identifier: GPL-2.0-or-later
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "verbs.h"

namespace hotline::ccadm {

namespace {

/// A terminal that shows nothing of what is typed, as long as this lives.
class Silence {
 public:
  Silence() {
    if (::tcgetattr(STDIN_FILENO, &was_) != 0) return;
    termios quiet = was_;
    quiet.c_lflag &= ~tcflag_t(ECHO);
    quiet_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~Silence() {
    if (quiet_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &was_);
  }

 private:
  termios was_{};
  bool quiet_ = false;
};

Result<std::string> read_secret(const char* prompt) {
  const bool terminal = ::isatty(STDIN_FILENO);
  std::string secret;
  if (terminal) std::fprintf(stderr, "%s: ", prompt);
  {
    Silence silence;
    if (!std::getline(std::cin, secret)) return Error{Errc::no_input, "no password on standard input"};
  }
  if (terminal) std::fputc('\n', stderr);
  return secret;
}

}  // namespace

int passwd(const std::string& as, const PasswordOptions& options) {
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  auto& session = *desk->session;
  const std::string user = options.user.empty() ? session.actor().name : options.user;
  auto secret = read_secret(options.check ? "password" : "new password");
  if (!secret) return cli::fail(secret.error());
  if (options.check) {
    auto right = desk::check_password(session, user, *secret);
    if (!right) return cli::fail(right.error());
    return *right ? 0 : static_cast<int>(Errc::no);
  }
  if (::isatty(STDIN_FILENO)) {
    auto again = read_secret("once more");
    if (!again) return cli::fail(again.error());
    if (*again != *secret) return cli::fail(Errc::usage, "the two are not the same");
  }
  auto done = desk::set_password(session, user, *secret);
  return done ? 0 : cli::fail(done.error());
}

}  // namespace hotline::ccadm
