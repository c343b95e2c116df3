// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base sip
// What a stranger, or a phone that has lost its mind, sends to the SIP port of the real stack: datagrams, one after the
// other, parted by a line of "~~~~". Some words stand for what a fuzzer cannot guess: @AUTH@ for credentials that are
// right, @TAG@ for the tag of the stack's last answer, @N@ for a number that no other datagram has. After each datagram
// a well-behaved OPTIONS must be answered: that shows that it has been dealt with, and that the stack lives.
//
// The guard soon meets an address that asks a lot with silence. So every input comes from an address of its own, and
// after kInputsAStack of them there is a new stack: no address, no name and not all together use up what the guard
// allows them, and what an input does depends on few others.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "base/log.h"
#include "base/require.h"
#include "sip/digest.h"
#include "sip/port_relay.h"
#include "sip/sip.h"

using namespace hotline;
using namespace hotline::sip;

namespace {

constexpr char kParting[] = "\n~~~~\n";
constexpr int kDatagramsMax = 16, kInputsAStack = 64;

/// Takes what comes: calls are rung, answered, let ring or refused, by turns.
class Desk : public Events {
 public:
  void on_incoming(DialogId dialog, const Caller&, const std::string&, const MediaAddress&) override {
    if (dialog % 4 != 3) stack->ring(dialog);
    if (dialog % 4 < 2) stack->answer(dialog, "127.0.0.1", 30000);
    if (dialog % 4 == 3) stack->hangup(dialog, 17);
    if (dialog > 8) stack->hangup(dialog - 8, 16);  // bounded, and unknown ones are no error
  }
  void on_ringing(DialogId) override {}
  void on_answered(DialogId, const MediaAddress&) override {}
  void on_media(DialogId, const MediaAddress&) override {}
  void on_silent(const std::string&) override {}
  void on_reachable(const std::string&, int) override {}
  void on_trunk(const std::string&, bool, const std::string&) override {}
  void on_released(DialogId, int cause, bool) override { require(cause >= 1 && cause <= 127); }
  void on_registered(const std::string& phone, const std::string&, int expires_s) override {
    require(phone == "1001" && expires_s > 0);
    (void)stack->invite({"1001", "13800138000", "Caller", "127.0.0.1", 30002, true});
  }
  void on_unregistered(const std::string&, const std::string&) override {}
  void on_info_digit(DialogId, char digit, int) override { require(std::strchr("0123456789*#ABCD", digit)); }
  Stack* stack = nullptr;
};

struct Udp {
  explicit Udp(uint32_t address) : fd(::socket(AF_INET, SOCK_DGRAM, 0)), address(address) {
    sockaddr_in at{};
    socklen_t length = sizeof at;
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(address);
    require(::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    require(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &length) == 0);
    port = ntohs(at.sin_port);
  }
  ~Udp() { ::close(fd); }
  Udp(const Udp&) = delete;
  Udp& operator=(const Udp&) = delete;
  std::string name() const { return "127.0.0." + std::to_string(address & 0xFF) + ":" + std::to_string(port); }
  void send(const std::string& text, int to_port) const {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<uint16_t>(to_port));
    (void)::sendto(fd, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  }
  /// What has come; "" when nothing does within `wait_ms`.
  std::string receive(int wait_ms) const {
    timeval wait{wait_ms / 1000, wait_ms % 1000 * 1000};
    if (wait_ms > 0) (void)::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    char text[65536];
    ssize_t got = ::recv(fd, text, sizeof text, wait_ms > 0 ? 0 : MSG_DONTWAIT);
    return got > 0 ? std::string(text, static_cast<size_t>(got)) : "";
  }
  int fd, port = 0;
  uint32_t address;
};

/// The real stack on a port of its own, in a thread of its own.
class Running {
 public:
  Running() {
    std::promise<void> ready;
    thread_ = std::thread([this, &ready] {
      Loop loop;
      Config config;
      config.domain = "hotline";
      config.dialogs_max = 64;
      Result<std::unique_ptr<Stack>> stack = Error{};
      for (int tries = 0; !stack && tries < 20; ++tries) {  // a port that was free a moment ago may be another's by now
        config.port = static_cast<uint16_t>(Udp(INADDR_LOOPBACK).port);
        stack = Stack::start(loop, config, desk_);
      }
      require(stack);
      port = config.port;
      loop_ = &loop;
      desk_.stack = stack->get();
      (*stack)->set_phones({{"1001", "red", "Li Na"}});
      ready.set_value();
      (*stack)->run();
      stack->reset();
    });
    ready.get_future().wait();
  }
  ~Running() {
    loop_->stop();
    thread_.join();
  }
  int port = 0;

