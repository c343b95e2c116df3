// SPDX-License-Identifier: GPL-2.0-or-later
// A fax on a line of a daemon: audio in packets of 20 ms on a socket, which are its clock, or T.38 on another; orders on
// stdin and what there is to tell on stdout, JSON, a line each. When stdin ends the daemon is gone, and so are we.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/loop.h"
#include "fax/document.h"
#include "fax/lines.h"
#include "fax/udptl.h"
#include "verbs.h"

namespace hotline::ccfax {

using wire::Json;

namespace {

constexpr size_t kPacketSamples = 160;
constexpr uint8_t kSilence = 0xD5;
constexpr milliseconds kPacketTime{20}, kAliveEvery{2000};
constexpr int kAhead = 3;         // packets that wait at the other end, so that a late turn of ours makes no hole
constexpr int kTrailPackets = 25;  // after the end, so that the last frame is heard whole
constexpr size_t kLineBytesMax = 4096;

void say(const Json& json) { (void)write_all(STDOUT_FILENO, wire::dump(json) + "\n"); }

class Line {
 public:
  explicit Line(const Options& options) : options_(options), audio_(options.audio_fd), udptl_(options.udptl_fd) {}

  int run() {
    if (int status = prepare(options_.job, say)) return status;
    stdin_watch_ = loop_.watch(STDIN_FILENO, EPOLLIN, [this](uint32_t) { orders(); });
    audio_watch_ = loop_.watch(audio_.get(), EPOLLIN, [this](uint32_t) { hear(); });
    if (udptl_) udptl_watch_ = loop_.watch(udptl_.get(), EPOLLIN, [this](uint32_t) { datagrams(); });
    if (!options_.hold) begin();
    loop_.run();
    return status_;
  }

 private:
  void begin() {
    if (session_) return;
    fax::Session::Told told;
    told.agreed = [this](const fax::Facts& facts) { tell("agreed", facts); };
    told.page = [this](const fax::Facts& facts) { tell("page", facts); };
    auto session = fax::Session::begin(options_.job, std::move(told));
    if (!session) {
      say(fax::ended_without_words("failed", session.error().text));
      return loop_.stop();
    }
    session_ = std::move(*session);
    alive_ = loop_.every(kAliveEvery, [] { say({{"event", "alive"}}); });
    for (int i = 0; i < kAhead; ++i) send_audio(silence());
  }

  static std::array<uint8_t, kPacketSamples> silence() {
    std::array<uint8_t, kPacketSamples> packet;
    packet.fill(kSilence);
    return packet;
  }

  void tell(const char* event, const fax::Facts& facts) {
    Json line = fax::to_json(facts);
    line["event"] = event;
    line["t38"] = t38_on_;
    say(line);
  }

