// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace hotline {

/// The Unix user who runs this process, by name; his number when he has none.
std::string unix_user();
/// The same of any user; "" for -1, whom nobody knows.
std::string unix_user(int uid);
/// The number of who runs this process.
int unix_uid();

/// Whether `uid` is of this Unix group, by the system's lists: nobody is of a group that is not there, and the
/// super-user is of those alone that have him.
bool is_member(int uid, const std::string& group);

}  // namespace hotline
