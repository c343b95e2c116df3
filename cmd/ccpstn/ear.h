// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace hotline::pstn {

/// Turns a recording of the media plane (its left channel) into a mono A-law WAV at `path`, which appears whole, and
/// removes the recording. Returns the number of samples.
Result<int64_t> keep_heard(const std::string& recording, const std::string& path);

}  // namespace hotline::pstn