  void send_audio(const std::array<uint8_t, kPacketSamples>& packet) {
    (void)::send(audio_.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  void hear() {
    static constexpr int kPacketsMax = 64;  // a turn
    for (int i = 0; i < kPacketsMax && !ended_; ++i) {
      auto heard = silence(), said = silence();
      ssize_t got = ::recv(audio_.get(), heard.data(), heard.size(), MSG_DONTWAIT);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (got <= 0) return hung_up();
      if (session_ && !t38_on_) session_->audio(heard, said);
      send_audio(said);
      if (session_ && !t38_on_) look();
    }
  }

  /// Nobody hears us any more.
  void hung_up() {
    audio_watch_.cancel();
    if (session_) session_->stop();
    end();
  }

  void orders() {
    char chunk[4096];
    ssize_t got = ::read(STDIN_FILENO, chunk, sizeof chunk);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0 || orders_.size() > kLineBytesMax) {
      if (options_.job.direction == fax::Direction::receive) fax::discard(options_.job.file);
      ended_ = true;
      status_ = 1;
      return loop_.stop();
    }
    orders_.append(chunk, static_cast<size_t>(got));
    for (size_t end; !ended_ && (end = orders_.find('\n')) != std::string::npos;) {
      auto order = wire::parse(orders_.substr(0, end));
      orders_.erase(0, end + 1);
      if (order) obey(*order);
    }
  }

  void obey(const Json& order) {
    std::string what = wire::text(order, "do");
    if (what == "begin") begin();
    if (what == "t38") change_to_t38(order);
    if (what != "stop") return;
    stopped_ = true;
    if (session_) session_->stop();
    end();
  }

  void change_to_t38(const Json& order) {
    sockaddr_in far{};
    far.sin_family = AF_INET;
    far.sin_port = htons(static_cast<uint16_t>(wire::integer(order, "port")));
    bool good = session_ && udptl_ && !ended_ && far.sin_port != 0 &&
                inet_pton(AF_INET, wire::text(order, "address").c_str(), &far.sin_addr) == 1;
    if (good && t38_on_) {  // it only moved
      far_ = far;
      latched_ = false;
      return;
    }
    auto terms = fax::t38_terms_of(order);
    good = good && session_->change_to_t38(terms, [this](std::span<const uint8_t> packet, int count) { send(packet, count); });
    say({{"event", "t38"}, {"on", good}});
    if (!good) return;
    far_ = far;
    t38_on_ = true;
    sender_ = fax::UdptlSender(3, terms.max_datagram > 0 ? static_cast<size_t>(terms.max_datagram) : fax::kDatagramMax);
    clock_ = monotonic_now();
    tick_ = loop_.every(kPacketTime, [this] { tick(); });
  }

  void tick() {
    auto now = monotonic_now();
    auto passed = std::chrono::duration_cast<milliseconds>(now - clock_);
    clock_ += passed;
    session_->elapse(passed);
    look();
  }

  void send(std::span<const uint8_t> packet, int count) {
    static constexpr int kCopiesMax = 3;
    auto datagram = sender_.next(packet);
    for (int i = 0; i < std::clamp(count, 1, kCopiesMax) && !datagram.empty(); ++i)
      (void)::sendto(udptl_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                     reinterpret_cast<const sockaddr*>(&far_), sizeof far_);
  }

  void datagrams() {
    static constexpr int kDatagramsMax = 64;  // a turn
    for (int i = 0; i < kDatagramsMax; ++i) {
      std::array<uint8_t, 2048> datagram;
      sockaddr_in from{};
      socklen_t length = sizeof from;
      ssize_t got = ::recvfrom(udptl_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT,
                               reinterpret_cast<sockaddr*>(&from), &length);
      if (got < 0 && errno == ECONNREFUSED) continue;
      if (got < 0) return;
      if (!t38_on_ || ended_ || !is_far(from)) continue;
      receiver_.take(std::span(datagram).first(static_cast<size_t>(got)), [this](std::span<const uint8_t> packet, uint16_t number) {
        session_->packet(packet, number);
      });
      look();
    }
  }

  /// Once, the far end may turn out to send from elsewhere than it said: it is behind a translator of addresses.
  bool is_far(const sockaddr_in& from) {
    bool same = from.sin_addr.s_addr == far_.sin_addr.s_addr && from.sin_port == far_.sin_port;
    if (!same && latched_) return false;
    latched_ = true;
    far_ = from;
    return true;
  }

  void look() {
    if (ended_ || trail_ || !session_->over()) return;
    trail_ = loop_.after(kPacketTime * kTrailPackets, [this] { end(); });
  }

  void end() {
    if (ended_) return;
    ended_ = true;
    tick_.cancel();
    alive_.cancel();
    if (session_) {
      auto outcome = session_->outcome();
      session_.reset();  // its file is closed then
      status_ = conclude(options_.job, outcome, stopped_, say);
    } else {
      say(fax::ended_without_words("stopped", "it had not begun"));
    }
    loop_.stop();
  }

  const Options options_;
  Loop loop_;
  Fd audio_, udptl_;
  Loop::Handle stdin_watch_, audio_watch_, udptl_watch_, alive_, tick_, trail_;
  std::unique_ptr<fax::Session> session_;
  std::string orders_;
  fax::UdptlSender sender_;
  fax::UdptlReceiver receiver_;
  sockaddr_in far_{};
  Instant clock_{};
  bool t38_on_ = false, latched_ = false, stopped_ = false, ended_ = false;
  int status_ = 0;
};

}  // namespace

int run_line(const Options& options) { return Line(options).run(); }

}  // namespace hotline::ccfax
