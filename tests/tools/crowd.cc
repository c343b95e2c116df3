// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base sip
// crowd --switch PORT --gateway PORT --phone PORT --media PORT --waiting N --rounds N: callers behind a gateway who
// stay until they are hung up, each followed by a new one, and one telephone, 1001 with the password "one", that
// answers whatever rings it and hangs up after a tenth of a second. The telephone registers when all who are to wait
// have been answered. All of it speaks SIP over UDP on 127.0.0.1; audio that comes is dropped by the kernel at one
// port.
//
// Prints a line for each thing that happened at the telephone, with tabs: "ring" or "free", microseconds UTC, for a
// ring the caller's number. A ring's moment is when the kernel had the INVITE. Exit status: 0 all rounds, 1 a wait in
// vain (which is named), 64 usage.
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <set>
#include <sstream>

#include "../unit/sip_harness.h"
#include "base/fd.h"
#include "base/loop.h"
#include "base/require.h"
#include "base/text.h"
#include "base/time.h"

using namespace hotline;
using namespace hotline::sip::test;

namespace {

constexpr milliseconds kTalk(100), kBetweenCallers(10), kAgain(500);
constexpr seconds kPatience(90);  // of one step: who waits longer waits in vain
constexpr size_t kDatagramMax = 65536;

struct Options {
  int64_t to = 0, gateway = 0, phone = 0, media = 0, waiting = 0, rounds = 0;
};

/// A UDP socket on 127.0.0.1 that says when what it gives had come.
class Port {
 public:
  using Take = std::function<void(const std::string& text, int64_t came_us)>;
  Port(Loop& loop, int64_t number, int64_t to, Take take)
      : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)), take_(std::move(take)) {
    int on = 1, room = 4 << 20;
    require(::setsockopt(fd_.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0);
    (void)::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    auto ours = address(number), theirs = address(to);
    require(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&ours), sizeof ours) == 0);
    require(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&theirs), sizeof theirs) == 0);
    watch_ = loop.watch(fd_.get(), EPOLLIN, [this](uint32_t) { read(); });
  }
  void send(const std::string& text) { (void)!::send(fd_.get(), text.data(), text.size(), 0); }
  static sockaddr_in address(int64_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(static_cast<uint16_t>(port));
    return at;
  }

 private:
  void read() {
    static char datagram[kDatagramMax];
    alignas(cmsghdr) char control[128];
    for (int i = 0; i < 256; ++i) {
      iovec piece{datagram, sizeof datagram};
      msghdr message{};
      message.msg_iov = &piece;
      message.msg_iovlen = 1;
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      ssize_t got = ::recvmsg(fd_.get(), &message, 0);
      if (got < 0) return;
      int64_t came_us = to_us(utc_now());
      for (auto* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec at{};
        std::memcpy(&at, CMSG_DATA(part), sizeof at);
        came_us = int64_t{at.tv_sec} * 1000000 + at.tv_nsec / 1000;
      }
      take_(std::string(datagram, static_cast<size_t>(got)), came_us);
    }
  }
  Fd fd_;
  Take take_;
  Loop::Handle watch_;
};

