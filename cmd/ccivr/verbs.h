// SPDX-License-Identifier: GPL-2.0-or-later
// The verbs of ccivr(8).
#pragma once

#include <string>
#include <vector>

#include "service/service.h"

namespace hotline::ccivr {

int run(const service::Options& options);
/// No files: the flows of the instance's configuration.
int check(const std::vector<std::string>& files);
int graph(const std::string& file);
int try_flow(const std::string& file, const std::string& language);
/// `script` "-" is standard input.
int expect(const std::string& file, const std::string& script);

}  // namespace hotline::ccivr
