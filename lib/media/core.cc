// SPDX-License-Identifier: GPL-2.0-or-later
// The tick. What the signalling thread changes between ticks is in core_commands.cc.
#include "media/core.h"

#include <algorithm>
#include <cstring>

#include "media/g711.h"
#include "media/mix.h"

namespace hotline::media {

static constexpr uint64_t kStateEveryTicks = 4;

// Goes through ports while those to come are brought from memory: `fetch` names what of one.
template <typename Fetch, typename Work>
static void for_each(const std::vector<Port*>& ports, Fetch fetch, Work work) {
  static constexpr size_t kAhead = 4;
  for (size_t i = 0; i < ports.size(); ++i) {
    if (i + kAhead < ports.size()) fetch(*ports[i + kAhead]);
    work(*ports[i]);
  }
}

static void fetch_hot(const Port& port) {
  __builtin_prefetch(&port);
  __builtin_prefetch(&port.stream_said);
}

void Core::tick(bool catching_up) {
  for (Line* line : lines_) line->receive();
  if (tick_ % kStateEveryTicks == 0) {
    for (Line* line : lines_) report_state(*line);
  }
  pull_streams(catching_up);
  for_each(ports_, fetch_hot, [this](Port& port) { listen(port); });
  for (Announcement* one : announcements_) one->filled = one->list.render(one->block, frames_);
  for_each(ports_, fetch_hot, [this](Port& port) { hear(port); });
  for (size_t i = announcements_.size(); i-- > 0;) {
    if (announcements_[i]->filled < frames_) finish_announcement(announcements_[i], PlayEnd::end);
  }
  for (size_t i = recordings_.size(); i-- > 0;) record(*recordings_[i]);
  for (size_t i = taps_.size(); i-- > 0;) stream(*taps_[i]);
  for (Line* line : lines_) line->send();
  push_streams();
  ++tick_;
}

void Core::leave_phase(Port& port) {
  auto& phase = streams_[port.phase];
  phase[port.stream_index] = phase.back();
  phase.back()->stream_index = port.stream_index;
  phase.pop_back();
}

void Core::join_phase(Port& port, size_t phase) {
  port.phase = static_cast<uint8_t>(phase);
  port.stream_index = streams_[phase].size();
  streams_[phase].push_back(&port);
}

// A packet that comes just after its stream's turn waits for nearly 20 ms. So the first one of a stream makes the turn,
// unless too many have it already. What was gathered for the far end meanwhile, less than 20 ms, is left out.
void Core::find_phases() {
  static constexpr size_t kAnyNumber = 64;
  auto turn = static_cast<size_t>(tick_ % static_cast<uint64_t>(ticks_a_packet_));
  size_t most = kAnyNumber + 2 * ports_.size() / static_cast<size_t>(ticks_a_packet_);
  for (size_t i = seeking_.size(); i-- > 0;) {
    Port* port = seeking_[i];
    bool came = port->rtp->books().received > 0;
    if (!came && port->phase != turn && port->rtp->has_mail()) {
      came = true;
      if (streams_[turn].size() < most) {
        leave_phase(*port);
        join_phase(*port, turn);
      }
    }
    if (!came && --port->seeking_ticks > 0) continue;
    port->seeking_ticks = 0;
    seeking_[i] = seeking_.back();
    seeking_.pop_back();
  }
}

void Core::pull_streams(bool catching_up) {
  find_phases();
  auto ticks = static_cast<uint64_t>(ticks_a_packet_), turn = tick_ % ticks;
  for (Port* port : streams_[turn]) {
    if (port->socket) {
      port->socket->pull();
      continue;
    }
    port->rtp->pull(catching_up, [&](const KeyDetector::Change& change) { on_key(*port, change, DigitBy::rfc4733); });
  }
  // The phase that was read just now is at its first tick, the one before it at its second, and so on round.
  for (size_t age = 0; age < ticks; ++age) offsets_[(turn + ticks - age) % ticks] = age * static_cast<size_t>(frames_);
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

// What a port says in this tick.
void Core::listen(Port& port) {
  if (port.stream_said) {
    port.raw = port.stream_said + offsets_[port.phase];
    port.heard = port.stream_heard + offsets_[port.phase];
  }
  look_for_keys(port);
  amplify(port);
  if (port.warns) tell_of_spy(port);
}

void Core::look_for_keys(Port& port) {
  auto changed = [&](const KeyDetector::Change& change) { on_key(port, change, DigitBy::inband); };
  auto wanted = [&] {
    if (!port.talks || port.detect_in_bridge || port.keys_as_events) return true;
    return port.mailbox && !port.mailbox->spec.keys.empty();
  };
  port.muted = false;
  if (!port.keys_in_band || port.only_listens || !wanted()) {
    if (port.detecting) port.detector.pause(changed);
    port.detecting = false;
    return;
  }
  port.detecting = true;
  port.detector.listen(port.raw, frames_, changed);
  port.muted = port.keys_as_events && port.detector.suspects();
}

// A key that is heard no more in the audio, or never was, is sent to the others of the bridge, each in its own way, as
// long as it is down.
void Core::pass_on(Port& port, const KeyDetector::Change& change, DigitBy by) {
  if (!port.group || port.held) return;
  bool press = change.pressed && (by == DigitBy::rfc4733 || port.keys_as_events);
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
  if (port.sending_keys && port.sender.sending()) return Source::keys;
  if (!announcements_.empty() && port.group && port.group->announcement && at < port.group->announcement->filled)
    return Source::announcement;
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
  if (port.sending_keys) port.sending_keys = port.sender.sending();
  for (int at = 0; at < frames_;) {
    Source source = source_of(port, at);
    if (source != port.source) {
      port.source = source;
      port.fresh = true;
    }
    at += render(port, source, port.heard + at, frames_ - at);
  }
  if (port.overlay_left > 0) add_overlay(port);
  if (port.hears) {
    std::transform(port.heard, port.heard + frames_, port.heard, [&](uint8_t octet) { return (*port.hears)[octet]; });
  }
  if (port.watched) watch_far_end(port);
}

void Core::watch_far_end(Port& port) {
  auto heard = port.clearing->listen(port.raw, port.heard, frames_);
  if (heard == ClearingDetector::Heard::nothing) return;
  if (FarEndNote* note = outbox_.far_ends.take()) {
    note->gone = {port.id, heard == ClearingDetector::Heard::busy_tone};
    outbox_.notes.push(note);
  } else {
    outbox_.dropped.fetch_add(1, std::memory_order_relaxed);
  }
}

void Core::add_overlay(Port& port) {
  uint8_t tone[kTickFramesMax];
  int samples = std::min(port.overlay_left, frames_);
  copy_round(*port.over.cadence, port.over.at, tone, samples);
  add_over(tone, port.heard, samples);
  port.overlay_left -= samples;
}

// What the others of a bridge say is in a recording's right channel; without a bridge it is of the two ports it names.
void Core::record(Recording& one) {
  if (one.alone()) return record_alone(one);
  if (!one.group) return one.add(one.left->said, one.right->said, frames_);
  if (one.left && one.left->voices.count == 1) {  // the usual two, who hear each other and nobody else
    const Port* right = one.left->voices.from[0];
    if (one.group->count == 2 && right->voices.count == 1 && right->voices.from[0] == one.left)
      return one.add(one.left->said, right->said, frames_);
  }
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
