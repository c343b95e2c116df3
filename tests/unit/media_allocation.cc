// SPDX-License-Identifier: GPL-2.0-or-later
// The promise that a tick allocates nothing, kept by counting.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <cstdlib>
#include <new>

#include "media_fake.h"

static thread_local bool counting = false;
static thread_local int allocations = 0;

// All of malloc where that can be: under a sanitizer it is the sanitizer's, and operator new must do.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (counting) ++allocations;
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#else
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* malloc(std::size_t size) {
  if (counting) ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  if (counting) ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
  if (counting) ++allocations;
  return __libc_realloc(memory, size);
}
}
#endif

using namespace hotline;
using namespace hotline::media;
using namespace hotline::media::test;

TEST_CASE("a tick allocates nothing, whatever happens in it") {
  EngineConfig config;
  config.music = sound(sine(300, 8000));
  Bench bench(config);
  TempDir dir;
  for (auto& slot : bench.span->heard) slot.reserve(200000);
  PortId a = bench.engine.open_channel(bench.span_id, 1), b = bench.engine.open_channel(bench.span_id, 2);
  FakePhone phone;
  sockaddr_in local{};
  PortId c = bench.engine.open_rtp(local).value();
  RtpRemote remote;
  remote.address = phone.address;
  remote.event_payload = 101;
  bench.engine.set_remote(c, remote);
  // And one whose audio is SRTP; it speaks to itself, so to say, as both ways have one key.
  FakePhone secret;
  sockaddr_in secret_local{};
  PortId hidden = bench.engine.open_rtp(secret_local).value();
  RtpRemote locked;
  locked.address = secret.address;
  locked.srtp = SrtpKeys{};
  Srtp keys(*locked.srtp);
  secret.lock = [&](const Octets& packet) {
    Octets out(packet.size() + Srtp::kTrailMax);
    out.resize(keys.protect(packet.data(), kRtpHeadBytes, packet.size(), out.data()));
    return out;
  };
  bench.engine.set_remote(hidden, locked);
  auto ticks = [&](int count) {
    bench.engine.step(0);
    counting = true;
    for (; count > 0; --count) bench.engine.core().tick();
    counting = false;
  };
  for (size_t slot : {1u, 2u}) {
    auto& say = bench.span->say[slot];
    say = sine(700, 2000);
    say.insert(say.end(), key_tone('5'), key_tone('5') + kKeySamples);
  }
  bench.engine.set_base(a, Base::music);
  bench.engine.set_base(b, Base::ringback);
  bench.engine.play(a, {{sound(sine(1000, 200)), -1, 0}, {nullptr, static_cast<int>(Tone::busy), 8000}}, false, true);
  bench.engine.send_d(bench.span_id, {1, 2, 3});
  ticks(100);
  bench.engine.bridge(a, c, {{nullptr, static_cast<int>(Tone::beep), 100}});
  bench.engine.record({a, c, dir.path + "/one.wav", "{}"});
  bench.engine.send_digits(b, "123");
  bench.engine.send_digits(c, "456");
  for (int i = 0; i < 50; ++i) {
    phone.say(local, sine(500, 160));
    secret.say(secret_local, sine(600, 160));
    if (i % 10 != 0) ticks(4);
  }
  ticks(2000);  // reports go out
  bench.engine.bridge(b, c, {});
  bench.engine.close(a);
  ticks(100);
  // A mix with everything that hangs on one: spies, a hold, gains, recordings, a stream, a socket.
  PortId d = bench.engine.open_channel(bench.span_id, 3), e = bench.engine.open_channel(bench.span_id, 4);
  PortId f = bench.engine.open_channel(bench.span_id, 5);
  int ends[2], others[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) == 0);
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, others) == 0);
  Fd far(ends[1]), reader(others[1]);
  PortId fax = bench.engine.open_socket(Fd(ends[0]));
  bench.engine.bridge({b, c, d, fax}, {{nullptr, static_cast<int>(Tone::waiting), 400}});
  bench.engine.record({b, c, dir.path + "/two.wav", "{}"});
  RecordSpec mailbox{d, 0, dir.path + "/three.wav", "{}"};
  mailbox.keys = "9";
  mailbox.silence_samples = 400;
  mailbox.beep = true;
  bench.engine.record(mailbox);
  bench.engine.set_gain(b, 6, -6);
  bench.engine.listen(c, Fd(others[0]));
  bench.engine.spy(e, c, SpyMode::barge, true);
  ticks(100);
  bench.engine.spy(e, c, SpyMode::whisper, false);
  bench.engine.join(b, f);
  bench.engine.hold(d, true);
  bench.engine.beep(b, Tone::beep);
  ticks(100);
  bench.engine.leave(f);
  bench.engine.close(b);
  reader.reset();
  ticks(100);
  bench.engine.unbridge(c, d);
  ticks(10);
  CHECK(allocations == 0);
  CHECK(bench.engine.quality(hidden)->received == 50);
  CHECK(!secret.reports(1).empty());
  CHECK(bench.all<PlayDone>().size() == 1);
  CHECK(bench.all<RecordDone>().size() == 3);
  CHECK(bench.all<TapDone>().size() == 1);
  CHECK(bench.all<Digit>().size() >= 1);
}
