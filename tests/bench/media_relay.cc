// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base tdm media
//
// What a bridged call between an E1 channel and a SIP phone costs the media plane in CPU time, beside a program that
// does nothing but receive and send the same packets. Another process makes the traffic, so that only our side is
// counted.
#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/loop.h"
#include "base/require.h"
#include "media/keys.h"
#include "media/media.h"
#include "media/rtp.h"
#include "tdm/ces_packet.h"
#include "tdm/cesopsn.h"

using namespace hotline;

static constexpr int kCallsOfASpan = 30;
static constexpr size_t kSpanBytes = tdm::kCesControlWord + 40 * tdm::kCesSlots;
static constexpr size_t kRtpBytes = media::kRtpHeadBytes + media::kPacketSamples;
static constexpr seconds kWindow{3};
static constexpr int kRepeats = 3;

struct Endpoint {
  Fd socket;
  sockaddr_in address{};
};

static Endpoint open_endpoint() {
  Endpoint one;
  one.socket = Fd(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  one.address.sin_family = AF_INET;
  one.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof one.address;
  require(one.socket && ::bind(one.socket.get(), reinterpret_cast<sockaddr*>(&one.address), length) == 0);
  require(::getsockname(one.socket.get(), reinterpret_cast<sockaddr*>(&one.address), &length) == 0);
  return one;
}

static std::vector<Endpoint> open_endpoints(int count) {
  std::vector<Endpoint> all;
  for (int i = 0; i < count; ++i) all.push_back(open_endpoint());
  return all;
}

static std::string text(const sockaddr_in& address) {
  char host[INET_ADDRSTRLEN];
  ::inet_ntop(AF_INET, &address.sin_addr, host, sizeof host);
  return std::string(host) + ":" + std::to_string(ntohs(address.sin_port));
}

static void send_to(int socket, const void* data, size_t bytes, const sockaddr_in& to) {
  (void)::sendto(socket, data, bytes, MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

static void wait_for(int timer) {
  uint64_t due;
  require(::read(timer, &due, sizeof due) == sizeof due);
}

static Fd make_timer(microseconds period) {
  Fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  itimerspec spec{};
  spec.it_interval.tv_nsec = period.count() * 1000;
  spec.it_value = spec.it_interval;
  require(timer && ::timerfd_settime(timer.get(), 0, &spec, nullptr) == 0);
  return timer;
}

// The far ends of everything: spans that talk on all timeslots, telephones that talk all the time.
struct Traffic {
  std::vector<Endpoint> spans, phones;
  std::vector<sockaddr_in> to_spans, to_phones;  // where our side listens
  pid_t process = 0;
  std::atomic<uint64_t>* books;  // packets sent and received, shared by both processes

  explicit Traffic(int calls) : spans(open_endpoints(calls / kCallsOfASpan)), phones(open_endpoints(calls)) {
    void* shared = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    require(shared != MAP_FAILED);
    books = new (shared) std::atomic<uint64_t>[2]();
  }
  ~Traffic() {
    ::munmap(books, 4096);
    if (process <= 0) return;
    ::kill(process, SIGKILL);
    ::waitpid(process, nullptr, 0);
  }

  void start() {
    process = ::fork();
    require(process >= 0);
    if (process > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    make();
  }

 private:
  void swallow(int socket) {
    char datagram[2048];
    while (::recv(socket, datagram, sizeof datagram, MSG_DONTWAIT) >= 0) ++books[1];
    ++books[0];  // we swallow after each packet that we send
  }

  [[noreturn]] void make() {
    std::vector<uint8_t> span_packet(kSpanBytes), rtp_packet(kRtpBytes);
    for (auto& octet : span_packet) octet = static_cast<uint8_t>(::rand());
    for (auto& octet : rtp_packet) octet = static_cast<uint8_t>(::rand());
    // Timeslot 16 carries flags.
    for (size_t i = 0; i < 40; ++i) span_packet[tdm::kCesControlWord + i * tdm::kCesSlots + 15] = 0x7E;
    media::RtpPacket head;
    head.payload_type = media::kPcma;
    Fd timer = make_timer(milliseconds(5));
    for (uint32_t tick = 0;; ++tick) {
      uint64_t due;
      require(::read(timer.get(), &due, sizeof due) == sizeof due);
      for (; due > 0; --due, tick += due > 0) one_tick(tick, span_packet, rtp_packet, head);
    }
  }

  void one_tick(uint32_t tick, std::vector<uint8_t>& span_packet, std::vector<uint8_t>& rtp_packet,
                media::RtpPacket head) {
    tdm::write_ces_headers(span_packet.data(), {static_cast<uint16_t>(tick)}, false, 0, 0);
    for (size_t i = 0; i < spans.size(); ++i) {
      send_to(spans[i].socket.get(), span_packet.data(), span_packet.size(), to_spans[i]);
      swallow(spans[i].socket.get());
    }
    head.sequence = static_cast<uint16_t>(tick / 4);
    head.timestamp = tick / 4 * media::kPacketSamples;
    for (size_t i = tick % 4; i < phones.size(); i += 4) {
      head.ssrc = static_cast<uint32_t>(i);
      media::write_rtp_head(rtp_packet.data(), head);
      send_to(phones[i].socket.get(), rtp_packet.data(), rtp_packet.size(), to_phones[i]);
      swallow(phones[i].socket.get());
    }
  }
};

static double cpu_ms() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

// Runs `work(until)` for a window after a second of warming up; CPU in ms a call-second. The window must have seen its
// traffic: 50 packets a call and 200 a span, each way and each second.
static double measure(int calls, Traffic& traffic, const std::function<void(Instant)>& work) {
  work(monotonic_now() + seconds(1));
  uint64_t sent = traffic.books[0], received = traffic.books[1];
  double cpu = cpu_ms();
  Instant begin = monotonic_now();
  work(begin + kWindow);
  double took = std::chrono::duration<double>(monotonic_now() - begin).count();
  double cost = (cpu_ms() - cpu) / took / calls, packets = took * (calls * 50 + calls / kCallsOfASpan * 200);
  double in = static_cast<double>(traffic.books[0] - sent) / packets;
  double out = static_cast<double>(traffic.books[1] - received) / packets;
  if (in < 0.97 || out < 0.97) {
    std::fprintf(stderr, "media_relay: only %.0f %% of the packets came and %.0f %% went\n", in * 100, out * 100);
  }
  return cost;
}

static void relay(const Endpoint& from, const sockaddr_in& to) {
  uint8_t datagram[2048];
  for (ssize_t got;
       (got = ::recvfrom(from.socket.get(), datagram, sizeof datagram, MSG_DONTWAIT, nullptr, nullptr)) >= 0;) {
    send_to(from.socket.get(), datagram, static_cast<size_t>(got), to);
  }
}

// The floor: what comes is sent back, on the tick, without looking at it.
static double bare_relay(int calls) {
  Traffic traffic(calls);
  auto spans = open_endpoints(calls / kCallsOfASpan), phones = open_endpoints(calls);
  for (const auto& one : spans) traffic.to_spans.push_back(one.address);
  for (const auto& one : phones) traffic.to_phones.push_back(one.address);
  traffic.start();
  Fd timer = make_timer(milliseconds(5));
  size_t tick = 0;
  return measure(calls, traffic, [&](Instant until) {
    for (; monotonic_now() < until; ++tick) {
      wait_for(timer.get());
      for (size_t i = 0; i < spans.size(); ++i) relay(spans[i], traffic.spans[i].address);
      for (size_t i = tick % 4; i < phones.size(); i += 4) relay(phones[i], traffic.phones[i].address);
    }
  });
}

static double engine(int calls, bool recorded, const std::string& folder, uint64_t& lost) {
  Traffic traffic(calls);
  Loop loop;
  media::EngineConfig config;
  config.rtp_port_first = 40000;
  config.rtp_port_last = 49999;
  int64_t gaps = 0;
  auto engine = media::Engine::start(loop, config, [&](const media::Report& report) {
    if (auto* done = std::get_if<media::RecordDone>(&report)) gaps += done->gap_samples;
  });
  require(engine);
  media::Engine& plane = **engine;
  std::vector<media::SpanId> spans;
  for (const auto& far : traffic.spans) {
    Endpoint probe = open_endpoint();  // a free port
    probe.socket.reset();
    tdm::CesopsnConfig line;
    line.name = "e1";
    line.local = text(probe.address);
    line.remote = text(far.address);
    auto span = tdm::open_cesopsn(line);
    require(span);
    traffic.to_spans.push_back(probe.address);
    spans.push_back(plane.add_span(std::move(*span)));
  }
  std::vector<std::string> files;
  for (int call = 0; call < calls; ++call) {
    int slot = call % kCallsOfASpan + 1;
    auto channel = plane.open_channel(spans[static_cast<size_t>(call / kCallsOfASpan)], slot < 16 ? slot : slot + 1);
    sockaddr_in local{};
    auto phone = plane.open_rtp(local);
    require(channel != 0 && phone);
    traffic.to_phones.push_back(local);
    media::RtpRemote remote;
    remote.address = traffic.phones[static_cast<size_t>(call)].address;
    remote.event_payload = 101;
    plane.set_remote(*phone, remote);
    plane.bridge(channel, *phone, {});
    if (recorded) {
      files.push_back(folder + "/" + std::to_string(call) + ".wav");
      plane.record({channel, *phone, files.back(), "{}"});
    }
  }
  traffic.start();
  double cost = measure(calls, traffic, [&](Instant until) {
    for (Instant now; (now = monotonic_now()) < until;) {
      loop.step(std::chrono::ceil<milliseconds>(until - now));
    }
  });
  for (auto span : spans) lost += plane.span_stats(span).lost;
  engine = Error{};  // closes the files
  for (const auto& file : files) std::filesystem::remove(file);
  require(gaps == 0);
  return cost;
}

static void row(const std::string& name, double value, const char* unit, double floor, const std::string& how) {
  std::printf("%s\t%.3f\t%s\t%.3f\t%.2f\t%s\n", name.c_str(), value, unit, floor, value / floor, how.c_str());
  std::fflush(stdout);
}

static void bench_calls(int calls, const std::string& folder) {
  double floor = 1e9, plain = 1e9, recorded = 1e9;
  uint64_t lost = 0;
  for (int i = 0; i < kRepeats; ++i) {  // by turns, so that a noisy neighbour meets all three
    floor = std::min(floor, bare_relay(calls));
    plain = std::min(plain, engine(calls, false, folder, lost));
    recorded = std::min(recorded, engine(calls, true, folder, lost));
  }
  std::string how = std::to_string(calls) + " bridges E1 to RTP, " + std::to_string(calls / kCallsOfASpan) +
                    " spans of 5 ms, CPU by getrusage, best of 3; floor: bare recvfrom/sendto of the same packets";
  row("pri_sip_call_second_" + std::to_string(calls), plain, "ms", floor, how);
  row("pri_sip_call_second_" + std::to_string(calls) + "_recorded", recorded, "ms", floor, how);
  if (lost > 0) std::fprintf(stderr, "media_relay: %llu span packets lost\n", static_cast<unsigned long long>(lost));
}

static size_t heap() { return mallinfo2().uordblks; }

// Heap per object while `make` is called `count` times; the loop steps, so that the media thread gives back what it has
// used.
static double bytes_of_one(Loop& loop, int count, const std::function<void(int)>& make) {
  size_t before = heap();
  for (int i = 0; i < count; ++i) make(i);
  for (int i = 0; i < 10; ++i) loop.step(milliseconds(20));
  return static_cast<double>(heap() - before) / count;
}

static void bench_memory(const std::string& folder) {
  constexpr int kPorts = 240;
  Loop loop;
  media::EngineConfig config;
  config.rtp_port_first = 40000;
  config.rtp_port_last = 49999;
  auto started = media::Engine::start(loop, config, [](const media::Report&) {});
  require(started);
  media::Engine& plane = **started;
  std::vector<media::SpanId> spans;
  for (int i = 0; i < kPorts / kCallsOfASpan; ++i) {
    tdm::CesopsnConfig line;
    Endpoint probe = open_endpoint();
    line.local = line.remote = text(probe.address);
    probe.socket.reset();
    spans.push_back(plane.add_span(std::move(tdm::open_cesopsn(line).value())));
  }
  std::vector<std::unique_ptr<media::KeyDetector>> detectors;
  double floor = 2.0 * kRtpBytes +
                 bytes_of_one(loop, kPorts, [&](int) { detectors.push_back(std::make_unique<media::KeyDetector>()); });
  const std::string how = "heap after making 240; floor: a DTMF receiver and a packet each way";
  std::vector<media::PortId> channels, phones;
  double channel = bytes_of_one(loop, kPorts, [&](int i) {
    int slot = i % kCallsOfASpan + 1;
    channels.push_back(plane.open_channel(spans[static_cast<size_t>(i / kCallsOfASpan)], slot < 16 ? slot : slot + 1));
  });
  sockaddr_in local{};
  double rtp = bytes_of_one(loop, kPorts, [&](int) { phones.push_back(plane.open_rtp(local).value()); });
  double recording = bytes_of_one(loop, kPorts, [&](int i) {
    auto at = static_cast<size_t>(i);
    plane.record({channels[at], phones[at], folder + "/" + std::to_string(i) + ".wav", "{}"});
  });
  row("bytes_per_channel_port", channel, "octets", floor, how);
  row("bytes_per_rtp_port", rtp, "octets", floor, how);
  row("bytes_per_recording", recording, "octets", 2 * 800.0, "heap; floor: the 100 ms between two writes");
}

int main() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  char name[] = "/tmp/hotline-bench-XXXXXX";
  std::string folder = ::mkdtemp(name);
  for (int calls : {30, 120, 480}) bench_calls(calls, folder);
  bench_memory(folder);
  std::filesystem::remove_all(folder);
}
