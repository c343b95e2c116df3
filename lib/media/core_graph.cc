// SPDX-License-Identifier: GPL-2.0-or-later
// Bridges, holds and spies between ticks: who belongs to whom. After each change the edges of graph.h are made anew.
#include <algorithm>

#include "media/core.h"
#include "media/tones.h"

namespace hotline::media {

static constexpr int kBeepEvery = 15 * 8000, kBeepSamples = 1600;

// Whether a key of its goes on as an event to somebody in its bridge, so that its audio is to be heard by nobody there.
static bool turns_keys_into_events(const Port& port) {
  if (!port.group || port.held) return false;
  return std::any_of(port.group->begin(), port.group->end(),
                     [&](const Port* other) { return other != &port && !other->held && !other->keys_in_band; });
}

// A port's own edges, and those of its spies, who hear what it hears.
void Core::connect(Port& port) {
  port.voices = heard_by(port);
  port.talks = port.group || port.spying.target;
  port.only_listens = only_listens(port);
  port.keys_as_events = turns_keys_into_events(port);
  for (size_t i = 0; i < port.spying.count; ++i) connect(*port.spying.spies[i]);
}

// Keys that are held down by one of a bridge are let go when its parties change.
static void let_go(const Group& group) {
  for (Port* port : group) {
    port->keys().release_all();
    port->passing_on = 0;
  }
}

void Core::connect(Group& group) {
  for (Port* port : group) connect(*port);
}

void Core::connect_all_of(Port& port) {
  if (port.group) {
    connect(*port.group);
  } else {
    connect(port);
  }
}

void Core::bridge(Group* group, Announcement* announcement) {
  Group* now = group->ports[0]->group;
  bool same = now && now->count == group->count &&
              std::all_of(group->begin(), group->end(), [&](Port* port) { return port->group == now; });
  if (same) {
    outbox_.notes.push(group);
    group = now;
  } else {
    for (Port* port : *group) {
      part(*port, PlayEnd::replaced);
      unspy(port);
    }
    for (Port* port : *group) port->group = group;
    connect(*group);
  }
  if (announcement) announce(group->ports[0], group->ports[1], announcement);
}

void Core::join(Port* member, Port* port) {
  Group* group = member->group;
  if (!group || port->group == group || group->count == kBridgePortsMax) return;
  part(*port, PlayEnd::replaced);
  unspy(port);
  group->ports[group->count++] = port;
  port->group = group;
  connect(*group);
}

void Core::leave(Port* port) { part(*port, PlayEnd::stop); }

void Core::unbridge(Port* a, Port* b) {
  if (a->group && a->group == b->group) dissolve(*a->group, PlayEnd::stop);
}

void Core::part(Port& port, PlayEnd reason) {
  Group* group = port.group;
  if (!group) return;
  if (group->count <= 2) return dissolve(*group, reason);
  let_go(*group);
  auto* end = group->ports.data() + group->count;
  std::copy(std::find(group->ports.data(), end, &port) + 1, end, std::find(group->ports.data(), end, &port));
  --group->count;
  port.group = nullptr;
  connect(port);
  connect(*group);
}

void Core::dissolve(Group& group, PlayEnd reason) {
  let_go(group);
  if (group.announcement) finish_announcement(group.announcement, reason);
  for (size_t i = recordings_.size(); i-- > 0;) {
    if (recordings_[i]->group == &group) finish_recording(recordings_[i], "gone");
  }
  for (Port* port : group) port->group = nullptr;
  for (Port* port : group) connect(*port);
  outbox_.notes.push(&group);
}

void Core::hold(Port* port, bool on) {
  port->held = on;
  if (port->group) let_go(*port->group);
  connect_all_of(*port);
}

void Core::spy(Port* port, Port* target, SpyMode mode, bool beep) {
  if (port->spying.target != target) {
    bool possible = port != target && !port->group && port->spying.count == 0 && !target->spying.target &&
                    target->spying.count < kSpiesMax;
    if (!possible) return;
    unspy(port);
    port->spying.target = target;
    target->spying.spies[target->spying.count++] = port;
  }
  port->spying.mode = mode;
  port->warns = beep;
  port->spying.beep_in = 0;
  connect_all_of(*target);
}

void Core::unspy(Port* port) {
  Port* target = port->spying.target;
  if (!target) return;
  Spying& spied = target->spying;
  auto* end = spied.spies.data() + spied.count;
  *std::find(spied.spies.data(), end, port) = *(end - 1);
  --spied.count;
  port->spying = Spying{};
  port->warns = false;
  connect(*port);
  connect_all_of(*target);
}

void Core::end_spying(Port& port) {
  unspy(&port);
  while (port.spying.count > 0) unspy(port.spying.spies[0]);
}

// All who talk with the target of a spy are told, every now and then, that they are not alone.
void Core::tell_of_spy(Port& spy) {
  spy.spying.beep_in -= frames_;
  if (spy.spying.beep_in > 0) return;
  spy.spying.beep_in = kBeepEvery;
  Port& target = *spy.spying.target;
  if (!target.group) return;
  for (Port* port : *target.group) overlay(port, Tone::beep, kBeepSamples);
}

}  // namespace hotline::media
