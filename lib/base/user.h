// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace hotline {

/// The Unix user who runs this process, by name; his number when he has none.
std::string unix_user();

}  // namespace hotline
