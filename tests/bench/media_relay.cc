// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base tdm media
//
// What a call costs the media plane in CPU time, beside a program that does nothing but receive and send the same
// packets: between two SIP telephones, between an E1 channel and a telephone, recorded and not, as SRTP, and waiting
// with music.
//
// Time is the tick's: packets of a tick are put into the sockets, and then the CPU time of our thread over the tick
// alone is taken. So the figures hold on a busy machine, and for more calls than one core could carry in real time.
#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
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
#include "media/engine.h"
#include "media/rtp.h"
#include "media/srtp.h"
#include "tdm/ces_packet.h"
#include "tdm/cesopsn.h"

using namespace hotline;

static constexpr int kCallsOfASpan = 30;
static constexpr int kTicksASecond = 200, kTicksAPacket = 4;
static constexpr int kTicksAWrite = 20;  // what the writer thread does every 100 ms
static constexpr size_t kSpanBytes = tdm::kCesControlWord + 40 * tdm::kCesSlots;
static constexpr size_t kRtpBytes = media::kRtpHeadBytes + media::kPacketSamples;
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

// The far ends of everything: spans that talk on all timeslots, telephones that talk all the time.
struct Traffic {
  std::vector<Endpoint> spans, phones;
  std::vector<sockaddr_in> to_spans, to_phones;    // where our side listens
  std::vector<std::unique_ptr<media::Srtp>> keys;  // of the telephones, or none
  uint64_t sent = 0, received = 0;
  uint32_t tick = 0;

  Traffic(int spans, int phones) : spans(open_endpoints(spans)), phones(open_endpoints(phones)) {
    for (auto& octet : span_packet_) octet = static_cast<uint8_t>(::rand());
    for (auto& octet : rtp_packet_) octet = static_cast<uint8_t>(::rand());
    // Timeslot 16 carries flags.
    for (size_t i = 0; i < 40; ++i) span_packet_[tdm::kCesControlWord + i * tdm::kCesSlots + 15] = 0x7E;
  }

  // What comes to our side before this tick; what our side sent before is taken.
  void one_tick() {
    tdm::write_ces_headers(span_packet_.data(), {static_cast<uint16_t>(tick)}, false, 0, 0);
    for (size_t i = 0; i < spans.size(); ++i) {
      swallow(spans[i].socket.get());
      send_to(spans[i].socket.get(), span_packet_.data(), span_packet_.size(), to_spans[i]);
      ++sent;
    }
    media::RtpPacket head;
    head.payload_type = media::kPcma;
    head.sequence = static_cast<uint16_t>(tick / kTicksAPacket);
    head.timestamp = tick / kTicksAPacket * media::kPacketSamples;
    for (size_t i = tick % kTicksAPacket; i < phones.size(); i += kTicksAPacket) {
      swallow(phones[i].socket.get());
      head.ssrc = static_cast<uint32_t>(i + 1);
      media::write_rtp_head(rtp_packet_.data(), head);
      const uint8_t* packet = rtp_packet_.data();
      size_t bytes = kRtpBytes;
      uint8_t locked[kRtpBytes + media::Srtp::kTrailMax];
      if (!keys.empty()) {
        bytes = keys[i]->protect(packet, media::kRtpHeadBytes, kRtpBytes, locked);
        packet = locked;
      }
      send_to(phones[i].socket.get(), packet, bytes, to_phones[i]);
      ++sent;
    }
    ++tick;
  }

 private:
  void swallow(int socket) {
    char datagram[2048];
    while (::recv(socket, datagram, sizeof datagram, MSG_DONTWAIT) >= 0) ++received;
  }
  std::vector<uint8_t> span_packet_ = std::vector<uint8_t>(kSpanBytes), rtp_packet_ = std::vector<uint8_t>(kRtpBytes);
};

