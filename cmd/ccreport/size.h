// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "cli/output.h"
#include "conf/conf.h"

namespace hotline {

/// What is configured, and what is asked of it.
struct Size {
  int64_t spans = 0, channels = 0, agents = 0;
  double calls = 0;  ///< an hour; 0: what can be carried is enough
  double aht_s = 180, within_s = 15, level = 0.8;
};

/// Counts [[span]] and [[agent]].
void read_size(conf::Table& root, Size& size);
int print_size(const Size& size, cli::Listing& list);

}  // namespace hotline
