// SPDX-License-Identifier: GPL-2.0-or-later
// The signalling side of the engine: what its callers call. Its thread is in engine_thread.cc.
#include "media/engine.h"

#include <sys/random.h>

#include <algorithm>

#include "base/require.h"
#include "media/gain.h"
#include "media/spool.h"

namespace hotline::media {

// A command made of a function; it owns what the function has caught.
template <typename F>
struct CommandOf : Command {
  explicit CommandOf(F work) : work(std::move(work)) {}
  void apply(Core& core) override { work(core); }
  F work;
};

// Where there is room: it comes back as a note.
void EngineImpl::hand_over(std::unique_ptr<Command> command) {
  require(commands_.push(command.get()));
  (void)command.release();
}

template <typename F>
bool EngineImpl::send(F work) {
  if (!room()) {
    ++commands_refused_;
    return false;
  }
  hand_over(std::make_unique<CommandOf<F>>(std::move(work)));
  return true;
}

// For commands that end something: they wait for room, and everything after them is refused until there is some.
template <typename F>
void EngineImpl::send_surely(F work) {
  auto command = std::make_unique<CommandOf<F>>(std::move(work));
  if (room()) {
    hand_over(std::move(command));
    return;
  }
  backlog_.push_back(std::move(command));
  if (!backlog_timer_) backlog_timer_ = loop_.every(milliseconds(20), [this] { flush_backlog(); });
}

void EngineImpl::flush_backlog() {
  while (!backlog_.empty() && !commands_.full()) {
    hand_over(std::move(backlog_.front()));
    backlog_.pop_front();
  }
  if (backlog_.empty()) backlog_timer_.cancel();
}

Port* EngineImpl::find(PortId id) const {
  auto found = ports_.find(id);
  return found == ports_.end() ? nullptr : found->second;
}

SpanId EngineImpl::add_span(std::unique_ptr<tdm::Span> span) {
  require(span);
  if (lines_.size() >= Core::kLinesMax || !room()) {
    ++commands_refused_;
    return 0;
  }
  auto line = std::make_unique<Line>(++last_span_, std::move(span), config_.tick_frames);
  lines_[last_span_] = line.get();
  send([line = std::move(line)](Core& core) mutable { core.add_line(line.release()); });
  return last_span_;
}

void EngineImpl::remove_span(SpanId span) {
  auto found = lines_.find(span);
  if (found == lines_.end()) return;
  send_surely([line = found->second](Core& core) { core.remove_line(line); });
  lines_.erase(found);
}

void EngineImpl::send_d(SpanId span, std::vector<uint8_t> frame) {
  auto found = lines_.find(span);
  if (found == lines_.end()) return;
  // A frame that finds the line's queue full is lost; the D channel's own protocol sends it again.
  send([line = found->second, frame = std::move(frame)](Core&) { (void)line->send_frame(frame); });
}

void EngineImpl::send_ais(SpanId span, bool on) {
  auto found = lines_.find(span);
  if (found != lines_.end()) send_surely([line = found->second, on](Core&) { line->span().send_ais(on); });
}

tdm::SpanStats EngineImpl::span_stats(SpanId span) const {
  auto found = lines_.find(span);
  return found == lines_.end() ? tdm::SpanStats{} : found->second->span().stats();
}

void EngineImpl::keep_port(std::unique_ptr<Port> port) {
  ports_[port->id] = port.get();
  send([port = std::move(port)](Core& core) mutable { core.add_port(port.release()); });
}

PortId EngineImpl::open_channel(SpanId span, int slot) {
  auto found = lines_.find(span);
  bool bearer = slot > 0 && slot < tdm::kTimeslots && slot != tdm::kSignallingSlot;
  if (found == lines_.end() || !bearer || ports_.size() >= Core::kPortsMax || !room()) {
    ++commands_refused_;
    return 0;
  }
  auto port = std::make_unique<Port>(++last_port_);
  port->line = found->second;
  port->slot = slot;
  keep_port(std::move(port));
  return last_port_;
}

Result<PortId> EngineImpl::open_rtp(sockaddr_in& local) {
  if (ports_.size() >= Core::kPortsMax || !room()) {
    ++commands_refused_;
    return Error{Errc::again, "the media plane is too busy for another port"};
  }
  auto sockets = bind_rtp(config_.rtp_address, config_.rtp_port_first, config_.rtp_port_last, next_rtp_port_, local);
  if (!sockets) return sockets.error();
  RtpStream::Random random;
  if (::getrandom(random.data(), sizeof random, 0) != sizeof random) {
    return errno_error("cannot get random octets", errno);
  }
  auto port = std::make_unique<Port>(++last_port_);
  port->rtp = std::make_unique<RtpStream>(std::move(*sockets), random);
  keep_port(std::move(port));
  return last_port_;
}

PortId EngineImpl::open_socket(Fd socket) {
  if (ports_.size() >= Core::kPortsMax || !room()) {
    ++commands_refused_;
    return 0;
  }
  auto port = std::make_unique<Port>(++last_port_);
  port->socket = std::make_unique<SocketStream>(std::move(socket));
  keep_port(std::move(port));
  return last_port_;
}

void EngineImpl::set_remote(PortId id, const RtpRemote& remote) {
  Port* port = find(id);
  if (!port) return;
  auto keys = remote.srtp ? std::make_unique<Srtp>(*remote.srtp) : nullptr;
  send([port, remote, keys = std::move(keys)](Core& core) mutable { core.set_remote(port, remote, keys); });
}

std::optional<RtpQuality> EngineImpl::quality(PortId id) const {
  Port* port = find(id);
  if (!port || !port->rtp) return std::nullopt;
  return quality_of(port->rtp->books());
}

void EngineImpl::close(PortId id) {
  Port* port = find(id);
  if (!port) return;
  ports_.erase(id);  // so that nothing is sent about it after its close
  send_surely([port](Core& core) { core.close(port); });
}

PlayId EngineImpl::play(PortId id, std::vector<PlayItem> items, bool loop, bool barge) {
  auto play = std::make_unique<Play>(id, ++last_play_, Playlist(std::move(items), loop, tones_), barge);
  Port* port = find(id);
  if (!port || !room()) {
    if (port) ++commands_refused_;
    outbox_.notes.push(play.release());  // told as gone, but not from within this call
    wake();
    return last_play_;
  }
  send([port, play = std::move(play)](Core& core) mutable { core.play(port, play.release()); });
  return last_play_;
}

void EngineImpl::stop(PortId id) {
  if (Port* port = find(id)) {
    send([port](Core& core) { core.stop(port); });
  }
}

void EngineImpl::set_base(PortId id, Base base, SoundPtr sound) {
  if (sound && sound->alaw.empty()) sound = nullptr;
  if (Port* port = find(id)) {
    send([port, base, sound = std::move(sound)](Core& core) mutable { core.set_base(port, base, sound); });
  }
}

void EngineImpl::beep(PortId id, Tone tone) {
  static constexpr int kBeepSamples = 1600;
  int samples = tone == Tone::beep ? kBeepSamples : static_cast<int>(tones_[tone].size());
  if (Port* port = find(id)) {
    send([port, tone, samples](Core& core) { core.overlay(port, tone, samples); });
  }
}

void EngineImpl::set_gain(PortId id, int says_db, int hears_db) {
  const auto *says = gain_table(says_db), *hears = gain_table(hears_db);
  if (Port* port = find(id)) {
    send([port, says, hears](Core&) {
      port->says = says;
      port->hears = hears;
    });
  }
}

void EngineImpl::send_digits(PortId id, const std::string& digits) {
  if (Port* port = find(id)) {
    send([port, digits](Core& core) { core.send_keys(port, digits); });
  }
}

void EngineImpl::detect_in_bridge(PortId id, bool on) {
  if (Port* port = find(id)) {
    send([port, on](Core&) { port->detect_in_bridge = on; });
  }
}

void EngineImpl::watch_far_end(PortId id, bool tone, int64_t silence_ms) {
  Port* port = find(id);
  if (!port) return;
  std::unique_ptr<ClearingDetector> detector;
  if (tone || silence_ms > 0) {
    ClearingDetector::Rules rules;
    rules.tone = tone;
    rules.silence_ms = silence_ms;
    auto hertz = busy_hertz(config_.tones);
    rules.hertz = hertz.at(0);
    if (hertz.size() > 1) rules.second_hertz = hertz[1];
    detector = std::make_unique<ClearingDetector>(rules);
  }
  send([port, detector = std::move(detector)](Core&) mutable {
    std::swap(port->clearing, detector);  // the one before is freed with the command
    port->watched = port->clearing != nullptr;
  });
}

// The ports of a bridge to be, each once; null when that is none.
std::unique_ptr<Group> EngineImpl::group_of(const std::vector<PortId>& ids) const {
  auto group = std::make_unique<Group>();
  if (ids.size() < 2 || ids.size() > kBridgePortsMax) return nullptr;
  for (PortId id : ids) {
    Port* port = find(id);
    if (!port || std::find(group->begin(), group->end(), port) != group->end()) return nullptr;
    group->ports[group->count++] = port;
  }
  return group;
}

void EngineImpl::bridge(const std::vector<PortId>& ports, std::vector<PlayItem> announce) {
  auto group = group_of(ports);
  std::unique_ptr<Announcement> announcement;
  if (!announce.empty() && ports.size() >= 2)
    announcement = std::make_unique<Announcement>(ports[0], ports[1], Playlist(std::move(announce), false, tones_));
  if (!group || !room()) {
    if (group) ++commands_refused_;
    if (announcement) outbox_.notes.push(announcement.release());
    wake();
    return;
  }
  send([group = std::move(group), announcement = std::move(announcement)](Core& core) mutable {
    core.bridge(group.release(), announcement.release());
  });
}

void EngineImpl::join(PortId member, PortId port) {
  Port *one = find(member), *other = find(port);
  if (one && other && one != other) send([one, other](Core& core) { core.join(one, other); });
}

void EngineImpl::leave(PortId id) {
  if (Port* port = find(id)) send_surely([port](Core& core) { core.leave(port); });
}

void EngineImpl::hold(PortId id, bool on) {
  if (Port* port = find(id)) send_surely([port, on](Core& core) { core.hold(port, on); });
}

void EngineImpl::spy(PortId id, PortId target, SpyMode mode, bool beep) {
  Port *port = find(id), *spied = find(target);
  if (port && spied) send([port, spied, mode, beep](Core& core) { core.spy(port, spied, mode, beep); });
}

void EngineImpl::unspy(PortId id) {
  if (Port* port = find(id)) send_surely([port](Core& core) { core.unspy(port); });
}

void EngineImpl::unbridge(PortId a, PortId b) {
  Port* one = find(a);
  Port* other = find(b);
  if (one && other) send_surely([one, other](Core& core) { core.unbridge(one, other); });
}

void EngineImpl::announce(PortId a, PortId b, std::vector<PlayItem> items) {
  Port* one = find(a);
  Port* other = find(b);
  auto announcement = std::make_unique<Announcement>(a, b, Playlist(std::move(items), false, tones_));
  if (!one || !other || !room()) {
    if (one && other) ++commands_refused_;
    outbox_.notes.push(announcement.release());
    wake();
    return;
  }
  send([one, other, announcement = std::move(announcement)](Core& core) mutable {
    core.announce(one, other, announcement.release());
  });
}

TapId EngineImpl::listen(PortId id, Fd socket) {
  Port* target = find(id);
  if (!target || taps_ >= Core::kTapsMax || !room()) {
    if (target) ++commands_refused_;
    return 0;
  }
  ++taps_;
  auto tap = std::make_unique<Tap>(++last_tap_, id, std::move(socket));
  tap->target = target;
  send([tap = std::move(tap)](Core& core) mutable { core.add_tap(tap.release()); });
  return last_tap_;
}

void EngineImpl::stop_listening(TapId tap) {
  send_surely([tap](Core& core) { core.stop_tap(tap); });
}

void EngineImpl::record(RecordSpec spec) {
  Port* left = find(spec.left);
  Port* right = find(spec.right);
  auto recording = std::make_unique<Recording>(++last_recording_, std::move(spec));
  recording->left = left;
  recording->right = right;
  bool known = recordings_.count(recording->spec.path) != 0, there = left && (right || recording->alone());
  if (!there || known || recordings_.size() >= Core::kPortsMax || !room()) {
    if (there) ++commands_refused_;
    outbox_.notes.push(recording.release());
    wake();
    return;
  }
  recordings_[recording->spec.path] = recording->id;
  writer_.add(recording.get());
  send([recording = std::move(recording)](Core& core) mutable { core.add_recording(recording.release()); });
}

void EngineImpl::stop_recording(const std::string& path) {
  auto found = recordings_.find(path);
  if (found == recordings_.end()) return;
  send_surely([id = found->second](Core& core) { core.stop_recording(id); });
}

Engine::Trouble EngineImpl::trouble() const {
  return {commands_refused_, late_ticks_.load(std::memory_order_relaxed),
          outbox_.dropped.load(std::memory_order_relaxed)};
}

}  // namespace hotline::media
