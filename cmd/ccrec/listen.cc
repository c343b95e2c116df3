// SPDX-License-Identifier: GPL-2.0-or-later
// listen: a talk as it happens, as a WAV stream on standard output or on a telephone.
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/fd.h"
#include "base/user.h"
#include "bus/bus.h"
#include "conf/instance.h"
#include "verbs.h"

namespace hotline::ccrec {

namespace {

using wire::Json;

constexpr milliseconds kConnectPatience{3000};
constexpr const char* kController = "ccrec-listen";

Result<Json> ask_switch(const std::string& verb, const Json& body) {
  auto reply = bus::ask(conf::Instance::from_environment().command_endpoint("ccswitchd"), verb, body);
  if (!reply) return reply.error();
  if (!reply->ok) return wire::error_of(*reply);
  return reply->body;
}

/// The call as the switch has it now; null when it has none of that id. `after` is an older call to begin behind.
Result<Json> find_call(const std::string& id, const std::string& after) {
  Json question = Json::object();
  if (!after.empty()) question["after"] = after;
  for (;;) {
    auto body = ask_switch("calls", question);
    if (!body) return body.error();
    const Json& calls = wire::member(*body, "calls");
    for (const Json& call : calls)
      if (wire::text(call, "call") == id) return call;
    if (!wire::boolean(*body, "more") || calls.empty()) return Json();
    question["after"] = wire::text(calls.back(), "call");
  }
}

/// The leg through which a call is heard: the first of its first bridge.
Result<std::string> leg_of(const std::string& id) {
  auto call = find_call(id, "");
  if (!call) return call.error();
  if (call->is_null()) return Error{Errc::no, "no call '" + id + "'"};
  const Json& bridges = wire::member(*call, "bridges");
  if (bridges.empty()) return Error{Errc::no, "call '" + id + "' is in no bridge: nobody talks"};
  return wire::member(bridges[0], "legs").at(0).get<std::string>();
}

/// A listening socket below run/ that is gone from there once it has been used.
class Door {
 public:
  explicit Door(const std::string& run)
      : name_("listen-" + std::to_string(::getpid()) + ".sock"), path_(run + "/" + name_) {}
  ~Door() { ::unlink(path_.c_str()); }
  const std::string& name() const { return name_; }

  Result<void> open() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) return Error{Errc::config, "'" + path_ + "' is too long for a socket"};
    std::memcpy(address.sun_path, path_.c_str(), path_.size());
    ::unlink(path_.c_str());  // of a process that had our number and was killed
    socket_ = Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!socket_ || ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket_.get(), 1) != 0)
      return errno_error("cannot make '" + path_ + "'", errno);
    return {};
  }
  Result<Fd> take() {
    pollfd ready{socket_.get(), POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(kConnectPatience.count())) != 1)
      return Error{Errc::unavailable, "the switch does not connect"};
    Fd peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer) return errno_error("cannot take the switch's connection", errno);
    ::unlink(path_.c_str());  // now, as we may be ended by a closed pipe later
    return peer;
  }

 private:
  std::string name_, path_;
  Fd socket_;
};

/// The head of a WAV whose end nobody knows: A-law, two channels, sizes as sox writes and reads them for a pipe.
std::string stream_head() {
  static constexpr uint32_t kUnknown = 0x7FFFF000;
  std::string head = "RIFF";
  auto little = [&head](uint32_t value, int octets) {
    for (; octets > 0; --octets, value >>= 8) head += static_cast<char>(value & 0xFF);
  };
  little(kUnknown + 50, 4);
  head += "WAVEfmt ";
  little(18, 4);
  little(6, 2);  // A-law, RFC 2361
  little(2, 2);
  little(8000, 4);
  little(16000, 4);
  little(2, 2);
  little(8, 2);
  little(0, 2);
  head += "fact";
  little(4, 4);
  little(kUnknown / 2, 4);
  head += "data";
  little(kUnknown, 4);
  return head;
}

