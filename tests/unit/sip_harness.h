// SPDX-License-Identifier: GPL-2.0-or-later
// A real stack on 127.0.0.1 in a thread of its own, what it says, and a telephone made of one UDP socket.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <future>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "base/loop.h"
#include "base/text.h"
#include "sip/digest.h"
#include "sip/sip.h"

namespace hotline::sip::test {

inline int free_port() {
  int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in at{};
  socklen_t length = sizeof at;
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (void)!::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at);
  (void)!::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &length);
  ::close(fd);
  return ntohs(at.sin_port);
}

/// Every event as a line "what dialog …", kept until it is taken.
class Recorder : public Events {
 public:
  void on_incoming(DialogId dialog, const Caller& caller, const std::string& to,
                   const MediaAddress& remote) override {
    std::string who = caller.line.starts_with("phone:") ? caller.number : caller.line + " " + caller.number;
    add("incoming " + std::to_string(dialog) + " " + who + " " + to + " " + text(remote));
  }
  void on_ringing(DialogId dialog) override { add("ringing " + std::to_string(dialog)); }
  void on_answered(DialogId dialog, const MediaAddress& remote) override {
    add("answered " + std::to_string(dialog) + " " + text(remote));
  }
  void on_media(DialogId dialog, const MediaAddress& remote) override {
    add("media " + std::to_string(dialog) + " " + text(remote));
  }
  void on_released(DialogId dialog, int cause, bool by_remote) override {
    add("released " + std::to_string(dialog) + " " + std::to_string(cause) + (by_remote ? " remote" : " local"));
  }
  void on_registered(const std::string& phone, const std::string& contact, int expires_s) override {
    add("registered " + phone + " " + contact + " " + std::to_string(expires_s));
  }
  void on_unregistered(const std::string& phone, const std::string& reason) override {
    add("unregistered " + phone + " " + reason);
  }
  void on_connected(DialogId dialog, const std::string& number) override {
    add("connected " + std::to_string(dialog) + " " + number);
  }
  int on_refer(DialogId dialog, const Refer& refer) override {
    add("refer " + std::to_string(dialog) + " to '" + refer.to + "' replaces " + std::to_string(refer.replaces));
    return refer_status;
  }
  bool on_replacing(DialogId dialog, const std::string& phone, DialogId replaced, const MediaAddress& remote) override {
    add("replacing " + std::to_string(dialog) + " " + phone + " " + std::to_string(replaced) + " " + text(remote));
    return may_replace;
  }
  bool on_moved(DialogId dialog, const std::vector<std::string>& numbers) override {
    add("moved " + std::to_string(dialog) + " " + join(numbers, " "));
    return follows;
  }
  std::optional<T38> on_t38_offered(DialogId dialog, const T38& remote) override {
    add("fax-offered " + std::to_string(dialog) + " " + remote.address + ":" + std::to_string(remote.port) + " " +
        std::to_string(remote.max_bit_rate));
    return fax;
  }
  void on_t38(DialogId dialog, const std::optional<T38>& remote) override {
    add("fax " + std::to_string(dialog) + " " + (remote ? remote->address + ":" + std::to_string(remote->port) : "no"));
  }
  void on_silent(const std::string& phone) override { add("silent " + phone); }
  void on_reachable(const std::string& phone, int rtt_ms) override {
    add("reachable " + phone + (rtt_ms >= 0 && rtt_ms < 5000 ? " soon" : " late"));
  }
  void on_trunk(const std::string& trunk, bool up, const std::string& reason) override {
    add("trunk " + trunk + (up ? " up" : " down " + reason));
  }
  void on_info_digit(DialogId dialog, char digit, int duration_ms) override {
    add("digit " + std::to_string(dialog) + " " + digit + " " + std::to_string(duration_ms));
  }

  std::atomic<int> refer_status = 202;
  std::atomic<bool> may_replace = true, follows = true;
  std::optional<T38> fax;  ///< what a fax that is offered is answered with; set it before