static double cpu_ms() {
  timespec time{};
  require(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

// CPU in ms a call-second, of the best of three seconds after one of warming up. What was sent must have come back.
static double measure(int calls, Traffic& traffic, const std::function<void()>& tick) {
  double best = 1e9;
  for (int second = 0; second <= kRepeats; ++second) {
    uint64_t sent = traffic.sent, received = traffic.received;
    double cpu = 0;
    for (int i = 0; i < kTicksASecond; ++i) {
      traffic.one_tick();
      double before = cpu_ms();
      tick();
      cpu += cpu_ms() - before;
    }
    if (second == 0) continue;
    best = std::min(best, cpu / calls);
    double part = static_cast<double>(traffic.received - received) / static_cast<double>(traffic.sent - sent);
    if (part < 0.98 || part > 1.02) std::fprintf(stderr, "media_relay: %.0f %% of the packets came back\n", part * 100);
  }
  return best;
}

static void relay(const Endpoint& from, const sockaddr_in& to) {
  uint8_t datagram[2048];
  sockaddr_in who;
  socklen_t length = sizeof who;
  for (ssize_t got; (got = ::recvfrom(from.socket.get(), datagram, sizeof datagram, MSG_DONTWAIT,
                                      reinterpret_cast<sockaddr*>(&who), &length)) >= 0;) {
    send_to(from.socket.get(), datagram, static_cast<size_t>(got), to);
  }
}

// The floor: what comes is sent back, on the tick, without looking at it. `once`: as little as can be, one read and one
// write each on sockets that are connected.
static double bare_relay(int calls, int spans, int phones, bool once) {
  Traffic traffic(spans, phones);
  auto our_spans = open_endpoints(spans), our_phones = open_endpoints(phones);
  for (const auto& one : our_spans) traffic.to_spans.push_back(one.address);
  for (const auto& one : our_phones) traffic.to_phones.push_back(one.address);
  if (once) {
    for (size_t i = 0; i < our_phones.size(); ++i) {
      require(::connect(our_phones[i].socket.get(), reinterpret_cast<sockaddr*>(&traffic.phones[i].address),
                        sizeof(sockaddr_in)) == 0);
    }
  }
  uint32_t tick = 0;
  uint8_t datagram[2048];
  return measure(calls, traffic, [&] {
    for (size_t i = 0; i < our_spans.size(); ++i) relay(our_spans[i], traffic.spans[i].address);
    for (size_t i = tick++ % kTicksAPacket; i < our_phones.size(); i += kTicksAPacket) {
      if (!once) {
        relay(our_phones[i], traffic.phones[i].address);
        continue;
      }
      int socket = our_phones[i].socket.get();
      ssize_t got = ::recv(socket, datagram, sizeof datagram, MSG_DONTWAIT);
      if (got >= 0) (void)::send(socket, datagram, static_cast<size_t>(got), MSG_DONTWAIT);
    }
  });
}

enum class Kind { sip_sip, pri_sip, music };

struct Load {
  Kind kind = Kind::sip_sip;
  int calls = 0;
  bool recorded = false, srtp = false, events = true;
  int spans() const { return kind == Kind::pri_sip ? (calls + kCallsOfASpan - 1) / kCallsOfASpan : 0; }
  int phones() const { return kind == Kind::sip_sip ? 2 * calls : calls; }
};

static media::EngineConfig engine_config() {
  media::EngineConfig config;
  config.rtp_port_first = 20000;
  config.rtp_port_last = 32000;
  auto music = std::make_shared<media::Sound>();
  for (int i = 0; i < 300000; ++i) music->alaw.push_back(static_cast<uint8_t>(::rand()));
  config.music = music;
  return config;
}

static media::SpanId add_span(media::EngineImpl& plane, Traffic& traffic, size_t at) {
  Endpoint probe = open_endpoint();  // a free port
  probe.socket.reset();
  tdm::CesopsnConfig line;
  line.name = "e1";
  line.local = text(probe.address);
  line.remote = text(traffic.spans[at].address);
  auto span = tdm::open_cesopsn(line);
  require(span);
  traffic.to_spans.push_back(probe.address);
  return plane.add_span(std::move(*span));
}

static double engine(const Load& load, const std::string& folder) {
  Traffic traffic(load.spans(), load.phones());
  Loop loop;
  int64_t gaps = 0;
  auto plane = std::make_unique<media::EngineImpl>(
      loop, engine_config(),
      [&](const media::Report& report) {
        if (auto* done = std::get_if<media::RecordDone>(&report)) gaps += done->gap_samples;
      },
      1 << 17);
  std::vector<media::SpanId> spans;
  for (size_t i = 0; i < traffic.spans.size(); ++i) spans.push_back(add_span(*plane, traffic, i));
  std::vector<std::string> files;
  auto phone = [&] {
    sockaddr_in local{};
    auto port = plane->open_rtp(local);
    require(port);
    media::RtpRemote remote;
    remote.address = traffic.phones[traffic.to_phones.size()].address;
    remote.rtcp_mux = true;  // no RTCP sockets at the far ends
    if (load.events) remote.event_payload = 101;
    if (load.srtp) {
      media::SrtpKeys keys;
      keys.send[0] = static_cast<uint8_t>(*port);
      remote.srtp = keys;
      std::swap(keys.send, keys.receive);
      traffic.keys.push_back(std::make_unique<media::Srtp>(keys));
    }
    traffic.to_phones.push_back(local);
    plane->set_remote(*port, remote);
    return *port;
  };
  for (int call = 0; call < load.calls; ++call) {
    if (call % 100 == 99) plane->step(0);  // the queue is emptied only by so many commands a tick
    if (load.kind == Kind::music) {
      plane->set_base(phone(), media::Base::music);
      continue;
    }
    int slot = call % kCallsOfASpan + 1;
    media::PortId left =
        load.kind == Kind::sip_sip
            ? phone()
            : plane->open_channel(spans[static_cast<size_t>(call / kCallsOfASpan)], slot < 16 ? slot : slot + 1);
    media::PortId right = phone();
    plane->bridge(left, right, {});
    if (load.recorded) {
      files.push_back(folder + "/" + std::to_string(call) + ".wav");
      plane->record({left, right, files.back(), "{}"});
    }
  }
  plane->step(0);
  uint32_t tick = 0;
  double cost = measure(load.calls, traffic, [&] {
    plane->core().tick();
    if (++tick % kTicksAWrite == 0) plane->writer().write_all(monotonic_now());
  });
  require(plane->trouble().commands_refused == 0);
  plane.reset();  // closes the files
  for (const auto& file : files) std::filesystem::remove(file);
  require(gaps == 0);
  return cost;
}

static void row(const std::string& name, double value, const char* unit, double floor, const std::string& how) {
  std::printf("%s\t%.3f\t%s\t%.3f\t%.2f\t%s\n", name.c_str(), value, unit, floor, value / floor, how.c_str());
  std::fflush(stdout);
}

static const char* kHow =
    ", CPU of the tick, best of 3 s twice; floor: bare recvfrom/sendto of the same packets on the tick";

static void bench_calls(Kind kind, int calls, const std::string& folder) {
  Load plain{kind, calls}, recorded{kind, calls, true}, srtp{kind, calls, false, true};
  double floor = 1e9, cost = 1e9, with_recording = 1e9, with_srtp = 1e9;
  for (int i = 0; i < 2; ++i) {  // by turns, so that a noisy neighbour meets all of them
    floor = std::min(floor, bare_relay(calls, plain.spans(), plain.phones(), false));
    cost = std::min(cost, engine(plain, folder));
    if (kind == Kind::music) continue;
    with_recording = std::min(with_recording, engine(recorded, folder));
    if (calls == 240) with_srtp = std::min(with_srtp, engine(srtp, folder));
  }
  std::string number = std::to_string(calls);
  if (kind == Kind::music) {
    row("waiting_music_second_" + number, cost, "ms", floor, number + " SIP callers hear music" + kHow);
    return;
  }
  std::string name = kind == Kind::sip_sip ? "sip_sip_call_second_" : "pri_sip_call_second_";
  std::string how =
      number + (kind == Kind::sip_sip ? " bridges SIP to SIP" : " bridges E1 to SIP, spans of 5 ms") + kHow;
  row(name + number, cost, "ms", floor, how);
  row(name + number + "_recorded", with_recording, "ms", floor, how);
  if (with_srtp < 1e9) row(name + number + "_srtp", with_srtp, "ms", floor, how);
}

static size_t heap() { return mallinfo2().uordblks; }

static double resident() {
  long pages = 0;
  FILE* file = std::fopen("/proc/self/statm", "r");
  require(file && std::fscanf(file, "%*d %ld", &pages) == 1);
  std::fclose(file);
  return static_cast<double>(pages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

static double bytes_of_one(int count, const std::function<void(int)>& make) {
  size_t before = heap();
  for (int i = 0; i < count; ++i) make(i);
  return static_cast<double>(heap() - before) / count;
}

static void bench_memory(const std::string& folder) {
  constexpr int kPorts = 240;
  Loop loop;
  media::EngineImpl plane(
      loop, engine_config(), [](const media::Report&) {}, 1 << 14);
  Traffic traffic(kPorts / kCallsOfASpan, 0);
  std::vector<media::SpanId> spans;
  for (size_t i = 0; i < traffic.spans.size(); ++i) spans.push_back(add_span(plane, traffic, i));
  plane.step(0);
  const std::string how = "heap after making 240; floor: 200 ms of audio one way and a packet the other";
  constexpr double kFloor = media::JitterBuffer::kDelayMax + kRtpBytes;
  std::vector<media::PortId> channels, phones;
  double channel = bytes_of_one(kPorts, [&](int i) {
    int slot = i % kCallsOfASpan + 1;
    channels.push_back(plane.open_channel(spans[static_cast<size_t>(i / kCallsOfASpan)], slot < 16 ? slot : slot + 1));
    plane.step(0);
  });
  sockaddr_in local{};
  double rtp = bytes_of_one(kPorts, [&](int) {
    phones.push_back(plane.open_rtp(local).value());
    plane.step(0);
  });
  ::malloc_trim(0);
  double before = resident();
  double recording = bytes_of_one(kPorts, [&](int i) {
    auto at = static_cast<size_t>(i);
    plane.record({channels[at], phones[at], folder + "/" + std::to_string(i) + ".wav", "{}"});
    plane.step(0);
  });
  for (int tick = 1; tick <= kTicksASecond; ++tick) {
    plane.core().tick();
    if (tick % kTicksAWrite == 0) plane.writer().write_all(monotonic_now());
  }
  double touched = (resident() - before) / kPorts;
  row("bytes_per_channel_port", channel, "octets", kFloor, how);
  row("bytes_per_rtp_port", rtp, "octets", kFloor, how);
  row("bytes_per_recording", recording, "octets", 2 * 800.0, "heap; floor: the 100 ms between two writes");
  row("bytes_per_recording_touched", touched, "octets", 2 * 800.0,
      "growth of resident memory after a second; floor: the 100 ms between two writes");
}

int main(int argc, char** argv) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  char name[] = "/tmp/hotline-bench-XXXXXX";
  std::string folder = ::mkdtemp(name);
  // Arguments: other numbers of calls, and of sip_sip, pri_sip and music those that are to run.
  std::vector<int> sizes;
  std::vector<Kind> kinds;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "sip_sip")
      kinds.push_back(Kind::sip_sip);
    else if (word == "pri_sip")
      kinds.push_back(Kind::pri_sip);
    else if (word == "music")
      kinds.push_back(Kind::music);
    else
      sizes.push_back(std::atoi(argv[i]));
  }
  if (sizes.empty()) sizes = {60, 240, 1000, 2000};
  if (kinds.empty()) kinds = {Kind::sip_sip, Kind::pri_sip, Kind::music};
  for (int calls : sizes) {
    for (Kind kind : kinds) bench_calls(kind, calls, folder);
  }
  bench_memory(folder);
  std::filesystem::remove_all(folder);
}