 private:
  Desk desk_;
  Loop* loop_ = nullptr;
  std::thread thread_;
};

class Bench {
 public:
  Bench() { set_log_level(Level::error); }

  void begin_input() {
    int place = inputs_++ % kInputsAStack;
    if (place == 0) {
      stack_.reset();
      stack_ = std::make_unique<Running>();
    }
    stranger_ = std::make_unique<Udp>(INADDR_LOOPBACK + 1 + static_cast<uint32_t>(2 * place));
    good_ = std::make_unique<Udp>(INADDR_LOOPBACK + 2 + static_cast<uint32_t>(2 * place));
    nonce_ = tag_ = "none";
    count_ = 0;
  }

  void datagram(std::string text) {
    (void)via_key(text);
    std::string answer = with_source(text, "192.0.2.1", 5060);
    require(answer.empty() || answer.size() + 64 > text.size());
    fill_in(text);
    stranger_->send(text, stack_->port);
    std::string number = std::to_string(++number_);
    std::string at = good_->name();
    std::string options = "OPTIONS sip:hotline@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP " + at + ";branch=z9hG4bKgood" +
                          number + "\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:hotline@127.0.0.1>\r\nCall-ID: good" +
                          number + "\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
    bool lives = false;
    for (int i = 0; i < 50 && !lives; ++i) {
      good_->send(options, stack_->port);
      for (std::string reply = good_->receive(200); !reply.empty() && !lives; reply = lives ? "" : good_->receive(200))
        lives = reply.find("Call-ID: good" + number + "\r\n") != std::string::npos;
    }
    require(lives);
    for (std::string reply = stranger_->receive(0); !reply.empty(); reply = stranger_->receive(0)) learn(reply);
  }

 private:
  static std::string between(const std::string& text, const std::string& before, const char* after) {
    size_t at = text.find(before);
    if (at == text.npos) return "";
    at += before.size();
    return text.substr(at, text.find_first_of(after, at) - at);
  }
  void learn(const std::string& reply) {
    if (auto nonce = between(reply, "nonce=\"", "\""); !nonce.empty()) nonce_ = nonce, count_ = 0;
    size_t to = reply.find("\r\nTo:");
    if (to != reply.npos)
      if (auto tag = between(reply.substr(to), ";tag=", ";\r\n"); !tag.empty()) tag_ = tag;
  }
  void fill_in(std::string& text) {
    auto put = [&text](const std::string& word, const std::string& value) {
      for (size_t at = text.find(word); at != text.npos; at = text.find(word, at + value.size()))
        text.replace(at, word.size(), value);
    };
    put("@TAG@", tag_);
    put("@N@", std::to_string(number_));
    if (text.find("@AUTH@") == text.npos) return;
    size_t blank = text.find(' '), end = text.find(' ', blank + 1);
    if (blank == text.npos || end == text.npos) return;
    Credentials mine;
    mine.username = "1001";
    mine.realm = "hotline";
    mine.nonce = nonce_;
    mine.uri = text.substr(blank + 1, end - blank - 1);
    mine.cnonce = "c0ffee";
    mine.qop = "auth";
    char count[9];
    std::snprintf(count, sizeof count, "%08x", ++count_);
    mine.count = count;
    put("@AUTH@", "Digest username=\"1001\", realm=\"hotline\", nonce=\"" + nonce_ + "\", uri=\"" + mine.uri +
                      "\", response=\"" + digest_response(mine, "red", text.substr(0, blank)) +
                      "\", qop=auth, cnonce=\"c0ffee\", nc=" + count);
  }

  std::unique_ptr<Running> stack_;
  std::unique_ptr<Udp> stranger_, good_;
  int inputs_ = 0;
  uint64_t number_ = 0;
  unsigned count_ = 0;
  std::string nonce_ = "none", tag_ = "none";
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto& bench = *new Bench;
  std::string text(reinterpret_cast<const char*>(data), size);
  bench.begin_input();
  for (size_t at = 0, datagrams = 0; at < text.size() && datagrams < kDatagramsMax; ++datagrams) {
    size_t end = std::min(text.find(kParting, at), text.size());
    bench.datagram(text.substr(at, end - at));
    at = end + sizeof kParting - 1;
  }
  return 0;
}
