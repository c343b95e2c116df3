// SPDX-License-Identifier: GPL-2.0-or-later
// The tick. What the signalling thread changes between ticks is in core_commands.cc.
#include "media/core.h"

#include <algorithm>
#include <cstring>

#include "media/g711.h"

namespace hotline::media {

static constexpr uint64_t kStateEveryTicks = 4;

void Core::tick(bool catching_up) {
  for (Line* line : lines_) line->receive();
  if (tick_ % kStateEveryTicks == 0) {
    for (Line* line : lines_) report_state(*line);
  }
  pull_streams(catching_up);
  for (Port* port : ports_) look_for_keys(*port);
  for (Announcement* one : announcements_) one->filled = one->list.render(one->block, frames_);
  for (Port* port : ports_) hear(*port);
  for (size_t i = announcements_.size(); i-- > 0;) {
    if (announcements_[i]->filled < frames_) finish_announcement(announcements_[i], PlayEnd::end);
  }
  for (Recording* one : recordings_) one->add(one->left->said, one->right->said, frames_);
  for (Line* line : lines_) line->send();
  push_streams();
  ++tick_;
}

void Core::pull_streams(bool catching_up) {
  auto turn = tick_ % static_cast<uint64_t>(ticks_a_packet_);
  for (Port* port : streams_[turn]) {
    port->rtp->pull(catching_up, [&](const KeyDetector::Change& change) { on_key(*port, change, DigitBy::rfc4733); });
  }
  // The phase that was read just now is at its first tick, the one before it at its second, and so on round.
  auto ticks = static_cast<size_t>(ticks_a_packet_);
  for (size_t age = 0; age < ticks; ++age) {
    size_t offset = age * static_cast<size_t>(frames_);
    for (Port* port : streams_[(turn + ticks - age) % ticks]) {
      port->said = port->stream_said + offset;
      port->heard = port->stream_heard + offset;
    }
  }
}

// A stream's 20 ms are whole in the tick before its turn comes again.
void Core::push_streams() {
  auto next = (tick_ + 1) % static_cast<uint64_t>(ticks_a_packet_);
  for (Port* port : streams_[next]) {
    port->rtp->push(port->fresh);
    port->fresh = false;
  }
}

// Whether its keys go on as events, so that its partner must not hear them.
static bool turns_keys_into_events(const Port& port) { return port.partner && !port.partner->keys_in_band; }

void Core::look_for_keys(Port& port) {
  if (port.muted) {
    port.muted = false;
    if (port.line) port.said = port.line->said(port.slot);
  }
  auto changed = [&](const KeyDetector::Change& change) { on_key(port, change, DigitBy::inband); };
  if (!port.keys_in_band || (port.partner && !port.detect_in_bridge && !turns_keys_into_events(port))) {
    port.detector.pause(changed);
    return;
  }
  port.detector.listen(port.said, frames_, changed);
  if (turns_keys_into_events(port) && port.detector.suspects()) {
    port.muted = true;
    port.said = silence_.data();
  }
}

// A key of a port that is heard no more in its audio is sent to its partner in the partner's own way, as long as it is
// down.
void Core::pass_on(Port& port, const KeyDetector::Change& change, DigitBy by) {
  if (!port.partner) return;
  if (change.pressed && (by == DigitBy::rfc4733 || turns_keys_into_events(port))) {
    port.partner->keys().press(change.key);
    port.passing_on = change.key;
  } else if (!change.pressed && port.passing_on == change.key) {
    port.partner->keys().release(change.key, change.duration_ms * kSampleRate / 1000);
    port.passing_on = 0;
  }
}

void Core::on_key(Port& port, const KeyDetector::Change& change, DigitBy by) {
  pass_on(port, change, by);
  if (change.pressed) {
    if (port.play && port.play->barge) finish_play(port, PlayEnd::barge);
    return;
  }
  if (DigitNote* note = outbox_.digits.take()) {
    note->digit = {port.id, change.key, change.duration_ms, by};
    outbox_.notes.push(note);
  } else {
    outbox_.dropped.fetch_add(1, std::memory_order_relaxed);
  }
}

// The one place where it is decided what a port hears.
Source Core::source_of(const Port& port, int at) const {
  if (port.sender.sending()) return Source::keys;
  if (port.announcement && at < port.announcement->filled) return Source::announcement;
  if (port.play) return Source::play;
  if (port.partner) return Source::partner;
  if (port.base == Base::music && music_) return Source::music;
  if (port.base == Base::ringback) return Source::ringback;
  return Source::silence;
}

// Goes round `sound` from `at` on.
static void copy_round(const std::vector<uint8_t>& sound, size_t& at, uint8_t* out, int samples) {
  for (int filled = 0; filled < samples;) {
    auto now = std::min(sound.size() - at, static_cast<size_t>(samples - filled));
    std::memcpy(out + filled, sound.data() + at, now);
    filled += static_cast<int>(now);
    at = at + now == sound.size() ? 0 : at + now;
  }
}

// Fills at most `samples`; fewer when the source ended.
int Core::render(Port& port, Source source, uint8_t* out, int samples) {
  auto octets = static_cast<size_t>(samples);
  int at = frames_ - samples;
  switch (source) {
    case Source::keys:
      return port.sender.render(out, samples);
    case Source::announcement: {
      int now = std::min(samples, port.announcement->filled - at);
      std::memcpy(out, port.announcement->block + at, static_cast<size_t>(now));
      return now;
    }
    case Source::play: {
      int now = port.play->list.render(out, samples);
      if (now < samples) finish_play(port, PlayEnd::end);
      return now;
    }
    case Source::partner:
      std::memcpy(out, port.partner->said + at, octets);
      return samples;
    case Source::music:
      copy_round(music_->alaw, port.music_at, out, samples);
      return samples;
    case Source::ringback:
      copy_round(tone_cadence(Tone::ringback), port.base_at, out, samples);
      return samples;
    case Source::silence:
      std::memset(out, kAlawSilence, octets);
      return samples;
  }
  return samples;
}

void Core::hear(Port& port) {
  for (int at = 0; at < frames_;) {
    Source source = source_of(port, at);
    if (source != port.source) {
      port.source = source;
      port.fresh = true;
    }
    at += render(port, source, port.heard + at, frames_ - at);
  }
}

void Core::report_state(Line& line) {
  auto stats = line.span().stats();
  if (stats.receiving == line.told.receiving && stats.remote_alarm == line.told.remote_alarm) return;
  SpanStateNote* note = outbox_.span_states.take();
  if (!note) return;  // told at a later tick
  line.told = {line.id, stats.receiving, stats.remote_alarm};
  note->state = line.told;
  outbox_.notes.push(note);
}

void Core::on_frame(Line& line, std::span<const uint8_t> frame) {
  FrameNote* note = frame.size() <= tdm::kFrameBytesMax ? outbox_.frames.take() : nullptr;
  if (!note) {
    outbox_.dropped.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  note->span = line.id;
  note->octets = frame.size();
  std::copy(frame.begin(), frame.end(), note->frame.begin());
  outbox_.notes.push(note);
}

}  // namespace hotline::media
