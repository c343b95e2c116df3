// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <algorithm>

#include "media/rtcp.h"
#include "media_rtp_bench.h"

using namespace hotline::media;
using namespace hotline::media::test;

static Octets written(const RtcpPacket& packet, std::string_view cname = "0123456789abcdef") {
  Octets octets(kRtcpBytesMax);
  octets.resize(write_rtcp(octets.data(), packet, cname));
  return octets;
}

static RtcpPacket full_report() {
  RtcpPacket packet;
  packet.ssrc = 0x11223344;
  packet.sender = SenderInfo{0x0102030405060708, 9, 10, 11};
  packet.block = ReportBlock{0x55667788, 25, -3, 70000, 40, 5, 6};
  return packet;
}

TEST_CASE("a sender report is written as RFC 3550 draws it, and read again") {
  auto octets = written(full_report());
  REQUIRE(octets.size() == 52 + 28);
  CHECK(Octets(octets.begin(), octets.begin() + 8) == Octets{0x81, 200, 0, 12, 0x11, 0x22, 0x33, 0x44});
  CHECK(Octets(octets.begin() + 28, octets.begin() + 36) == Octets{0x55, 0x66, 0x77, 0x88, 25, 0xFF, 0xFF, 0xFD});
  CHECK(Octets(octets.begin() + 52, octets.begin() + 62) == Octets{0x81, 202, 0, 6, 0x11, 0x22, 0x33, 0x44, 1, 16});
  RtcpPacket again;
  REQUIRE(parse_rtcp(octets, 0x55667788, again));
  CHECK(again.ssrc == 0x11223344);
  CHECK(again.sender->ntp == 0x0102030405060708);
  CHECK(again.sender->octets == 11);
  REQUIRE(again.block);
  CHECK(again.block->lost == -3);
  CHECK(again.block->highest == 70000);
  CHECK(again.block->since_then == 6);
  CHECK_FALSE(again.bye);
  REQUIRE(parse_rtcp(octets, 1, again));
  CHECK_FALSE(again.block);  // it is about somebody else
  auto ending = full_report();
  ending.sender.reset();
  ending.bye = true;
  REQUIRE(parse_rtcp(written(ending, "x"), 0x55667788, again));
  CHECK(again.bye);
  CHECK_FALSE(again.sender);
}

TEST_CASE("a compound packet that lies about its lengths, or begins with no report, is refused") {
  RtcpPacket packet;
  auto good = written(full_report());
  for (size_t size = 0; size < good.size(); ++size) {
    if (size == 52) continue;  // the report alone
    CHECK_FALSE(parse_rtcp({good.data(), size}, 0, packet));
  }
  auto with = [&](size_t at, uint8_t octet) {
    auto bad = good;
    bad[at] = octet;
    return parse_rtcp(bad, 0, packet);
  };
  CHECK_FALSE(with(0, 0x41));   // version 1
  CHECK_FALSE(with(0, 0x82));   // two blocks in the room of one
  CHECK_FALSE(with(0, 0xA1));   // padding, though more follows
  CHECK_FALSE(with(1, 202));    // a description first
  CHECK_FALSE(with(3, 13));     // longer than it is
  CHECK_FALSE(with(52, 0x01));  // the second has no version
}

TEST_CASE("what is lost is counted over wraps, reordering and copies; a new source counts anew") {
  ReceptionBook book;
  for (uint32_t number = 65000; number < 66000; ++number) {
    if (number % 10 != 3) book.put(1, static_cast<uint16_t>(number));
  }
  CHECK(book.expected_in_all() == 1000);
  CHECK(book.lost() == 100);
  auto block = book.report();
  CHECK(block.highest == 65999);
  CHECK(block.lost == 100);
  CHECK(block.fraction_lost == 25);  // of 256
  CHECK(book.report().fraction_lost == 0);
  book.put(1, static_cast<uint16_t>(65993));  // late, and no more lost
  CHECK(book.lost() == 99);
  for (uint16_t number = 100; number < 200; ++number) book.put(2, number);
  CHECK(book.ssrc() == 2);
  CHECK(book.lost() == 99);
  CHECK(book.expected_in_all() == 1100);
  CHECK(book.report().lost == 0);  // of this source
  book.put(2, 30000);              // it began anew
  CHECK(book.lost() == 99);
}

