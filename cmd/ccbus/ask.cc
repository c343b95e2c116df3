// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/time.h"
#include "bus/bus.h"
#include "cli/app.h"
#include "conf/instance.h"
#include "verbs.h"

namespace hotline::ccbus {

static Result<std::string> read_standard_input() {
  std::string text;
  char block[65536];
  while (ssize_t got = ::read(STDIN_FILENO, block, sizeof block)) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read standard input", errno);
    text.append(block, static_cast<size_t>(got));
    if (text.size() > wire::kMessageBytesMax) break;  // parse() says that it is too long
  }
  return text;
}

int ask(const AskOptions& options) {
  auto timeout = parse_duration(options.timeout);
  if (!timeout) return cli::fail(Errc::usage, "--timeout: " + timeout.error().text);
  auto text =
      options.body == "-" ? read_standard_input() : Result<std::string>(options.body.empty() ? "{}" : options.body);
  if (!text) return cli::fail(text.error());
  auto body = wire::parse(*text);
  if (!body) return cli::fail(body.error().within("the body"));
  if (!body->is_object()) return cli::fail(Errc::bad_data, "the body is no JSON object");
  if (!wire::is_verb(options.verb)) return cli::fail(Errc::usage, "'" + options.verb + "' is no verb");
  if (!wire::is_verb(options.daemon)) return cli::fail(Errc::usage, "'" + options.daemon + "' is no daemon's name");
  auto reply = bus::ask(conf::Instance::from_environment().command_endpoint(options.daemon), options.verb, *body,
                        std::chrono::ceil<milliseconds>(*timeout));
  if (!reply) return cli::fail(reply.error());
  if (!reply->ok) return cli::fail(wire::error_of(*reply));
  std::puts(wire::dump(reply->body).c_str());
  return std::fflush(stdout) == 0 ? 0 : cli::fail(errno_error("cannot write", errno));
}

}  // namespace hotline::ccbus