  /// The first event that begins so, waiting for it; "" when it does not come. Others before it stay.
  std::string take(const std::string& prefix, milliseconds wait = milliseconds(8000)) {
    std::unique_lock lock(mutex_);
    auto until = std::chrono::steady_clock::now() + wait;
    for (;;) {
      for (auto it = lines_.begin(); it != lines_.end(); ++it)
        if (it->starts_with(prefix)) {
          std::string line = *it;
          lines_.erase(it);
          return line;
        }
      if (changed_.wait_until(lock, until) == std::cv_status::timeout) return "";
    }
  }
  std::string rest() {
    std::lock_guard lock(mutex_);
    std::string text;
    for (auto& line : lines_) text += line + "\n";
    return text;
  }
  /// All that is there, a line each; nothing stays.
  std::string take_all() {
    std::lock_guard lock(mutex_);
    std::string text;
    for (auto& line : std::exchange(lines_, {})) text += line + "\n";
    return text;
  }

 protected:
  void add(const std::string& line) {
    std::lock_guard lock(mutex_);
    lines_.push_back(line);
    changed_.notify_all();
  }

 private:
  static std::string text(const MediaAddress& media) {
    return media.address + ":" + std::to_string(media.port) + " pt" + std::to_string(media.alaw_payload) + " ev" +
           std::to_string(media.event_payload) + (media.send ? " send" : " hold") + (media.srtp ? " srtp" : "");
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
};

class Server {
 public:
  explicit Server(Config config = {},
                  std::vector<Phone> phones = {{"1001", "red", "Li Na"}, {"1002", "green", "Wang"}}) {
    bool any_port = config.port == 5060;
    if (config.domain.empty()) config.domain = "hotline";
    std::promise<void> ready;
    thread_ = std::thread([this, any_port, config, phones, &ready]() mutable {
      Loop loop;
      // A port that was free a moment ago may be another test's by now: then another one.
      Result<std::unique_ptr<Stack>> started = Error{};
      for (int tries = 0; !started && tries < (any_port ? 20 : 1); ++tries) {
        if (any_port) config.port = static_cast<uint16_t>(free_port());
        started = Stack::start(loop, config, events);
      }
      require(started);
      port = config.port;
      loop_ = &loop;
      stack_ = started->get();
      stack_->set_phones(phones);
      ready.set_value();
      stack_->run();
      started->reset();
    });
    ready.get_future().wait();
  }
  ~Server() {
    loop_->stop();
    thread_.join();
  }
  /// Runs `work(stack)` on the stack's thread and returns what it returns.
  template <typename Work>
  auto run(Work work) {
    std::promise<decltype(work(*stack_))> done;
    loop_->post([&] {
      if constexpr (std::is_void_v<decltype(work(*stack_))>) {
        work(*stack_);
        done.set_value();
      } else {
        done.set_value(work(*stack_));
      }
    });
    return done.get_future().get();
  }
  DialogId invite(const std::string& phone, bool auto_answer = false) {
    return run([&](Stack& stack) -> DialogId {
      auto result = stack.invite({phone, "13800138000", "Caller", "127.0.0.1", 30000, auto_answer});
      return result ? *result : 0;
    });
  }

  int port = 0;
  Recorder events;

 private:
  std::thread thread_;
  Loop* loop_ = nullptr;
  Stack* stack_ = nullptr;
};

/// One UDP socket that speaks SIP as the test wants it.
class Socket {
 public:
  /// Of 127.0.0.1, or another address of 127.0.0.0/8: to the server that is somebody else.
  explicit Socket(int server_port, uint32_t address = INADDR_LOOPBACK, bool tcp = false) {
    fd_ = ::socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
    sockaddr_in at{};
    socklen_t length = sizeof at;
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(address);
    (void)!::bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at);
    (void)!::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &length);
    port = ntohs(at.sin_port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(static_cast<uint16_t>(server_port));
    (void)!::connect(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at);
  }
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void send(const std::string& text) { (void)!::send(fd_, text.data(), text.size(), 0); }
  /// The next message; "" when none comes in time.
  std::string receive(int wait_ms = 3000) {
    timeval wait{wait_ms / 1000, wait_ms % 1000 * 1000};
    (void)!::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    char text[65536];
    ssize_t got = ::recv(fd_, text, sizeof text, 0);
    return got > 0 ? std::string(text, static_cast<size_t>(got)) : "";
  }
  /// The next message that begins so.
  std::string receive(const std::string& prefix, int wait_ms = 3000) {
    for (int i = 0; i < 20; ++i) {
      std::string text = receive(wait_ms);
      if (text.empty() || text.starts_with(prefix)) return text;
    }
    return "";
  }
  int descriptor() const { return fd_; }
  int port = 0;

