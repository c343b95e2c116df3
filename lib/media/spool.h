// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "media/media.h"

namespace hotline::media {

inline constexpr size_t kAboutBytesMax = 3000;

/// The 4096 octets before the audio of a spool file, for `frames` frames.
std::array<char, kSpoolHeadBytes> spool_head(std::string_view about, int64_t frames);

}  // namespace hotline::media
