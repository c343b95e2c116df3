// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/osmo_e1d.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/fd.h"
#include "tdm/device_span.h"
#include "tdm/e1d_protocol.h"
#include "tdm/hdlc.h"

namespace hotline::tdm {

namespace {

constexpr milliseconds kAgain{1000}, kPatience{2000}, kEventsEvery{20};
constexpr int kUnitsKept = 8;      // of a stream, before they are read as a unit
constexpr int kFramesATick = 64;   // of timeslot 16
constexpr int kMessagesATick = 40;

// A stream of octets that comes in pieces of any size.
class Stream {
 public:
  void open(Fd fd, size_t unit) {
    fd_ = std::move(fd);
    octets_.resize(unit * kUnitsKept);
    begin_ = end_ = 0;
    rest_ = 0;
    dry_ = closed_ = false;
  }
  void close() { fd_.reset(); }
  bool closed() const { return closed_; }
  void new_tick() { dry_ = false; }
  size_t kept() const { return end_ - begin_; }

  /// `unit` octets, or null when they have not come. Reads once a tick unless there is more.
  const uint8_t* take(size_t unit) {
    if (kept() < unit && !dry_ && !closed_) read_more();
    if (kept() < unit) return nullptr;
    begin_ += unit;
    return &octets_[begin_ - unit];
  }

  /// Leaves no more than so many octets: the newest.
  void trim(size_t octets) {
    if (kept() > octets) begin_ = end_ - octets;
  }

  /// False when it was not taken, or only a part of it: then the rest goes before what is written next.
  bool write(std::span<const uint8_t> octets) {
    if (rest_ > 0) {
      const ssize_t sent = ::send(fd_.get(), left_.data(), rest_, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent > 0) {
        std::memmove(left_.data(), &left_[static_cast<size_t>(sent)], rest_ - static_cast<size_t>(sent));
        rest_ -= static_cast<size_t>(sent);
      }
      if (rest_ > 0) return false;
    }
    const ssize_t sent = ::send(fd_.get(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) closed_ = true;
    if (sent <= 0) return false;
    rest_ = octets.size() - static_cast<size_t>(sent);
    std::memcpy(left_.data(), &octets[static_cast<size_t>(sent)], rest_);
    return true;
  }

 private:
  void read_more() {
    std::memmove(octets_.data(), &octets_[begin_], kept());
    end_ -= begin_;
    begin_ = 0;
    const ssize_t got = ::recv(fd_.get(), &octets_[end_], octets_.size() - end_, MSG_DONTWAIT);
    if (got > 0) {
      end_ += static_cast<size_t>(got);
      dry_ = end_ < octets_.size();
      return;
    }
    dry_ = true;
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) closed_ = true;
  }

  Fd fd_;
  std::vector<uint8_t> octets_;
  size_t begin_ = 0, end_ = 0;
  std::array<uint8_t, 40 * 31> left_;  // of what was written in part
  size_t rest_ = 0;
  bool dry_ = false, closed_ = false;
};

class OsmoE1d : public DeviceSpan {
 public:
  explicit OsmoE1d(const OsmoE1dConfig& config)
      : DeviceSpan(config.name, config.packet_frames, config.jitter_ms),
        config_(config),
        talk_(config.interface, config.line, config.superchannel, config.packet_frames),
        d_in_([](std::span<const uint8_t>) {}),
        d_out_([this](std::span<const uint8_t> frame) { write_frame(frame); }) {
    // So that later, between ticks, nothing need be allocated.
    if (config.superchannel) {
      streams_.resize(1);
      streams_[0].open(Fd(), unit_of_stream());
    } else {
      streams_.resize(kTimeslots);
      for (auto& stream : streams_) stream.open(Fd(), unit_of_stream());
    }
    packed_.resize(static_cast<size_t>(config.packet_frames) * 31);
  }

  /// The first attempt, for whose end we wait. `again` when nobody is there.
  Result<void> connect_now() {
    if (!connect()) return Error{Errc::again, trouble_};
    for (const Instant end = monotonic_now() + kPatience; state_ == State::talking;) {
      const auto left = std::chrono::ceil<milliseconds>(end - monotonic_now()).count();
      pollfd one{control_.get(), POLLIN, 0};
      if (left <= 0 || ::poll(&one, 1, static_cast<int>(left)) <= 0) {
        part("osmo-e1d does not answer");
        break;
      }
      converse();
    }
    if (state_ == State::apart) return Error{Errc::unavailable, trouble_};
    return {};
  }

