// SPDX-License-Identifier: GPL-2.0-or-later
// uses: media tdm base
// e1_24: 24 E1, all 720 channels in bridges, through one engine on one core: half of them to telephones over RTP, half to
// a channel of another span. E1_SECONDS says for how long (60; ten minutes: 600).
//
// A process of its own is the far end of all of it, on another core. What is told: the engine's CPU; blocks that were
// played as idle because nothing had come, beside how late the ticks of engine and far end were, because a machine that
// stalls longer than the jitter buffer must make some; and the delay that the switch adds, by a mark in the sound. That
// delay is from the moment a packet with the mark is sent to the moment it is played in the packet that brings it: none
// for a wire that handed packets on as they are.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/require.h"
#include "media/media.h"
#include "media/rtp.h"
#include "tdm/back_end.h"
#include "tdm/ces_packet.h"

using namespace hotline;

namespace {

constexpr int kSpans = 24, kChannels = 30, kFrames = 40, kTickFrames = 40, kJitterMs = 20;
constexpr int kPhones = kSpans / 2 * kChannels;  // of the spans of the first half; those of the other meet each other
constexpr int kTicksAMark = 100, kMarksMax = 4096;
// Marks go round, so that one that a stall has held up is not taken for the next.
constexpr uint8_t kSound = 0x55, kMark = 0x20;
constexpr int kMarks = 16;
constexpr milliseconds kTick{5};
constexpr seconds kWarmUp{3};

enum Way { span_to_span, span_to_phone, phone_to_span, kWays };
constexpr const char* kWayNames[kWays] = {"span_span", "span_rtp", "rtp_span"};
// Where the marks go in and come out; all on the first channel of a span.
constexpr int kMarkedSpan = 0, kMarkedPhone = 0, kFromSpan = 12, kToSpan = 18;

struct Marks {
  std::atomic<int> sent{0}, came{0};
  std::array<float, kMarksMax> ms;
};

// What both processes see.
struct Shared {
  std::array<sockaddr_in, kSpans> span_at;
  std::array<sockaddr_in, kPhones> phone_at;
  std::atomic<bool> go{false}, measuring{false};
  std::atomic<uint64_t> spans_sent{0}, spans_came{0}, phones_sent{0}, phones_came{0};
  media::TickBook ticks;
  std::array<Marks, kWays> marks;
};

int slot_of(int channel) { return channel < 15 ? channel + 1 : channel + 2; }

sockaddr_in loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

struct End {
  Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  sockaddr_in address = loopback();
  End() {
    require(socket && ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    socklen_t length = sizeof address;
    require(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
    const int octets = 1 << 20, on = 1;
    (void)::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets);
    (void)::setsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  }
  std::string text() const { return "127.0.0.1:" + std::to_string(ntohs(address.sin_port)); }
};

void stay_on(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<size_t>(core % static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN))), &cores);
  (void)::sched_setaffinity(0, sizeof cores, &cores);
}