std::string method_of(const std::string& message) { return message.substr(0, message.find(' ')); }
std::string uri_in(const std::string& address) {
  size_t from = address.find('<') + 1;
  return address.substr(from, address.find('>', from) - from);
}
std::string sdp(int64_t port) {
  return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio " + std::to_string(port) +
         " RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\n";
}
std::string with_body(const std::string& head, const std::string& body) {
  return head + (body.empty() ? "" : "Content-Type: application/sdp\r\n") +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
/// An answer to a request; `contact` for those that make a dialog.
std::string answer(const std::string& request, const std::string& status, const std::string& tag,
                   const std::string& contact = "", const std::string& body = "") {
  std::string to = header(request, "To");
  if (to.find(";tag=") == to.npos) to += ";tag=" + tag;
  std::string head = "SIP/2.0 " + status + "\r\nVia: " + header(request, "Via") +
                     "\r\nFrom: " + header(request, "From") + "\r\nTo: " + to +
                     "\r\nCall-ID: " + header(request, "Call-ID") + "\r\nCSeq: " + header(request, "CSeq") + "\r\n";
  if (!contact.empty()) head += "Contact: <" + contact + ">\r\n";
  return with_body(head, body);
}

/// Those who call: `waiting` at first, then one for each who was hung up.
class Callers {
 public:
  Callers(Loop& loop, const Options& options)
      : options_(options), port_(loop, options.gateway, options.to, [this](const auto& text, int64_t) { take(text); }) {
    placing_ = loop.every(kBetweenCallers, [this] {
      if (wanted_ > 0) --wanted_, place(++placed_);
    });
    repeating_ = loop.every(kAgain, [this] {
      for (int number : unanswered_) port_.send(invite(number));
    });
    wanted_ = options.waiting;
  }
  bool all_wait() const { return answered_ >= options_.waiting; }
  int64_t answered() const { return answered_; }
  int64_t refused() const { return refused_; }

 private:
  void place(int number) {
    unanswered_.insert(number);
    port_.send(invite(number));
  }
  std::string head(const std::string& method, const std::string& uri, int number, const std::string& to) const {
    std::string own = std::to_string(options_.gateway), n = std::to_string(number);
    return method + " " + uri + " SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:" + own + ";branch=z9hG4bK" + method + n +
           "\r\nMax-Forwards: 70\r\nFrom: <sip:0" + n + "@127.0.0.1>;tag=f" + n + "\r\nTo: " + to +
           "\r\nCall-ID: crowd-" + n + "\r\nCSeq: 1 " + method + "\r\nContact: <sip:gateway@127.0.0.1:" + own + ">\r\n";
  }
  std::string invite(int number) const {
    std::string uri = "sip:96116@127.0.0.1:" + std::to_string(options_.to);
    return with_body(head("INVITE", uri, number, "<" + uri + ">"), sdp(options_.media));
  }
  void take(const std::string& text) {
    std::string id = header(text, "Call-ID");
    int number = id.starts_with("crowd-") ? std::atoi(id.c_str() + 6) : 0;
    if (text.starts_with("SIP/2.0 ")) {
      if (number == 0 || status_of(text) < 200 || header(text, "CSeq") != "1 INVITE") return;
      bool up = status_of(text)<300, first = unanswered_.erase(number)> 0;
      std::string uri = up ? uri_in(header(text, "Contact")) : "sip:96116@127.0.0.1:" + std::to_string(options_.to);
      port_.send(with_body(head("ACK", uri, number, header(text, "To")), ""));
      if (first && up) ++answered_;
      if (first && !up) ++refused_, ++wanted_;  // a switch that has too much to do says so; another tries instead
    } else if (method_of(text) != "ACK") {
      port_.send(answer(text, "200 OK", "gateway"));
      if (method_of(text) == "BYE" && number > 0 && gone_.insert(number).second) ++wanted_;
    }
  }

  const Options& options_;
  Port port_;
  Loop::Handle placing_, repeating_;
  std::set<int> unanswered_, gone_;
  int placed_ = 0;
  int64_t wanted_ = 0, answered_ = 0, refused_ = 0;
};

/// Telephone 1001.
class Desk {
 public:
  Desk(Loop& loop, const Options& options)
      : loop_(loop),
        options_(options),
        port_(loop, options.phone, options.to, [this](const auto& text, int64_t came_us) { take(text, came_us); }) {}
  /// Registers with the answer to a challenge, again until that is heard.
  void enroll() {
    registering_ = loop_.every(kAgain, [this] { port_.send(registration("")); });
    port_.send(registration(""));
  }
  int64_t rounds() const { return rounds_; }

 private:
  std::string registration(const std::string& challenge) {
    std::string own = std::to_string(options_.phone), uri = "sip:127.0.0.1:" + std::to_string(options_.to);
    std::string n = std::to_string(++number_), authorization;
    if (!challenge.empty()) {
      sip::Credentials mine;
      mine.username = "1001";
      mine.realm = parameter(challenge, "realm");
      mine.nonce = parameter(challenge, "nonce");
      mine.uri = uri;
      mine.cnonce = "c0ffee";
      mine.qop = "auth";
      mine.count = "00000001";
      bool sha256 = parameter(challenge, "algorithm") == "SHA-256";
      mine.algorithm = sha256 ? sip::Algorithm::sha256 : sip::Algorithm::md5;
      authorization = "Authorization: Digest username=\"1001\", realm=\"" + mine.realm + "\", nonce=\"" + mine.nonce +
                      "\", uri=\"" + uri + "\", response=\"" + sip::digest_response(mine, "one", "REGISTER") +
                      "\", algorithm=" + (sha256 ? "SHA-256" : "MD5") +
                      ", qop=auth, cnonce=\"c0ffee\", nc=00000001\r\n";
    }
    return with_body("REGISTER " + uri + " SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:" + own + ";branch=z9hG4bKr" + n +
                         "\r\nMax-Forwards: 70\r\nFrom: <sip:1001@hotline>;tag=r" + own +
                         "\r\nTo: <sip:1001@hotline>\r\nCall-ID: desk\r\nCSeq: " + n + " REGISTER\r\nContact: <" +
                         contact() + ">\r\nExpires: 3600\r\n" + authorization,
                     "");
  }
  std::string contact() const { return "sip:1001@127.0.0.1:" + std::to_string(options_.phone); }

  void take(const std::string& text, int64_t came_us) {
    std::string method = method_of(text);
    if (text.starts_with("SIP/2.0 ")) {
      if (!header(text, "CSeq").ends_with(" REGISTER")) return;
      if (status_of(text) == 401) port_.send(registration(header(text, "WWW-Authenticate")));
      if (status_of(text) == 200) registering_.cancel();
    } else if (method == "INVITE") {
      std::string id = header(text, "Call-ID");
      if (talks_.try_emplace(id).second) {
        std::string from = uri_in(header(text, "From"));
        std::printf("ring\t%lld\t%s\n", static_cast<long long>(came_us), from.substr(4, from.find('@') - 4).c_str());
        talks_[id].invite = text;
      }
      port_.send(answer(text, "200 OK", "desk", contact(), sdp(options_.media)));
    } else if (method == "ACK") {
      auto talk = talks_.find(header(text, "Call-ID"));
      if (talk != talks_.end() && !talk->second.ending)
        talk->second.ending = loop_.after(kTalk, [this, id = talk->first] { hang_up(id); });
    } else {
      port_.send(answer(text, "200 OK", "desk"));
    }
  }
  void hang_up(const std::string& id) {
    const std::string& invite = talks_[id].invite;
    std::string to = header(invite, "From"), own = std::to_string(options_.phone), n = std::to_string(++number_);
    ++rounds_;
    std::printf("free\t%lld\n", static_cast<long long>(to_us(utc_now())));
    port_.send(with_body("BYE " + uri_in(header(invite, "Contact")) + " SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:" + own +
                             ";branch=z9hG4bKb" + n + "\r\nMax-Forwards: 70\r\nFrom: " + header(invite, "To") +
                             ";tag=desk\r\nTo: " + to + "\r\nCall-ID: " + id + "\r\nCSeq: 1 BYE\r\n",
                         ""));
  }

  struct Talk {
    std::string invite;
    Loop::Handle ending;
  };
  Loop& loop_;
  const Options& options_;
  Port port_;
  Loop::Handle registering_;
  std::map<std::string, Talk> talks_;
  int number_ = 0;
  int64_t rounds_ = 0;
};

/// Runs the loop until `so`; false when that does not come within kPatience of the last `progress`.
bool wait_until(Loop& loop, const std::function<bool()>& so, const std::function<int64_t()>& progress) {
  int64_t last = progress();
  for (Instant since = monotonic_now(); !so(); loop.step(milliseconds(50))) {
    if (progress() != last) last = progress(), since = monotonic_now();
    if (monotonic_now() - since > kPatience) return false;
  }
  return true;
}

std::optional<Options> read_options(int argc, char** argv) {
  Options options;
  std::map<std::string, int64_t*> known = {{"--switch", &options.to},       {"--gateway", &options.gateway},
                                           {"--phone", &options.phone},     {"--media", &options.media},
                                           {"--waiting", &options.waiting}, {"--rounds", &options.rounds}};
  for (int i = 1; i + 1 < argc; i += 2) {
    auto value = parse_int(argv[i + 1]);
    if (!known.contains(argv[i]) || !value || *value < 1) return {};
    *known[argv[i]] = *value;
  }
  for (auto& [name, value] : known)
    if (*value == 0) return {};
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = read_options(argc, argv);
  if (!options)
    return std::fprintf(stderr,
                        "usage: crowd --switch PORT --gateway PORT --phone PORT --media PORT --waiting N --rounds N\n"),
           64;
  Loop loop;
  int least = 1;
  Fd media(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  (void)::setsockopt(media.get(), SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
  auto at = Port::address(options->media);
  require(::bind(media.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  Callers callers(loop, *options);
  Desk desk(loop, *options);
  auto progress = [&] { return desk.rounds() + callers.answered(); };
  auto finish = [&](const char* complaint) {
    std::fprintf(stderr, "crowd: %s%lld callers answered, %lld refused, the telephone rang %lld times\n", complaint,
                 static_cast<long long>(callers.answered()), static_cast<long long>(callers.refused()),
                 static_cast<long long>(desk.rounds()));
    return *complaint ? 1 : 0;
  };
  auto all_wait = [&] { return callers.all_wait(); };
  auto all_rounds = [&] { return desk.rounds() >= options->rounds; };
  if (!wait_until(loop, all_wait, progress)) return finish("waited in vain for answers: ");
  desk.enroll();
  return finish(wait_until(loop, all_rounds, progress) ? "" : "no more rings: ");
}
