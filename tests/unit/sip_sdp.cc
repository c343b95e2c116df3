// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "sip/sdp.h"

using namespace hotline;
using namespace hotline::sip;

static std::string sdp(const std::string& media, const std::string& address = "192.0.2.7") {
  return "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 " + address + "\r\nt=0 0\r\n" + media;
}

TEST_CASE("an offer says PCMA first, telephone-event as 101, 20 ms") {
  CHECK(make_offer({"192.0.2.1", 30000, 7, 1}) ==
        "v=0\r\no=hotline 7 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        "m=audio 30000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n");
}

TEST_CASE("PCMA is taken wherever it stands, PCMU when it is alone, by number or by name") {
  CHECK(read_sdp(sdp("m=audio 4000 RTP/AVP 18 0 8\r\n"))->media.alaw_payload == 8);
  CHECK(read_sdp(sdp("m=audio 4000 RTP/AVP 18 0\r\n"))->media.alaw_payload == 0);
  CHECK(read_sdp(sdp("m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 pcma/8000/1\r\n"))->media.alaw_payload == 8);
  auto read = read_sdp(sdp("m=audio 4000 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\n"));
  CHECK(read->media.event_payload == 96);
  CHECK(read->media.address == "192.0.2.7");
  CHECK(read->media.port == 4000);
  CHECK(read_sdp(sdp("m=audio 4000 RTP/AVP 8\r\n"))->media.event_payload == -1);
  CHECK(read_sdp(sdp("m=audio 4000 RTP/AVP 8 97\r\na=rtpmap:97 telephone-event/16000\r\n"))->media.event_payload == -1);
}

TEST_CASE("what cannot be ours is unavailable") {
  const char* cases[] = {"m=audio 4000 RTP/AVP 18\r\n", "m=audio 0 RTP/AVP 8\r\n", "m=audio 4000 RTP/SAVP 8\r\n",
                         "m=video 4000 RTP/AVP 8\r\n", "m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 opus/48000/2\r\n"};
  for (auto text : cases) {
    auto read = read_sdp(sdp(text));
    REQUIRE(!read);
    CHECK(read.error().code == Errc::unavailable);
  }
  CHECK(!read_sdp(sdp("m=audio 4000 RTP/AVP 8\r\n", "224.2.1.1/127")));
  CHECK(!read_sdp(sdp("m=audio 4000 RTP/AVP 8\r\n", "phone.example.com")));
  CHECK(!read_sdp(sdp("m=audio 4000 RTP/AVP 8\r\n", "255.255.255.255")));
}

TEST_CASE("what is no description is bad data, and so is too much of it") {
  CHECK(read_sdp("").error().code == Errc::bad_data);
  CHECK(read_sdp("hello").error().code == Errc::bad_data);
  CHECK(read_sdp(sdp("") + std::string(9000, ' ')).error().code == Errc::bad_data);
  std::string many;
  for (int i = 0; i < 17; ++i) many += "m=audio 4000 RTP/AVP 8\r\n";
  CHECK(read_sdp(sdp(many)).error().code == Errc::bad_data);
}

TEST_CASE("a line within a media section that is no line is refused at once") {
  // The parser we had before looped for ever on this.
  auto read = read_sdp(sdp("m=audio 4000 RTP/AV\xfe\xff\x8c 0 101\r\na,rtme:2a0\r\ns=endr1 I\r\n"));
  REQUIRE(!read);
  CHECK(read.error().code == Errc::bad_data);
}

TEST_CASE("holding, in all its spellings, and what we answer") {
  struct Row {
    const char *mode, *address, *answered;
    bool send;
  };
  const Row rows[] = {{"sendrecv", "192.0.2.7", "a=sendrecv", true},
                      {"sendonly", "192.0.2.7", "a=recvonly", false},
                      {"recvonly", "192.0.2.7", "a=sendonly", true},
                      {"inactive", "192.0.2.7", "a=inactive", false},
                      {"sendrecv", "0.0.0.0", "a=recvonly", false}};
  for (auto& row : rows) {
    auto read = read_sdp(sdp(std::string("m=audio 4000 RTP/AVP 8\r\na=") + row.mode + "\r\n", row.address));
    REQUIRE(read);
    CHECK_MESSAGE(read->media.send == row.send, row.mode);
    CHECK_MESSAGE(
        make_answer({"192.0.2.1", 30000, 1, 2}, *read).find(std::string(row.answered) + "\r\n") != std::string::npos,
        row.mode);
  }
}

TEST_CASE("an answer has a line for every line, and takes one") {
  auto read =
      read_sdp(sdp("m=video 5000 RTP/AVP 96 97\r\nm=audio 4000 RTP/AVP 8 100\r\na=rtpmap:100 telephone-event/8000\r\n"
                   "m=audio 4002 RTP/AVP 8\r\nm=image 6000 udptl t38\r\n"));
  REQUIRE(read);
  CHECK(
      make_answer({"192.0.2.1", 30000, 1, 2}, *read) ==
      "v=0\r\no=hotline 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
      "m=video 0 RTP/AVP 96 97\r\n"
      "m=audio 30000 RTP/AVP 8 100\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:100 telephone-event/8000\r\na=fmtp:100 0-15\r\n"
      "a=ptime:20\r\na=sendrecv\r\n"
      "m=audio 0 RTP/AVP 8\r\n"
      "m=image 0 udptl t38\r\n");
}

namespace {

constexpr char kInline[] = "inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd";

}  // namespace

TEST_CASE("a key line is read where it is one that we can keep to") {
  auto crypto = read_crypto(std::string("3 AES_CM_128_HMAC_SHA1_80 ") + kInline);
  REQUIRE(crypto);
  CHECK(crypto->tag == 3);
  CHECK(crypto->suite == SrtpSuite::aes_cm_128_hmac_sha1_80);
  for (size_t i = 0; i < kSrtpKeyBytes; ++i) CHECK(crypto->key[i] == i);
  CHECK(crypto_line(*crypto) == std::string("a=crypto:3 AES_CM_128_HMAC_SHA1_80 ") + kInline + "\r\n");
  CHECK(read_crypto(std::string("1 AES_CM_128_HMAC_SHA1_32 ") + kInline + "|2^31")->suite ==
        SrtpSuite::aes_cm_128_hmac_sha1_32);
  CHECK(read_crypto(std::string("1 AES_CM_128_HMAC_SHA1_80 ") + kInline + " WSH=64"));
}

TEST_CASE("key lines that we cannot keep to are passed over") {
  std::string good = std::string("1 AES_CM_128_HMAC_SHA1_80 ") + kInline;
  for (std::string line : {std::string(""), std::string("1"), std::string("x AES_CM_128_HMAC_SHA1_80 ") + kInline,
                           std::string("1 F8_128_HMAC_SHA1_80 ") + kInline, good + "|2^31|1:4", good + ";" + kInline,
                           good + " UNENCRYPTED_SRTP", good + " KDR=1", good + "AAAA",
                           std::string("1 AES_CM_128_HMAC_SHA1_80 inline:AAEC")})
    CHECK_MESSAGE(!read_crypto(line), line);
}

TEST_CASE("of two streams the hidden one is taken where it may be, the plain one where it must") {
  std::string both = sdp(std::string("m=audio 4000 RTP/AVP 8\r\nm=audio 4002 RTP/SAVP 8\r\n") +
                         "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + kInline + "\r\n");
  CHECK(read_sdp(both, Srtp::off)->media.port == 4000);
  CHECK(read_sdp(both, Srtp::optional)->media.port == 4002);
  CHECK(read_sdp(both, Srtp::required)->media.port == 4002);
  CHECK(!read_sdp(sdp("m=audio 4000 RTP/AVP 8\r\n"), Srtp::required));
  CHECK(!read_sdp(sdp("m=audio 4000 RTP/SAVP 8\r\n"), Srtp::optional));  // without a key
}

TEST_CASE("where RTCP goes") {
  auto read = read_sdp(sdp("m=audio 4000 RTP/AVP 8\r\na=rtcp:4444 IN IP4 192.0.2.9\r\na=rtcp-mux\r\n"));
  CHECK(read->media.rtcp_port == 4444);
  CHECK(read->media.rtcp_address == "192.0.2.9");
  CHECK(read->media.rtcp_mux);
  CHECK(make_answer({"192.0.2.1", 30000, 1, 2}, *read).find("a=rtcp-mux\r\n") != std::string::npos);
}

TEST_CASE("a fax is read and written with all its attributes") {
  auto read = read_sdp(
      sdp("m=image 6000 udptl t38\r\na=T38FaxVersion:2\r\na=T38MaxBitRate:9600\r\na=T38FaxRateManagement:localTCF\r\n"
          "a=T38FaxMaxBuffer:1000\r\na=T38FaxMaxDatagram:400\r\na=T38FaxFillBitRemoval\r\n"
          "a=T38FaxTranscodingMMR:0\r\na=T38FaxUdpEC:t38UDPFEC\r\n"));
  REQUIRE(read);
  CHECK(!read->has_audio());
  REQUIRE(read->fax);
  CHECK(read->fax->port == 6000);
  CHECK(read->fax->address == "192.0.2.7");
  CHECK(read->fax->max_datagram == 400);
  CHECK(read->fax->error_correction == T38::Correction::fec);
  CHECK(fax_lines(*read->fax) ==
        "a=T38FaxVersion:2\r\na=T38MaxBitRate:9600\r\na=T38FaxRateManagement:localTCF\r\na=T38FaxMaxBuffer:1000\r\n"
        "a=T38FaxMaxDatagram:400\r\na=T38FaxFillBitRemoval\r\na=T38FaxUdpEC:t38UDPFEC\r\n");
  // What is out of bounds stays as it was.
  CHECK(
      read_sdp(sdp("m=image 6000 udptl t38\r\na=T38MaxBitRate:99999999\r\na=T38FaxVersion:x\r\n"))->fax->max_bit_rate ==
      14400);
  // With audio beside it the audio is the call.
  CHECK(read_sdp(sdp("m=image 6000 udptl t38\r\nm=audio 4000 RTP/AVP 8\r\n"))->chosen == 1);
}