TEST_CASE("jitter is what RFC 3550 makes of arrivals") {
  JitterMeter even, uneven;
  for (int i = 0; i < 1000; ++i) {
    even.put(i * 20000000LL, static_cast<uint32_t>(i * 160));
    uneven.put(i * 20000000LL + (i % 2) * 5000000, static_cast<uint32_t>(i * 160));
  }
  CHECK(even.samples() == 0);
  CHECK(uneven.samples() >= 38);
  CHECK(uneven.samples() <= 40);
  even.put(5000000000000LL, 0);  // the clock was set
  CHECK(even.samples() == 0);
}

TEST_CASE("the opinion falls with loss and delay as the E-model says") {
  CHECK(mean_opinion(0, 0) == doctest::Approx(4.41).epsilon(0.005));
  CHECK(mean_opinion(100, 0) == doctest::Approx(4.36).epsilon(0.01));
  CHECK(mean_opinion(400, 0) == doctest::Approx(3.09).epsilon(0.02));
  CHECK(mean_opinion(50, 2) == doctest::Approx(4.22).epsilon(0.02));
  CHECK(mean_opinion(50, 10) < 3.4);
  CHECK(mean_opinion(50, 100) < 1.5);
}

static RtcpPacket parsed(const Octets& octets, uint32_t ours) {
  RtcpPacket packet;
  REQUIRE(parse_rtcp(octets, ours, packet));
  return packet;
}

// A report of the telephone's, about what we send.
static Octets phone_report(RtpBench& bench, uint32_t ssrc, const RtcpPacket& heard) {
  RtcpPacket report;
  report.ssrc = bench.phone.next.ssrc;
  report.sender = SenderInfo{ntp_time(1700000000000000000), bench.phone.next.timestamp, 1, 1};
  report.block = ReportBlock{ssrc, 0, 7, 1, 80, heard.sender ? ntp_middle(heard.sender->ntp) : 0, 0};
  return written(report);
}

// RFC 3550 §6.2 and appendix A.7, for a call of two at 64 kbit/s: a compound packet of ours is 80 octets, 108 with its
// IP and UDP. Five hundredths of the session are 400 octets/s, so members * size / bandwidth = 2 * 108 / 400 = 0.54 s,
// less than the minimum: T_d = 5 s, 250 turns of 20 ms. What is waited is T_d * [0.5, 1.5): 125 to 374 whole turns. It
// is not divided by e - 3/2: that makes up for timers that are reconsidered when members come, and here none come.
// So of 1,000 turns the last 374 may be in no report yet, and 626 packets are: those before it, every one.
constexpr int kLeastTurns = 250 / 2, kMostTurns = 250 * 3 / 2 - 1;

TEST_CASE("reports are 2.5 to 7.5 s apart, and each counts every packet that the far end got before it") {
  int shortest = 1000, longest = 0;
  for (int call = 0; call < 10; ++call) {
    RtpBench bench;
    bench.connect();
    const auto& books = bench.engine.find(bench.rtp)->rtp->books();
    for (int i = 0, since = 0; i < 1000; ++i) {
      size_t heard = bench.packets.size();
      uint32_t told = books.reports_sent;
      bench.turn(Octets(160, kAlawSilence));
      ++since;
      if (books.reports_sent == told) continue;
      auto report = bench.phone.reports(1);
      REQUIRE(report.size() == 1);
      CHECK(parsed(report[0], 0).sender->packets == heard);
      shortest = std::min(shortest, since);
      longest = std::max(longest, since);
      since = 0;
    }
  }
  CHECK(shortest >= kLeastTurns);
  CHECK(longest <= kMostTurns);
  CHECK(longest - shortest >= 125);  // and they differ, so that many streams do not come in step
}

