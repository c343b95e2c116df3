// SPDX-License-Identifier: GPL-2.0-or-later
// What cclookup does: asks a look-up as a flow would, and looks after their definitions and PINs.
#pragma once

#include <string>
#include <vector>

#include "cli/output.h"

namespace hotline::cclookup {

/// `words`: the look-up's name, then NAME=VALUE.
int ask(const std::string& config, const std::vector<std::string>& words, bool json);
int list(const std::string& config, cli::Listing& listing);
/// `reach`: each source is asked whether it could be asked.
int check(const std::string& config, bool reach, cli::Listing& listing);

int hash();
int locked(cli::Listing& listing);
int unlock(const std::string& number, const std::string& realm, bool caller);

}  // namespace hotline::cclookup