Result<void> stream(const ListenOptions& options, const std::string& by) {
  auto leg = leg_of(options.call);
  if (!leg) return leg.error();
  Door door(conf::Instance::from_environment().run());
  if (auto opened = door.open(); !opened) return opened;
  auto asked = ask_switch("listen", {{"leg", *leg}, {"socket", door.name()}, {"by", by}});
  if (!asked) return asked.error();
  auto talk = door.take();
  if (!talk) return talk.error();
  if (auto put = write_all(STDOUT_FILENO, stream_head()); !put) return put;
  char packet[4096];
  for (;;) {
    ssize_t got = ::recv(talk->get(), packet, sizeof packet, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read from the switch", errno);
    if (got == 0) return {};
    if (auto put = write_all(STDOUT_FILENO, {packet, static_cast<size_t>(got)}); !put) return put;
  }
}

/// A telephone that rings, and spies when it is answered, until either side ends.
class Ear {
 public:
  Ear(const ListenOptions& options, std::string by) : options_(options), by_(std::move(by)) {}

  Result<void> run() {
    // Signals come where we wait, so that the telephone is let go.
    sigset_t ends;
    sigemptyset(&ends);
    for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ends, signal);
    ::sigprocmask(SIG_BLOCK, &ends, nullptr);
    auto target = leg_of(options_.call);
    if (!target) return target.error();
    target_ = *target;
    if (auto rung = ring(); !rung) return rung;
    for (;;) {
      timespec tick{0, 250'000'000};
      if (::sigtimedwait(&ends, nullptr, &tick) > 0) return hang_up();
      auto over = look();
      if (!over) {
        (void)hang_up();
        return over.error();
      }
      if (*over) return {};
    }
  }

 private:
  Result<void> ring() {
    if (auto lives = ask_switch("hello", {{"controller", kController}}); !lives) return lives.error();
    auto dialled = ask_switch("dial", {{"to", "phone:" + options_.phone},
                                       {"controller", kController},
                                       {"from", "listen"},
                                       {"display", "listen " + options_.call},
                                       {"auto_answer", options_.auto_answer}});
    if (!dialled) return dialled.error();
    call_ = wire::text(*dialled, "call");
    leg_ = wire::text(*dialled, "leg");
    return {};
  }

  Result<void> hang_up() {
    auto gone = ask_switch("hangup", {{"call", call_}});
    if (!gone && gone.error().code != Errc::no) return gone.error();
    return {};
  }

  /// What has become of it; true when it is over.
  Result<bool> look() {
    if (++looks_ % 4 == 0) (void)ask_switch("hello", {{"controller", kController}});
    auto call = find_call(call_, options_.call);  // ids are in the order of time: ours is behind that one
    if (!call) return call.error();
    const Json leg = leg_in(*call);
    std::string state = wire::text(leg, "state");
    if (leg.is_null() || state == "releasing") {
      if (spied_) return true;
      return Error{Errc::no, "telephone '" + options_.phone + "' does not answer"};
    }
    if (state != "up") return false;
    if (!spied_) {
      auto spies = ask_switch(
          "spy", {{"leg", leg_}, {"target", target_}, {"mode", options_.mode}, {"by", by_}, {"beep", options_.beep}});
      if (!spies) return spies.error();
      return !(spied_ = true);
    }
    if (!wire::member(leg, "spies").is_null()) return false;
    if (auto gone = hang_up(); !gone) return gone.error();
    return true;
  }

  Json leg_in(const Json& call) const {
    for (const Json& leg : wire::member(call, "legs"))
      if (wire::text(leg, "leg") == leg_) return leg;
    return Json();
  }

  const ListenOptions& options_;
  std::string by_, target_, call_, leg_;
  bool spied_ = false;
  int looks_ = 0;
};

}  // namespace

int listen(const ListenOptions& options) {
  if (options.phone.empty() && (options.mode != "listen" || options.beep || options.auto_answer))
    return cli::fail(Errc::usage, "--mode, --beep and --auto-answer are for --phone");
  if (options.mode != "listen" && options.mode != "whisper" && options.mode != "barge")
    return cli::fail(Errc::usage, "--mode is listen, whisper or barge");
  if (options.phone.empty() && ::isatty(STDOUT_FILENO))
    return cli::fail(Errc::usage, "standard output is a terminal: try ccrec listen " + options.call + " | play -");
  std::string by = options.by.empty() ? unix_user() : options.by;
  auto heard = options.phone.empty() ? stream(options, by) : Ear(options, by).run();
  return heard ? 0 : cli::fail(heard.error());
}

}  // namespace hotline::ccrec
