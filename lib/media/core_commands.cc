// SPDX-License-Identifier: GPL-2.0-or-later
// What is done to the core between ticks.
#include <algorithm>

#include "base/require.h"
#include "media/core.h"
#include "media/g711.h"
#include "media/tones.h"

namespace hotline::media {

static constexpr int kRecordBeepSamples = 3200;
static constexpr int kSeekingSamples = 10 * kSampleRate;

Core::Core(int tick_frames, SoundPtr music, const ToneSet& tones, Outbox& outbox)
    : frames_(tick_frames),
      ticks_a_packet_(kPacketSamples / tick_frames),
      music_(music && !music->alaw.empty() ? std::move(music) : nullptr),
      tones_(tones),
      outbox_(outbox),
      streams_(static_cast<size_t>(ticks_a_packet_)) {
  require(tick_frames % 8 == 0 && kPacketSamples % tick_frames == 0);
  lines_.reserve(kLinesMax);
  ports_.reserve(kPortsMax);
  announcements_.reserve(kPortsMax);
  recordings_.reserve(kPortsMax);
  taps_.reserve(kTapsMax);
  seeking_.reserve(kPortsMax);
  for (auto& phase : streams_) phase.reserve(kPortsMax);
  silence_.fill(kAlawSilence);
  (void)key_tone('0');  // makes the table now rather than in a tick
}

Core::~Core() { end_all(); }

void Core::end_all() {
  while (!ports_.empty()) close(ports_.back());
  while (!recordings_.empty()) finish_recording(recordings_.back(), "gone");
  while (!lines_.empty()) remove_line(lines_.back());
}

void Core::add_line(Line* line) {
  line->on_frame = [this](Line& from, std::span<const uint8_t> frame) { on_frame(from, frame); };
  put_in(lines_, line);
}

void Core::remove_line(Line* line) {
  for (Port* port : ports_) {
    if (port->line != line) continue;
    port->line = nullptr;
    port->raw = port->said = silence_.data();
    port->heard = nowhere_.data();
  }
  take_out(lines_, line);
  outbox_.notes.push(line);
}

void Core::add_port(Port* port) {
  put_in(ports_, port);
  if (port->line) {
    port->raw = port->said = port->line->said(port->slot);
    port->heard = port->line->heard(port->slot);
    return;
  }
  auto emptiest = std::min_element(streams_.begin(), streams_.end(),
                                   [](const auto& a, const auto& b) { return a.size() < b.size(); });
  join_phase(*port, static_cast<size_t>(emptiest - streams_.begin()));
  port->stream_said = port->socket ? port->socket->said() : port->rtp->said();
  port->stream_heard = port->socket ? port->socket->heard() : port->rtp->heard();
}

void Core::close(Port* port) {
  if (port->play) finish_play(*port, PlayEnd::gone);
  part(*port, PlayEnd::gone);
  end_spying(*port);
  for (size_t i = recordings_.size(); i-- > 0;) forget_in(*recordings_[i], port);
  for (size_t i = taps_.size(); i-- > 0;) {
    if (taps_[i]->target == port) finish_tap(taps_[i], "gone");
  }
  if (port->rtp || port->socket) {
    if (port->rtp) port->rtp->bye();
    leave_phase(*port);
    if (port->seeking_ticks > 0) seeking_.erase(std::find(seeking_.begin(), seeking_.end(), port));
  } else if (port->line) {
    port->line->idle(port->slot);
  }
  take_out(ports_, port);
  outbox_.notes.push(port);
}

// A recording of a bridge goes on without the port, one of two named ports does not.
void Core::forget_in(Recording& recording, const Port* port) {
  if (recording.left != port && recording.right != port) return;
  if (!recording.group) return finish_recording(&recording, "gone");
  if (recording.left == port) recording.left = nullptr;
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

void Core::set_base(Port* port, Base base, SoundPtr& music) {
  if (base == Base::ringback && port->base != base) port->base_at = 0;
  port->base = base;
  if (base != Base::music || music == port->music) return;
  std::swap(port->music, music);
  port->music_at = 0;
}

void Core::set_remote(Port* port, const RtpRemote& remote, std::unique_ptr<Srtp>& keys) {
  if (!port->rtp) return;
  port->keys().release_all();  // its keys may go another way from now on
  port->rtp->set_remote(remote, keys);
  port->keys_in_band = !port->rtp->has_events();
  if (port->rtp->books().received == 0 && port->seeking_ticks == 0) seeking_.push_back(port);
  if (port->rtp->books().received == 0) port->seeking_ticks = kSeekingSamples / frames_;
  connect_all_of(*port);
}

void Core::overlay(Port* port, Tone tone, int samples) {
  port->over = {&tones_[tone], 0};
  port->overlay_left = samples;
}

void Core::send_keys(Port* port, std::string_view keys) { port->keys().add(keys); }

void Core::announce(Port* a, Port* b, Announcement* announcement) {
  if (!a->group || a->group != b->group) {  // they are in no bridge: nobody would hear it
    outbox_.notes.push(announcement);
    return;
  }
  Group& group = *a->group;
  if (group.announcement) finish_announcement(group.announcement, PlayEnd::replaced);
  group.announcement = announcement;
  announcement->group = &group;
  put_in(announcements_, announcement);
}

void Core::finish_announcement(Announcement* announcement, PlayEnd reason) {
  Group& group = *announcement->group;
  group.announcement = nullptr;
  // Whoever began it may have left: those who are there stand for the bridge.
  if (group.count > 0) announcement->a = group.ports[0]->id;
  if (group.count > 1) announcement->b = group.ports[1]->id;
  take_out(announcements_, announcement);
  announcement->reason = reason;
  outbox_.notes.push(announcement);
}

void Core::add_tap(Tap* tap) { put_in(taps_, tap); }

void Core::stop_tap(TapId id) {
  auto found = std::find_if(taps_.begin(), taps_.end(), [id](Tap* one) { return one->id == id; });
  if (found != taps_.end()) finish_tap(*found, "stop");
}

void Core::finish_tap(Tap* tap, const char* reason) {
  take_out(taps_, tap);
  tap->reason = reason;
  outbox_.notes.push(tap);
}

void Core::add_recording(Recording* recording) {
  Port* left = recording->left;
  put_in(recordings_, recording);
  if (!recording->alone()) {
    if (left->group == recording->right->group) recording->group = left->group;
    return;
  }
  if (left->mailbox) return finish_recording(recording, "gone");
  left->mailbox = recording;
  if (recording->spec.beep) overlay(left, Tone::beep, recording->beep_left = kRecordBeepSamples);
}

void Core::stop_recording(uint64_t id) {
  auto found = std::find_if(recordings_.begin(), recordings_.end(), [id](Recording* one) { return one->id == id; });
  if (found != recordings_.end()) finish_recording(*found, "stop");
}

void Core::finish_recording(Recording* recording, const char* reason) {
  take_out(recordings_, recording);
  if (recording->left && recording->left->mailbox == recording) recording->left->mailbox = nullptr;
  recording->end(reason);  // from here on it is the writer's
}

}  // namespace hotline::media