double now_ms() {
  timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// The far end of spans and telephones. Never returns.
class FarEnd {
 public:
  FarEnd(Shared& shared, std::vector<End>& spans, std::vector<End>& phones)
      : shared_(shared), spans_(spans), phones_(phones) {}

  [[noreturn]] void run() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    stay_on(1);
    (void)::setpriority(PRIO_PROCESS, 0, -11);
    while (!shared_.go) ::usleep(1000);
    Fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
    const itimerspec every{{0, 5'000'000}, {0, 5'000'000}};
    Instant due_at = monotonic_now() + kTick;
    require(::timerfd_settime(timer.get(), 0, &every, nullptr) == 0);
    for (int tick = 0;;) {
      uint64_t due;
      require(::read(timer.get(), &due, sizeof due) == sizeof due);
      const Instant now = monotonic_now();
      for (; due > 0; --due, ++tick, due_at += kTick) {
        if (shared_.measuring) shared_.ticks.add(now - due_at);
        one_tick(tick);
      }
    }
  }

 private:
  void one_tick(int tick) {
    const bool mark = tick % kTicksAMark == 10;
    const int number = tick / kTicksAMark % kMarks;
    std::array<uint8_t, tdm::kCesControlWord + kFrames * tdm::kCesSlots> packet;
    packet.fill(kSound);
    for (size_t i = 0; i < kFrames; ++i) packet[tdm::kCesControlWord + i * tdm::kCesSlots + 15] = 0x7E;  // flags
    tdm::write_ces_headers(packet.data(), {static_cast<uint16_t>(tick)}, false, 0, 0);
    for (int i = 0; i < kSpans; ++i) {
      const bool marked = mark && (i == kMarkedSpan || i == kFromSpan);
      packet[tdm::kCesControlWord] = marked ? static_cast<uint8_t>(kMark + number) : kSound;
      if (marked) begin(i == kFromSpan ? span_to_span : span_to_phone, number);
      send(spans_[static_cast<size_t>(i)], packet.data(), packet.size(), shared_.span_at[static_cast<size_t>(i)]);
      shared_.spans_sent.fetch_add(1, std::memory_order_relaxed);
    }
    std::array<uint8_t, 12 + 160> rtp;
    rtp.fill(kSound);
    media::RtpPacket head;
    head.payload_type = media::kPcma;
    head.sequence = static_cast<uint16_t>(tick / 4);
    head.timestamp = static_cast<uint32_t>(tick / 4 * 160);
    for (int i = tick % 4; i < kPhones; i += 4) {
      const bool marked = tick % kTicksAMark == 12 && i == kMarkedPhone;
      head.ssrc = static_cast<uint32_t>(i);
      media::write_rtp_head(rtp.data(), head);
      rtp[12] = marked ? static_cast<uint8_t>(kMark + number) : kSound;
      if (marked) begin(phone_to_span, number);
      send(phones_[static_cast<size_t>(i)], rtp.data(), rtp.size(), shared_.phone_at[static_cast<size_t>(i)]);
      shared_.phones_sent.fetch_add(1, std::memory_order_relaxed);
    }
    for (int i = 0; i < kSpans; ++i) {
      while (size_t length = receive(spans_[static_cast<size_t>(i)])) {
        shared_.spans_came.fetch_add(1, std::memory_order_relaxed);
        if (length != packet.size() || (i != kMarkedSpan && i != kToSpan)) continue;
        for (size_t frame = 0; frame < kFrames; ++frame) {
          end(i == kToSpan ? span_to_span : phone_to_span, octets_[tdm::kCesControlWord + frame * tdm::kCesSlots], frame);
        }
      }
    }
    for (int i = (tick + 2) % 4; i < kPhones; i += 4) {
      while (size_t length = receive(phones_[static_cast<size_t>(i)])) {
        shared_.phones_came.fetch_add(1, std::memory_order_relaxed);
        if (i != kMarkedPhone) continue;
        for (size_t sample = 0; 12 + sample < length; ++sample) {
          end(span_to_phone, octets_[12 + sample], sample);
        }
      }
    }
  }

  static void send(const End& from, const uint8_t* octets, size_t count, const sockaddr_in& to) {
    (void)!::sendto(from.socket.get(), octets, count, MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }

  size_t receive(const End& end) {
    iovec part{octets_.data(), octets_.size()};
    alignas(cmsghdr) std::array<char, 256> control;
    msghdr head{};
    head.msg_iov = &part;
    head.msg_iovlen = 1;
    head.msg_control = control.data();
    head.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(end.socket.get(), &head, MSG_DONTWAIT);
    if (got <= 0) return 0;
    for (cmsghdr* one = CMSG_FIRSTHDR(&head); one; one = CMSG_NXTHDR(&head, one)) {
      timespec at;
      if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_TIMESTAMPNS) continue;
      std::memcpy(&at, CMSG_DATA(one), sizeof at);
      came_ms_ = static_cast<double>(at.tv_sec) * 1e3 + static_cast<double>(at.tv_nsec) / 1e6;
    }
    return static_cast<size_t>(got);
  }

  void begin(Way way, int number) {
    begun_[way][static_cast<size_t>(number)] = shared_.measuring ? now_ms() : 0;
    if (shared_.measuring) shared_.marks[way].sent++;
  }
  // An octet that came, so many samples into its packet.
  void end(Way way, uint8_t octet, size_t samples) {
    if (octet < kMark || octet >= kMark + kMarks) return;
    double& begun = begun_[way][octet - kMark];
    Marks& marks = shared_.marks[way];
    if (begun > 0 && marks.came < kMarksMax) {
      marks.ms[static_cast<size_t>(marks.came)] = static_cast<float>(came_ms_ - begun + static_cast<double>(samples) / 8);
      marks.came++;
    }
    begun = 0;
  }

  Shared& shared_;
  std::vector<End>&spans_, &phones_;
  std::array<uint8_t, 2048> octets_;
  std::array<std::array<double, kMarks>, kWays> begun_{};
  double came_ms_ = 0;
};

