// SPDX-License-Identifier: GPL-2.0-or-later
// Sums of voices: the only place where audio is linear on its way from one leg to another.
#pragma once

#include <cstdint>

#include "media/graph.h"

namespace hotline::media {

/// What these ports said in this tick, added up in linear and coded again; values beyond A-law's range stay at its end.
/// Silence adds nothing: one voice among silent ones comes out as it was, but that its code for "slightly below zero" is
/// the one for "slightly above". `at` and `samples` are within the tick (at most 160). Needs two voices and more.
void mix(const Voices& voices, int at, uint8_t* out, int samples);

/// The same for any number: silence for none, and one is copied octet for octet.
void say(const Voices& voices, int at, uint8_t* out, int samples);

/// Adds `sound`, which goes round from `at` on, to what is in `out`.
void add_over(const uint8_t* sound, uint8_t* out, int samples);

}  // namespace hotline::media
