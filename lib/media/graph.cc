// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/graph.h"

#include "media/port.h"

namespace hotline::media {

bool only_listens(const Port& port) { return port.spying.target && port.spying.mode == SpyMode::listen; }

// The spies of one member whom `ear` hears; null stands for a recording. This is the only place where a spy becomes a
// voice, and a listening one does not pass it.
static void add_spies(Voices& voices, const Port& member, const Port* ear) {
  for (size_t i = 0; i < member.spying.count; ++i) {
    Port* spy = member.spying.spies[i];
    bool heard = spy->spying.mode == SpyMode::barge || (spy->spying.mode == SpyMode::whisper && ear == &member);
    if (heard && spy != ear) voices.add(spy);
  }
}

// All who are heard in a bridge but `without`, as `ear` hears them.
static Voices voices_of(const Group& group, const Port* without, const Port* ear) {
  Voices voices;
  for (Port* port : group)
    if (port != without && !port->held) voices.add(port);
  for (Port* port : group) add_spies(voices, *port, ear);
  return voices;
}

Voices heard_by(Port& ear) {
  if (Port* target = ear.spying.target) {
    if (target->group) return voices_of(*target->group, &ear, &ear);
    Voices alone;
    if (!target->held) alone.add(target);
    return alone;
  }
  return ear.group && !ear.held ? voices_of(*ear.group, &ear, &ear) : Voices{};
}

Voices left_of(const Group* group, Port* left) {
  Voices voices;
  if (left && left->group == group && !left->held) voices.add(left);
  return voices;
}

Voices right_of(const Group* group, const Port* left) { return group ? voices_of(*group, left, nullptr) : Voices{}; }

}  // namespace hotline::media
