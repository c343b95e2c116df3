// SPDX-License-Identifier: GPL-2.0-or-later
// What is done to the core between ticks.
#include <algorithm>

#include "base/require.h"
#include "media/core.h"
#include "media/g711.h"

namespace hotline::media {

Core::Core(int tick_frames, SoundPtr music, Outbox& outbox)
    : frames_(tick_frames),
      ticks_a_packet_(kPacketSamples / tick_frames),
      music_(music && !music->alaw.empty() ? std::move(music) : nullptr),
      outbox_(outbox),
      streams_(static_cast<size_t>(ticks_a_packet_)) {
  require(tick_frames % 8 == 0 && kPacketSamples % tick_frames == 0);
  lines_.reserve(kLinesMax);
  ports_.reserve(kPortsMax);
  announcements_.reserve(kPortsMax);
  recordings_.reserve(kPortsMax);
  for (auto& phase : streams_) phase.reserve(kPortsMax);
  silence_.fill(kAlawSilence);
  (void)key_tone('0');  // makes the tables now rather than in a tick
  (void)tone_cadence(Tone::dial);
}

Core::~Core() { end_all(); }

void Core::end_all() {
  while (!ports_.empty()) close(ports_.back());
  while (!recordings_.empty()) finish_recording(recordings_.back(), "gone");
  while (!lines_.empty()) remove_line(lines_.back());
}

// Takes an element out of a list whose elements know their index; the last one moves into its place.
template <typename T>
static void take_out(std::vector<T*>& list, T* element) {
  list[element->index] = list.back();
  list[element->index]->index = element->index;
  list.pop_back();
}

template <typename T>
static void put_in(std::vector<T*>& list, T* element) {
  element->index = list.size();
  list.push_back(element);
}

void Core::add_line(Line* line) {
  line->on_frame = [this](Line& from, std::span<const uint8_t> frame) { on_frame(from, frame); };
  put_in(lines_, line);
}

void Core::remove_line(Line* line) {
  for (Port* port : ports_) {
    if (port->line != line) continue;
    port->line = nullptr;
    port->said = silence_.data();
    port->heard = nowhere_.data();
  }
  take_out(lines_, line);
  outbox_.notes.push(line);
}

void Core::add_port(Port* port) {
  put_in(ports_, port);
  if (port->rtp) {
    auto emptiest = std::min_element(streams_.begin(), streams_.end(),
                                     [](const auto& a, const auto& b) { return a.size() < b.size(); });
    port->rtp->phase = static_cast<int>(emptiest - streams_.begin());
    port->rtp->index = emptiest->size();
    emptiest->push_back(port);
    port->stream_said = port->rtp->said();
    port->stream_heard = port->rtp->heard();
  } else {
    port->said = port->line->said(port->slot);
    port->heard = port->line->heard(port->slot);
  }
}

void Core::close(Port* port) {
  if (port->play) finish_play(*port, PlayEnd::gone);
  part(*port, PlayEnd::gone);
  for (size_t i = recordings_.size(); i-- > 0;) {
    if (recordings_[i]->left == port || recordings_[i]->right == port) finish_recording(recordings_[i], "gone");
  }
  if (port->rtp) {
    port->rtp->bye();
    auto& phase = streams_[static_cast<size_t>(port->rtp->phase)];
    phase[port->rtp->index] = phase.back();
    phase[port->rtp->index]->rtp->index = port->rtp->index;
    phase.pop_back();
  } else if (port->line) {
    port->line->idle(port->slot);
  }
  take_out(ports_, port);
  outbox_.notes.push(port);
}

void Core::finish_play(Port& port, PlayEnd reason) {
  Play* play = port.play;
  port.play = nullptr;
  play->reason = reason;
  outbox_.notes.push(play);
}

void Core::play(Port* port, Play* play) {
  if (port->play) finish_play(*port, PlayEnd::replaced);
  port->play = play;
}

void Core::stop(Port* port) {
  if (port->play) finish_play(*port, PlayEnd::stop);
}

void Core::set_base(Port* port, Base base) {
  if (base == Base::ringback && port->base != base) port->base_at = 0;
  port->base = base;
}

void Core::set_remote(Port* port, const RtpRemote& remote, std::unique_ptr<Srtp>& keys) {
  if (!port->rtp) return;
  port->keys().release_all();  // its keys may go another way from now on
  port->rtp->set_remote(remote, keys);
  port->keys_in_band = !port->rtp->has_events();
}

void Core::send_keys(Port* port, std::string_view keys) { port->keys().add(keys); }

void Core::part(Port& port, PlayEnd reason) {
  if (!port.partner) return;
  if (port.announcement) finish_announcement(port.announcement, reason);
  for (Port* one : {&port, port.partner}) {
    one->keys().release_all();
    one->passing_on = 0;
  }
  port.partner->partner = nullptr;
  port.partner = nullptr;
}

void Core::bridge(Port* a, Port* b, Announcement* announcement) {
  if (a->partner != b && a != b) {
    part(*a, PlayEnd::replaced);
    part(*b, PlayEnd::replaced);
    a->partner = b;
    b->partner = a;
  }
  if (announcement) announce(a, b, announcement);
}

void Core::unbridge(Port* a, Port* b) {
  if (a->partner == b) part(*a, PlayEnd::stop);
}

void Core::announce(Port* a, Port* b, Announcement* announcement) {
  if (a->partner != b) {  // they are in no bridge: nobody would hear it
    outbox_.notes.push(announcement);
    return;
  }
  if (a->announcement) finish_announcement(a->announcement, PlayEnd::replaced);
  a->announcement = b->announcement = announcement;
  announcement->port = a;
  put_in(announcements_, announcement);
}

void Core::finish_announcement(Announcement* announcement, PlayEnd reason) {
  announcement->port->partner->announcement = nullptr;
  announcement->port->announcement = nullptr;
  take_out(announcements_, announcement);
  announcement->reason = reason;
  outbox_.notes.push(announcement);
}

void Core::add_recording(Recording* recording) { put_in(recordings_, recording); }

void Core::stop_recording(uint64_t id) {
  auto found = std::find_if(recordings_.begin(), recordings_.end(), [id](Recording* one) { return one->id == id; });
  if (found != recordings_.end()) finish_recording(*found, "stop");
}

void Core::finish_recording(Recording* recording, const char* reason) {
  take_out(recordings_, recording);
  recording->end(reason);  // from here on it is the writer's
}

}  // namespace hotline::media
