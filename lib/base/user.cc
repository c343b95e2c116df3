// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/user.h"

#include <pwd.h>
#include <unistd.h>

namespace hotline {

std::string unix_user() {
  const passwd* user = ::getpwuid(::getuid());
  return user ? user->pw_name : std::to_string(::getuid());
}

}  // namespace hotline
