// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace hotline {

void require_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "bug: '%s' does not hold at %s:%d\n", expression, file, line);
  std::abort();
}

std::string errno_text(int number) { return std::generic_category().message(number); }

Error errno_error(std::string_view context, int number) {
  Errc code = Errc::io;
  if (number == EACCES || number == EPERM) code = Errc::denied;
  if (number == EAGAIN || number == EBUSY) code = Errc::again;
  if (number == ENOENT) code = Errc::no_input;
  return {code, std::string(context) + ": " + errno_text(number)};
}

}  // namespace hotline