 private:
  int fd_;
};

inline std::string header(const std::string& message, const std::string& name) {
  auto at = message.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  at += name.size() + 4;
  return message.substr(at, message.find("\r\n", at) - at);
}
inline int status_of(const std::string& message) {
  return message.starts_with("SIP/2.0 ") ? std::atoi(message.c_str() + 8) : 0;
}
inline std::string parameter(const std::string& text, const std::string& name) {
  auto at = text.find(name + "=");
  if (at == std::string::npos) return "";
  at += name.size() + 1;
  if (text[at] == '"') return text.substr(at + 1, text.find('"', at + 1) - at - 1);
  return text.substr(at, text.find_first_of(", ;>\r", at) - at);
}

/// A telephone on a Socket, with a user, a password and a Call-ID.
struct Telephone {
  Telephone(int server_port, std::string user_, std::string secret_, uint32_t address_ = INADDR_LOOPBACK,
            bool tcp = false)
      : socket(server_port, address_, tcp),
        via(tcp ? "SIP/2.0/TCP 127.0.0.1:" : "SIP/2.0/UDP 127.0.0.1:"),
        server(server_port),
        user(std::move(user_)),
        secret(std::move(secret_)) {
    static int calls = 0;
    call_id = "call-" + std::to_string(++calls) + "-" + std::to_string(socket.port);
  }
  std::string uri() const {
    return "sip:" + user + "@127.0.0.1:" + std::to_string(contact_port ? contact_port : socket.port);
  }
  std::string sdp(const std::string& mode = "sendrecv", const std::string& formats = "8 0 101") const {
    return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP " + formats +
           "\r\na=rtpmap:101 telephone-event/8000\r\na=" + mode + "\r\n";
  }
  std::string request(const std::string& method, const std::string& target, const std::string& more = "",
                      const std::string& body = "", const std::string& to = "") {
    ++cseq;
    return with_cseq(method, target, cseq, more, body, to);
  }
  std::string with_cseq(const std::string& method, const std::string& target, int number, const std::string& more,
                        const std::string& body, const std::string& to) {
    std::ostringstream text;
    branch = "z9hG4bK" + call_id + method + std::to_string(number);
    text << method << " " << target << " SIP/2.0\r\nVia: " << via << socket.port << ";rport;branch=" << branch
         << "\r\nMax-Forwards: 70\r\nFrom: <sip:" << user << "@hotline>;tag=t" << socket.port
         << "\r\nTo: " << (to.empty() ? "<" + target + ">" : to) << "\r\nCall-ID: " << call_id << "\r\nCSeq: " << number
         << " " << method << "\r\nContact: <" << uri() << ">\r\n"
         << more;
    if (!body.empty() && more.find("Content-Type") == std::string::npos) text << "Content-Type: application/sdp\r\n";
    text << "Content-Length: " << body.size() << "\r\n\r\n" << body;
    return text.str();
  }
  std::string authorization(const std::string& challenge, const std::string& method, const std::string& target,
                            const std::string& count = "00000001") const {
    Credentials mine;
    mine.username = user;
    mine.realm = parameter(challenge, "realm");
    mine.nonce = parameter(challenge, "nonce");
    mine.uri = target;
    mine.cnonce = "c0ffee";
    mine.qop = "auth";
    mine.count = count;
    bool sha256 = parameter(challenge, "algorithm") == "SHA-256";
    mine.algorithm = sha256 ? Algorithm::sha256 : Algorithm::md5;
    return "Authorization: Digest username=\"" + user + "\", realm=\"" + mine.realm + "\", nonce=\"" + mine.nonce +
           "\", uri=\"" + target + "\", response=\"" + digest_response(mine, secret, method) +
           "\", algorithm=" + (sha256 ? "SHA-256" : "MD5") + ", qop=auth, cnonce=\"c0ffee\", nc=" + count + "\r\n";
  }
  /// Sends it, and again with an answer to the challenge; the last reply.
  std::string authorized(const std::string& method, const std::string& target, const std::string& more = "",
                         const std::string& body = "", const std::string& to = "") {
    std::string reply = exchange(request(method, target, more, body, to), "SIP/2.0 4");
    if (status_of(reply) != 401) return reply;
    challenge = header(reply, "WWW-Authenticate");
    if (method == "INVITE") socket.send(with_cseq("ACK", target, cseq, "", "", header(reply, "To")));
    return exchange(request(method, target, authorization(challenge, method, target) + more, body, to), "SIP/2.0");
  }
  /// Sends it, again every half second as UDP demands, until a reply begins so.
  std::string exchange(const std::string& text, const std::string& prefix) {
    std::string reply;
    for (int i = 0; i < 10 && reply.empty(); ++i) {
      socket.send(text);
      reply = socket.receive(prefix, 500);
    }
    return reply;
  }
  std::string to() const { return "<sip:" + user + "@hotline>"; }
  std::string registrar() const { return "sip:127.0.0.1:" + std::to_string(server); }
  std::string enroll(int expires_s = 60) {
    return authorized("REGISTER", registrar(), "Expires: " + std::to_string(expires_s) + "\r\n", "", to());
  }
  /// A reply to a request we got, with a tag of ours in To.
  std::string reply_to(const std::string& request, int status, const std::string& more = "",
                       const std::string& body = "") const {
    std::ostringstream text;
    std::string to = header(request, "To");
    if (to.find(";tag=") == std::string::npos) to += ";tag=me" + std::to_string(socket.port);
    text << "SIP/2.0 " << status << " Status\r\nVia: " << header(request, "Via")
         << "\r\nFrom: " << header(request, "From") << "\r\nTo: " << to << "\r\nCall-ID: " << header(request, "Call-ID")
         << "\r\nCSeq: " << header(request, "CSeq") << "\r\nContact: <" << uri() << ">\r\n"
         << more;
    if (!body.empty()) text << "Content-Type: application/sdp\r\n";
    text << "Content-Length: " << body.size() << "\r\n\r\n" << body;
    return text.str();
  }
  /// A request of the phone within the dialog that `request` (from the stack) made.
  std::string within(const std::string& request, const std::string& method, const std::string& more = "",
                     const std::string& body = "") {
    std::ostringstream text;
    ++cseq;
    text << method << " sip:hotline@127.0.0.1:" << server << " SIP/2.0\r\nVia: " << via << socket.port
         << ";rport;branch=z9hG4bK" << call_id << method << cseq
         << "\r\nMax-Forwards: 70\r\nFrom: " << header(request, "To") << ";tag=me" << socket.port
         << "\r\nTo: " << header(request, "From") << "\r\nCall-ID: " << header(request, "Call-ID")
         << "\r\nCSeq: " << cseq << " " << method << "\r\nContact: <" << uri() << ">\r\n"
         << more;
    if (!body.empty() && more.find("Content-Type") == std::string::npos) text << "Content-Type: application/sdp\r\n";
    text << "Content-Length: " << body.size() << "\r\n\r\n" << body;
    return text.str();
  }

  Socket socket;
  std::string via;
  int server;
  std::string user, secret, call_id, branch, challenge;
  int cseq = 0;
  int contact_port = 0;  ///< when its calls go to another socket than its own
};

}  // namespace hotline::sip::test