tdm::SpanStats sum_of(const media::Engine& engine, const std::vector<media::SpanId>& spans) {
  tdm::SpanStats sum;
  for (auto span : spans) {
    const auto stats = engine.span_stats(span);
    sum.received += stats.received;
    sum.lost += stats.lost;
    sum.late += stats.late;
    sum.underrun += stats.underrun;
    sum.overrun += stats.overrun;
  }
  return sum;
}

void row(const char* name, double value, const char* unit, double floor, const std::string& how) {
  const std::string beside = floor < 0 ? "-" : std::to_string(floor), ratio = floor <= 0 ? "-" : std::to_string(value / floor);
  std::printf("e1_24_%s\t%.3f\t%s\t%s\t%s\t%s\n", name, value, unit, beside.c_str(), ratio.c_str(), how.c_str());
  std::fflush(stdout);
}

double ms(microseconds span) { return static_cast<double>(span.count()) / 1000; }

// 24 spans and 360 telephones: the channels of the first twelve spans to telephones, those of the others to each other.
std::vector<media::SpanId> connect_all(media::Engine& engine, Shared& shared, const std::vector<End>& spans, const std::vector<End>& phones) {
  std::vector<media::SpanId> lines;
  for (int i = 0; i < kSpans; ++i) {
    End ours;  // a free port
    tdm::BackEnd line;
    line.name = "e" + std::to_string(i + 1);
    line.local = ours.text();
    line.remote = spans[static_cast<size_t>(i)].text();
    line.jitter_ms = kJitterMs;
    shared.span_at[static_cast<size_t>(i)] = ours.address;
    ours.socket.reset();
    auto span = tdm::open_span(line);
    require(span);
    lines.push_back(engine.add_span(std::move(*span)));
  }
  auto channel = [&](int span, int at) {
    const auto port = engine.open_channel(lines[static_cast<size_t>(span)], slot_of(at));
    require(port != 0);
    return port;
  };
  for (int i = 0; i < kPhones; ++i) {
    const auto at = static_cast<size_t>(i);
    auto phone = engine.open_rtp(shared.phone_at[at]);
    require(phone);
    media::RtpRemote remote;
    remote.address = phones[at].address;
    remote.event_payload = 101;
    engine.set_remote(*phone, remote);
    engine.bridge(channel(i / kChannels, i % kChannels), *phone, {});
  }
  for (int span = kFromSpan; span < kToSpan; ++span) {
    for (int at = 0; at < kChannels; ++at) engine.bridge(channel(span, at), channel(span + kToSpan - kFromSpan, at), {});
  }
  return lines;
}

void tell_delays(Shared& shared) {
  for (int way = 0; way < kWays; ++way) {
    Marks& marks = shared.marks[static_cast<size_t>(way)];
    const auto begin = marks.ms.begin(), end = begin + marks.came;
    if (begin == end) {
      std::fprintf(stderr, "e1_24: no mark came through %s\n", kWayNames[way]);
      continue;
    }
    std::sort(begin, end);
    const auto count = end - begin;
    const std::string how = std::to_string(count) + " of " + std::to_string(marks.sent) + " marks came; median, aim under 45; least " +
                            std::to_string(*begin) + ", 99 % " + std::to_string(begin[count * 99 / 100]) + ", most " +
                            std::to_string(end[-1]);
    row((std::string("delay_") + kWayNames[way]).c_str(), begin[count / 2], "ms", -1, how);
  }
}

}  // namespace