 protected:
  bool look_after(Instant now) override {
    if (state_ == State::apart) {
      if (now < next_try_) return false;
      next_try_ = now + kAgain;
      if (!connect()) return false;
    }
    if (state_ == State::talking || now >= next_events_) {
      next_events_ = now + kEventsEvery;
      converse();
    }
    if (state_ == State::talking && now > talking_since_ + kPatience) part("osmo-e1d does not answer");
    if (state_ == State::open && (closed() || d_closed_)) part("osmo-e1d has closed the line");
    for (auto& stream : streams_) stream.new_tick();
    return state_ == State::open;
  }

  bool read_unit(uint8_t* unit) override {
    const auto frames = static_cast<size_t>(packet_frames());
    if (config_.superchannel) {
      const uint8_t* octets = streams_[0].take(frames * 31);
      for (size_t i = 0; octets && i < frames; i++) {
        unit[i * kTimeslots] = 0xFF;
        std::memcpy(unit + i * kTimeslots + 1, octets + i * 31, 31);
      }
      return octets != nullptr;
    }
    // The daemon writes timeslot 31 last: what has come there has come everywhere.
    const uint8_t* last = streams_[31].take(frames);
    if (!last) return false;
    put_column(unit, 0, nullptr);
    put_column(unit, 31, last);
    for (int slot = 1; slot < 31; slot++) {
      if (slot == kSignallingSlot) continue;
      Stream& stream = streams_[static_cast<size_t>(slot)];
      put_column(unit, slot, stream.take(frames));
      // One that has lost something along the way, or brought more than others, comes into line again.
      if (stream.kept() > streams_[31].kept() + frames) stream.trim(streams_[31].kept());
    }
    read_frames();
    std::array<uint8_t, 40> d;
    d_in_.transmit({d.data(), frames});
    put_column(unit, kSignallingSlot, d.data());
    return true;
  }

  bool write_unit(const uint8_t* unit) override {
    const auto frames = static_cast<size_t>(packet_frames());
    if (config_.superchannel) {
      for (size_t i = 0; i < frames; i++) std::memcpy(&packed_[i * 31], unit + i * kTimeslots + 1, 31);
      return streams_[0].write(packed_);
    }
    bool all = true;
    for (int slot = 1; slot < kTimeslots; slot++) {
      for (size_t i = 0; i < frames; i++) packed_[i] = unit[i * kTimeslots + static_cast<size_t>(slot)];
      const std::span<const uint8_t> octets(packed_.data(), frames);
      if (slot == kSignallingSlot) {
        d_out_.receive(octets);
      } else {
        all = streams_[static_cast<size_t>(slot)].write(octets) && all;
      }
    }
    return all;
  }

 private:
  enum class State { apart, talking, open };

  size_t unit_of_stream() const { return static_cast<size_t>(config_.packet_frames) * (config_.superchannel ? 31 : 1); }
  bool closed() const {
    return std::any_of(streams_.begin(), streams_.end(), [](const Stream& stream) { return stream.closed(); });
  }

  void put_column(uint8_t* unit, int slot, const uint8_t* octets) {
    for (int i = 0; i < packet_frames(); i++) {
      unit[i * kTimeslots + slot] = octets ? octets[i] : slot == 0 ? 0xFF : kIdleAlaw;
    }
  }

  void part(const char* why) {
    state_ = State::apart;
    trouble_ = why;
    next_try_ = monotonic_now() + kAgain;
    control_.reset();
    d_.reset();
    for (auto& stream : streams_) stream.close();
    tell_alarms();
  }

  bool connect() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(config_.socket.begin(), config_.socket.end(), address.sun_path);
    Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      part(errno == EACCES || errno == EPERM ? "osmo-e1d's socket is not for us: see its owner and mode"
                                             : "osmo-e1d is not at its socket");
      return false;
    }
    control_ = std::move(fd);
    state_ = State::talking;
    trouble_ = "osmo-e1d has been asked for the line";
    talking_since_ = monotonic_now();
    d_closed_ = false;
    talk_.begin();
    ask();
    return state_ == State::talking;
  }

  void ask() {
    if (auto length = talk_.request(message_)) {
      const ssize_t sent = ::send(control_.get(), message_.data(), *length, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent != static_cast<ssize_t>(*length)) part("osmo-e1d has closed its socket");
    }
  }

  // What the control socket has to say.
  void converse() {
    for (int i = 0; i < kMessagesATick && state_ != State::apart; i++) {
      Fd descriptor;
      const ssize_t got = receive_message(descriptor);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (got <= 0) return part("osmo-e1d has closed its socket");
      heard({message_.data(), static_cast<size_t>(got)}, std::move(descriptor));
    }
  }