TEST_CASE("reports go every 5 s to the port above, and say what was heard and lost") {
  RtpBench bench;
  bench.connect();
  for (size_t i = 0; i < 1000; ++i) {
    if (i % 50 == 10) {
      ++bench.phone.next.sequence;  // one packet in fifty is lost
      bench.phone.next.timestamp += 160;
      bench.turn();
    } else {
      bench.turn(sine(500, 160, i * 160));
    }
  }
  auto reports = bench.phone.reports(2);
  CHECK(reports.size() >= 2);
  CHECK(reports.size() <= 8);
  auto last = parsed(reports.back(), bench.phone.next.ssrc);
  REQUIRE(last.sender);
  CHECK(last.sender->packets >= 1000 - kMostTurns);
  CHECK(last.sender->octets == last.sender->packets * 160);
  REQUIRE(last.block);
  CHECK(last.block->lost >= 10);
  CHECK(last.block->fraction_lost >= 1);
  auto quality = bench.engine.quality(bench.rtp).value();
  CHECK(quality.received == 980);
  CHECK(quality.lost >= 19);
  CHECK(quality.lost <= 20);
  CHECK(quality.mos > 3.8);
  CHECK(quality.mos < 4.4);
  CHECK_FALSE(quality.round_trip_ms);
  CHECK_FALSE(quality.far_lost);
  CHECK_FALSE(bench.engine.quality(bench.channel));
  bench.engine.close(bench.rtp);
  bench.engine.step(1);
  auto ending = bench.phone.reports(1);
  REQUIRE(ending.size() == 1);
  CHECK(parsed(ending[0], 0).bye);
  CHECK_FALSE(bench.engine.quality(bench.rtp));
}

TEST_CASE(
    "the far end's report tells its losses and the round trip; one from another host or in pieces tells nothing") {
  RtpBench bench;
  bench.connect();
  for (int i = 0; i < 500; ++i) bench.turn(Octets(160, kAlawSilence));
  auto first = parsed(bench.phone.reports(1).at(0), bench.phone.next.ssrc);
  auto report = phone_report(bench, first.ssrc, first);
  bench.phone.report(bench.local, Octets(report.begin(), report.begin() + 30));
  const auto& books = bench.engine.find(bench.rtp)->rtp->books();
  auto turns_until = [&](auto so) {
    for (int i = 0; i < 2000 && !so(); ++i) bench.turn(Octets(160, kAlawSilence));
    return so();
  };
  CHECK(turns_until([&] { return books.malformed == 1; }));
  CHECK_FALSE(bench.engine.quality(bench.rtp)->far_lost);
  bench.phone.report(bench.local, report);
  CHECK(turns_until([&] { return books.far_heard == 1; }));
  auto quality = bench.engine.quality(bench.rtp).value();
  CHECK(quality.far_lost == 7u);
  CHECK(quality.far_jitter_ms == 10.0);
  REQUIRE(quality.round_trip_ms);
  CHECK(*quality.round_trip_ms < 60000);
  // What we say next names its report and how long ago it came.
  bench.phone.reports();
  for (int i = 0; i < 400; ++i) bench.turn(Octets(160, kAlawSilence));
  auto next = parsed(bench.phone.reports(1).back(), bench.phone.next.ssrc);
  REQUIRE(next.block);
  CHECK(next.block->last_report == ntp_middle(ntp_time(1700000000000000000)));
}

TEST_CASE("where the far end shares one port between RTP and RTCP, so do we") {
  RtpBench bench;
  bench.remote.rtcp_mux = true;
  bench.connect();
  for (int i = 0; i < 500; ++i) bench.turn(Octets(160, kAlawSilence));
  CHECK(bench.phone.reports().empty());
  REQUIRE(!bench.phone.shared_reports.empty());
  auto first = parsed(bench.phone.shared_reports[0], bench.phone.next.ssrc);
  REQUIRE(first.block);
  bench.arrive([&] { bench.phone.send_raw(bench.local, phone_report(bench, first.ssrc, first)); });
  bench.turn(Octets(160, kAlawSilence));
  for (int i = 0; i < 10; ++i) bench.turn(Octets(160, kAlawSilence));
  CHECK(bench.engine.quality(bench.rtp)->far_lost == 7u);
  CHECK(bench.engine.quality(bench.rtp)->received == 511);
}

TEST_CASE("a port that hears and says nothing reports nothing") {
  RtpBench bench;
  bench.remote.send = false;
  bench.connect();
  for (int i = 0; i < 800; ++i) bench.ms(20);
  CHECK(bench.phone.reports().empty());
  CHECK(bench.engine.quality(bench.rtp)->mos == 0);
}
