// SPDX-License-Identifier: GPL-2.0-or-later
// Who hears whom. The edges of the media graph are made in graph.cc and nowhere else: a port's audio reaches another
// port, a recording or a stream only along a Voices of heard_by() and left_of(), right_of().
//
//     bridge of A and B           A <-> B                 one voice each: octets are copied
//     a third one joins           A, B, C all ways        two voices each: a mix
//     B on hold                   A <-> C                 B hears silence; alone with B one hears music
//     S listens to B              A, B, C -> S            no edge leaves S, so that its audio is read by nothing
//     S whispers to B             A, B, C -> S -> B
//     S barges                    A, B, C <-> S
//     a recording of A's bridge   A -> left; all others and who barges -> right
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "media/media.h"
#include "media/queues.h"

namespace hotline::media {

struct Announcement;
struct Port;

/// Edges that lead to one place. Who comes after the last is not heard: no bridge that the engine makes has so many.
struct Voices {
  static constexpr size_t kMax = kBridgePortsMax + kSpiesMax;
  uint8_t count = 0;
  std::array<Port*, kMax> from{};
  void add(Port* port) {
    if (count < kMax) from[count++] = port;
  }
};

/// The ports of one bridge, in the order in which they came. Made and freed on the signalling thread.
struct Group : Note {
  std::array<Port*, kBridgePortsMax> ports{};
  uint8_t count = 0;
  Announcement* announcement = nullptr;
  Port* const* begin() const { return ports.data(); }
  Port* const* end() const { return ports.data() + count; }
};

/// A port's part in spying: as a spy it has a target, as a target it has spies.
struct Spying {
  Port* target = nullptr;
  SpyMode mode = SpyMode::listen;
  int beep_in = 0;  ///< samples until the next beep, if it warns
  std::array<Port*, kSpiesMax> spies{};
  uint8_t count = 0;
};

/// Whose voices a port hears in its bridge or as a spy; none when it is in no bridge and spies on nobody.
Voices heard_by(Port& ear);
/// Whose voices a recording or a stream of `left`'s bridge has in its left and right channel. `left` may have left the
/// group.
Voices left_of(const Group* group, Port* left);
Voices right_of(const Group* group, const Port* left);

/// It spies without being heard by anybody.
bool only_listens(const Port& port);

}  // namespace hotline::media
