// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "conf/instance.h"

namespace hotline::ccmon {

/// The page once, then exit: 0, or 69 when neither daemon answers.
int once(const conf::Instance& instance, bool as_json);

/// The page on the terminal, anew each second, until INT or TERM.
int live(const conf::Instance& instance);

}  // namespace hotline::ccmon
