// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace hotline {

/// Prints the broken expression and its place on stderr and aborts; the supervisor restarts us.
[[noreturn]] void require_failed(const char* expression, const char* file, int line);

}  // namespace hotline

/// Always-on assertion for invariants, i.e. for our own bugs; never for what a peer, a file or a user may do.
#define require(expression) \
  (static_cast<bool>(expression) ? void(0) : ::hotline::require_failed(#expression, __FILE__, __LINE__))
