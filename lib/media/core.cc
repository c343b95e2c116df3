// SPDX-License-Identifier: GPL-2.0-or-later
// The tick. What the signalling thread changes between ticks is in core_commands.cc.
#include "media/core.h"

#include <algorithm>
#include <cstring>

#include "media/g711.h"
#include "media/mix.h"

namespace hotline::media {

static constexpr uint64_t kStateEveryTicks = 4;

void Core::tick(bool catching_up) {
  for (Line* line : lines_) line->receive();
  if (tick_ % kStateEveryTicks == 0) {
    for (Line* line : lines_) report_state(*line);
  }
  pull_streams(catching_up);
  for (Port* port : ports_) {
    look_for_keys(*port);
    amplify(*port);
    if (port->spying.beep) tell_of_spy(*port);
  }
  for (Announcement* one : announcements_) one->filled = one->list.render(one->block, frames_);
  for (Port* port : ports_) hear(*port);
  for (size_t i = announcements_.size(); i-- > 0;) {
    if (announcements_[i]->filled < frames_) finish_announcement(announcements_[i], PlayEnd::end);
  }
  for (size_t i = recordings_.size(); i-- > 0;) record(*recordings_[i]);
  for (size_t i = taps_.size(); i-- > 0;) stream(*taps_[i]);
  for (Line* line : lines_) line->send();
  push_streams();
  ++tick_;
}

void Core::pull_streams(bool catching_up) {
  auto turn = tick_ % static_cast<uint64_t>(ticks_a_packet_);
  for (Port* port : streams_[turn]) {
    if (port->socket) {
      port->socket->pull();
      continue;
    }
    port->rtp->pull(catching_up, [&](const KeyDetector::Change& change) { on_key(*port, change, DigitBy::rfc4733); });
  }
  // The phase that was read just now is at its first tick, the one before it at its second, and so on round.
  auto ticks = static_cast<size_t>(ticks_a_packet_);
  for (size_t age = 0; age < ticks; ++age) {
    size_t offset = age * static_cast<size_t>(frames_);
    for (Port* port : streams_[(turn + ticks - age) % ticks]) {
      port->raw = port->stream_said + offset;
      port->heard = port->stream_heard + offset;
    }
  }
}

// A stream's 20 ms are whole in the tick before its turn comes again.
void Core::push_streams() {
  auto next = (tick_ + 1) % static_cast<uint64_t>(ticks_a_packet_);
  for (Port* port : streams_[next]) {
    if (port->socket) {
      port->socket->push();
    } else {
      port->rtp->push(port->fresh);
    }
    port->fresh = false;
  }
}

// Whether a key of its goes on as an event to somebody in its bridge, so that its audio is to be heard by nobody there.
static bool turns_keys_into_events(const Port& port) {
  if (!port.group || port.held) return false;
  return std::any_of(port.group->begin(), port.group->end(), [&](const Port* other) {
    return other != &port && !other->held && !other->keys_in_band;
  });
}

void Core::look_for_keys(Port& port) {
  auto changed = [&](const KeyDetector::Change& change) { on_key(port, change, DigitBy::inband); };
  bool mailbox = port.mailbox && !port.mailbox->spec.keys.empty();
  bool talks = port.group || port.spying.target;
  bool as_events = turns_keys_into_events(port);
  port.muted = false;
  if (!port.keys_in_band || only_listens(port) || (talks && !port.detect_in_bridge && !mailbox && !as_events)) {
    port.detector.pause(changed);
    return;
  }
  port.detector.listen(port.raw, frames_, changed);
  port.muted = as_events && port.detector.suspects();
}

// A key that is heard no more in the audio, or never was, is sent to the others of the bridge, each in its own way, as
// long as it is down.
void Core::pass_on(Port& port, const KeyDetector::Change& change, DigitBy by) {
  if (!port.group || port.held) return;
  bool press = change.pressed && (by == DigitBy::rfc4733 || turns_keys_into_events(port));
  bool release = !change.pressed && port.passing_on == change.key;
  if (!press && !release) return;
  for (Port* other : *port.group) {
    if (other == &port || other->held) continue;
    if (press)
      other->keys().press(change.key);
    else
      other->keys().release(change.key, change.duration_ms * kSampleRate / 1000);
  }
  port.passing_on = press ? change.key : 0;
}

void Core::amplify(Port& port) {
  port.said = port.muted ? silence_.data() : port.raw;
  if (!port.says || port.muted) return;
  std::transform(port.raw, port.raw + frames_, port.louder.begin(), [&](uint8_t octet) { return (*port.says)[octet]; });
  port.said = port.louder.data();
}

void Core::on_key(Port& port, const KeyDetector::Change& change, DigitBy by) {
  pass_on(port, change, by);
  if (change.pressed) {
    if (port.play && port.play->barge) finish_play(port, PlayEnd::barge);
    if (port.mailbox && port.mailbox->ends_with(change.key)) {
      port.mailbox->key = change.key;
      finish_recording(port.mailbox, "key");
    }
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
  if (port.group && port.group->announcement && at < port.group->announcement->filled) return Source::announcement;
  if (port.play) return Source::play;
  if (port.voices.count > 0) return port.voices.count == 1 ? Source::voice : Source::mix;
  bool music = port.music || music_;
  if (port.group) return !port.held && music ? Source::music : Source::silence;
  if (port.spying.target) return Source::silence;
  if (port.base == Base::music && music) return Source::music;
  if (port.base == Base::ringback) return Source::ringback;
  return Source::silence;
}

// Fills at most `samples`; fewer when the source ended.
int Core::render(Port& port, Source source, uint8_t* out, int samples) {
  auto octets = static_cast<size_t>(samples);
  int at = frames_ - samples;
  switch (source) {
    case Source::keys:
      return port.sender.render(out, samples);
    case Source::announcement: {
      const Announcement& one = *port.group->announcement;
      int now = std::min(samples, one.filled - at);
      std::memcpy(out, one.block + at, static_cast<size_t>(now));
      return now;
    }
    case Source::play: {
      int now = port.play->list.render(out, samples);
      if (now < samples) finish_play(port, PlayEnd::end);
      return now;
    }
    case Source::voice:
      std::memcpy(out, port.voices.from[0]->said + at, octets);
      return samples;
    case Source::mix:
      mix(port.voices, at, out, samples);
      return samples;
    case Source::music:
      copy_round((port.music ? port.music : music_)->alaw, port.music_at, out, samples);
      return samples;
    case Source::ringback:
      copy_round(tones_[Tone::ringback], port.base_at, out, samples);
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
  if (port.over.left > 0) add_overlay(port);
  if (port.hears) {
    std::transform(port.heard, port.heard + frames_, port.heard, [&](uint8_t octet) { return (*port.hears)[octet]; });
  }
}

void Core::add_overlay(Port& port) {
  uint8_t tone[kTickFramesMax];
  int samples = std::min(port.over.left, frames_);
  copy_round(*port.over.cadence, port.over.at, tone, samples);
  add_over(tone, port.heard, samples);
  port.over.left -= samples;
}

// What the others of a bridge say is in a recording's right channel; without a bridge it is of the two ports it names.
void Core::record(Recording& one) {
  if (one.alone()) return record_alone(one);
  if (!one.group) return one.add(one.left->said, one.right->said, frames_);
  Voices left = left_of(one.group, one.left), right = right_of(one.group, one.left);
  if (left.count == 1 && right.count == 1) return one.add(left.from[0]->said, right.from[0]->said, frames_);
  uint8_t left_octets[kTickFramesMax], right_octets[kTickFramesMax];
  say(left, 0, left_octets, frames_);
  say(right, 0, right_octets, frames_);
  one.add(left_octets, right_octets, frames_);
}

void Core::record_alone(Recording& one) {
  if (one.beep_left > 0) {
    one.beep_left -= frames_;
    return;
  }
  one.add(one.left->said, silence_.data(), frames_);
  one.silence.add(one.left->said, frames_);
  one.taken += frames_;
  if (one.spec.samples_max > 0 && one.taken >= one.spec.samples_max) return finish_recording(&one, "limit");
  if (one.spec.silence_samples > 0 && one.silence.silent_samples() >= one.spec.silence_samples)
    finish_recording(&one, "silence");
}

void Core::stream(Tap& tap) {
  const Group* group = tap.target->group;
  Port* first = group ? group->ports[0] : tap.target;
  uint8_t left[kTickFramesMax], right[kTickFramesMax];
  say(left_of(group, first), 0, left, frames_);
  say(right_of(group, first), 0, right, frames_);
  if (!tap.add(left, right, frames_)) finish_tap(&tap, "closed");
}

void Core::report_state(Line& line) {
  auto stats = line.span().stats();
  const SpanState now{line.id, stats.receiving, stats.remote_alarm, stats.ais};
  if (now == line.told) return;
  SpanStateNote* note = outbox_.span_states.take();
  if (!note) return;  // told at a later tick
  line.told = now;
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