int main() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const char* asked = std::getenv("E1_SECONDS");
  const int wanted = asked ? std::atoi(asked) : 60;
  const seconds window(std::clamp(wanted, 1, 24 * 3600));

  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  require(memory != MAP_FAILED);
  Shared& shared = *new (memory) Shared;
  std::vector<End> spans(kSpans), phones(kPhones);
  const pid_t far = ::fork();
  require(far >= 0);
  if (far == 0) FarEnd(shared, spans, phones).run();

  stay_on(0);
  Loop loop;
  media::EngineConfig config;
  config.tick_frames = kTickFrames;
  config.rtp_port_first = 40000;
  config.rtp_port_last = 49999;
  auto started = media::Engine::start(loop, config, [](const media::Report&) {});
  require(started);
  media::Engine& engine = **started;
  const auto lines = connect_all(engine, shared, spans, phones);
  spans.clear();  // the far end has them
  phones.clear();
  auto wait = [&](Instant until) {
    for (Instant now; (now = monotonic_now()) < until;) loop.step(std::chrono::ceil<milliseconds>(until - now));
  };
  shared.go = true;
  wait(monotonic_now() + kWarmUp);

  const auto before = sum_of(engine, lines);
  const auto cpu = engine.cpu_time();
  const uint64_t sent = shared.spans_sent + shared.phones_sent, came = shared.spans_came + shared.phones_came;
  const uint64_t ticks = engine.ticks().count(), late = engine.ticks().count_over(milliseconds(kJitterMs));
  shared.measuring = true;
  const Instant begin = monotonic_now();
  wait(begin + window);
  shared.measuring = false;
  const double took = std::chrono::duration<double>(monotonic_now() - begin).count();
  const double share = static_cast<double>((engine.cpu_time() - cpu).count()) / 1e4 / took;
  const auto after = sum_of(engine, lines);
  const uint64_t our_late = engine.ticks().count_over(milliseconds(kJitterMs)) - late;
  const uint64_t far_late = shared.ticks.count_over(milliseconds(kJitterMs));
  const double packets = took * (kSpans * 200 + kPhones * 50);

  const std::string how = "24 E1, 720 channels in bridges, half to RTP, " + std::to_string(static_cast<int>(took)) + " s";
  row("cpu", share, "%", -1, how + "; of one core, media and writer threads");
  row("underruns", static_cast<double>(after.underrun - before.underrun), "blocks", static_cast<double>((our_late + far_late) * kSpans),
      how + "; of " + std::to_string(ticks > 0 ? (engine.ticks().count() - ticks) * kSpans : 0) +
          "; floor: one for each span in each tick that was later than the jitter buffer of " + std::to_string(kJitterMs) + " ms, " + std::to_string(our_late) +
          " of ours and " + std::to_string(far_late) + " of the far end; lost " + std::to_string(after.lost - before.lost) +
          ", late " + std::to_string(after.late - before.late) + ", slips " + std::to_string(after.overrun - before.overrun));
  row("tick_late_p999", ms(engine.ticks().per_mille(999)), "ms", ms(shared.ticks.per_mille(999)),
      "of the engine's ticks of 5 ms, warming up included; floor: of the far end's; most " + std::to_string(ms(engine.ticks().max())) +
          " and " + std::to_string(ms(shared.ticks.max())));
  row("packets_in", 100 * static_cast<double>(shared.spans_sent + shared.phones_sent - sent) / packets, "%", -1,
      "of what was to be sent to the switch");
  row("packets_out", 100 * static_cast<double>(shared.spans_came + shared.phones_came - came) / packets, "%", -1,
      "of what the switch was to send");
  tell_delays(shared);
  ::kill(far, SIGKILL);
  ::waitpid(far, nullptr, 0);
}
