// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/user.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace hotline {

/// As many groups as Linux lets a process have.
static constexpr int kGroupsMax = 65536;

std::string unix_user(int uid) {
  if (uid < 0) return "";
  const passwd* user = ::getpwuid(static_cast<uid_t>(uid));
  return user ? user->pw_name : std::to_string(uid);
}

int unix_uid() { return static_cast<int>(::getuid()); }

std::string unix_user() { return unix_user(unix_uid()); }

bool is_member(int uid, const std::string& group) {
  const struct group* found = uid < 0 ? nullptr : ::getgrnam(group.c_str());
  if (!found) return false;
  gid_t wanted = found->gr_gid;
  const passwd* user = ::getpwuid(static_cast<uid_t>(uid));
  if (!user) return false;
  std::vector<gid_t> groups(64);
  int count = static_cast<int>(groups.size());
  while (::getgrouplist(user->pw_name, user->pw_gid, groups.data(), &count) < 0) {
    if (count > kGroupsMax || count <= static_cast<int>(groups.size())) return false;
    groups.resize(static_cast<size_t>(count));
  }
  return std::find(groups.begin(), groups.begin() + count, wanted) != groups.begin() + count;
}

}  // namespace hotline