  ssize_t receive_message(Fd& descriptor) {
    iovec part{message_.data(), message_.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(4 * sizeof(int))> control;
    msghdr head{};
    head.msg_iov = &part;
    head.msg_iovlen = 1;
    head.msg_control = control.data();
    head.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(control_.get(), &head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0) return got;
    for (cmsghdr* one = CMSG_FIRSTHDR(&head); one; one = CMSG_NXTHDR(&head, one)) {
      if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_RIGHTS) continue;
      const size_t count = (one->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0; i < count; i++) {  // the last is kept; more than one is nothing we know
        int fd;
        std::memcpy(&fd, CMSG_DATA(one) + i * sizeof fd, sizeof fd);
        descriptor = Fd(fd);
      }
    }
    return got;
  }

  void heard(std::span<const uint8_t> message, Fd descriptor) {
    using Took = E1dConversation::Took;
    switch (talk_.take(message, static_cast<bool>(descriptor))) {
      case Took::heard:
        return tell_alarms();
      case Took::nonsense:
        count_malformed();
        return part("osmo-e1d speaks another version of its protocol");
      case Took::refused:
        return part(talk_.slot() == 0 ? "osmo-e1d has no such interface or line"
                                      : "osmo-e1d refuses a timeslot of the line");
      case Took::agreed:
        return ask();
      case Took::opened:
        keep(std::move(descriptor));
        if (!talk_.done()) return ask();
        state_ = State::open;
        trouble_ = "";
        begin();
        return tell_alarms();
    }
  }

  void keep(Fd descriptor) {
    if (talk_.slot() == kSignallingSlot) {
      d_ = std::move(descriptor);
    } else {
      const int at = talk_.slot() == kE1dWholeLine ? 0 : talk_.slot();
      streams_[static_cast<size_t>(at)].open(std::move(descriptor), unit_of_stream());
    }
  }

  void tell_alarms() {
    const bool loss = state_ != State::open || talk_.los() || talk_.lof();
    const char* why = state_ != State::open ? trouble_
                      : talk_.los()         ? "osmo-e1d tells of no signal on the line"
                      : talk_.lof()         ? "osmo-e1d tells of no frame alignment on the line"
                                            : "nothing comes from osmo-e1d";
    set_alarms({loss, talk_.ais(), talk_.rai(), why});
  }

  // Timeslot 16 of a line in timeslots.
  void read_frames() {
    std::array<uint8_t, kFrameBytesMax + 1> frame;
    for (int i = 0; i < kFramesATick; i++) {
      const ssize_t got = ::recv(d_.get(), frame.data(), frame.size(), MSG_DONTWAIT);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (got <= 0) {
        d_closed_ = true;
        return;
      }
      if (!d_in_.send({frame.data(), static_cast<size_t>(got)})) count_malformed();
    }
  }
  void write_frame(std::span<const uint8_t> frame) {
    if (frame.size() > kE1dFrameMax) return count_malformed();
    // What it does not take is lost; LAPD sends again.
    (void)!::send(d_.get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  const OsmoE1dConfig config_;
  E1dConversation talk_;
  State state_ = State::apart;
  const char* trouble_ = "";
  Fd control_, d_;
  bool d_closed_ = false;
  std::vector<Stream> streams_;
  Hdlc d_in_, d_out_;  // frames to octets of a block, and octets of a block to frames
  std::vector<uint8_t> packed_;
  std::array<uint8_t, kE1dMessageMax> message_;
  Instant next_try_{}, next_events_{}, talking_since_{};
};

}  // namespace

Result<std::unique_ptr<Span>> open_osmo_e1d(const OsmoE1dConfig& config) {
  const std::string what = "span '" + config.name + "'";
  if (config.socket.empty() || config.socket.size() >= sizeof sockaddr_un{}.sun_path) {
    return Error{Errc::bad_data, what + ": the path of a socket has 1 to 107 octets"};
  }
  if (config.interface < 0 || config.interface > 254 || config.line < 0 || config.line > 254) {
    return Error{Errc::bad_data, what + ": interface and line are 0 to 254"};
  }
  if (config.packet_frames < 8 || config.packet_frames > 40 || config.packet_frames % 8 != 0) {
    return Error{Errc::bad_data, what + ": 8, 16, 24, 32 or 40 frames are read at a time (1 to 5 ms)"};
  }
  if (config.jitter_ms < 1 || config.jitter_ms > 200) {
    return Error{Errc::bad_data, what + ": the jitter buffer holds 1 to 200 ms"};
  }
  auto span = std::make_unique<OsmoE1d>(config);
  auto connected = span->connect_now();
  if (!connected && connected.error().code != Errc::again) {
    return Error{connected.error().code,
                 what + ": " + connected.error().text + " ('" + config.socket + "', interface " +
                     std::to_string(config.interface) + ", line " + std::to_string(config.line) +
                     "); 'show interface' at osmo-e1d's console lists what it has"};
  }
  return std::unique_ptr<Span>(std::move(span));
}

}  // namespace hotline::tdm
