// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base sip
// CPU time of a SIP call of two legs, signalling only: sipp calls as phone 1001 (challenged, answered, BYE), we call
// phone 1002, which is another sipp, and join the two. Beside it the floor: the same number of datagrams of the same
// size, each received and sent on by a bare UDP relay in the same process. And the heap a standing dialog takes.
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <atomic>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <unordered_map>

#include "../unit/sip_harness.h"

using namespace hotline;
using namespace hotline::sip;
using namespace hotline::sip::test;

namespace {

constexpr int kCalls = 4000, kRate = 200;
/// Datagrams of one call: from A INVITE, ACK, INVITE, ACK, BYE, from B 180, 200, 200; to A 401, 100, 180, 200, 200, to
/// B INVITE, ACK, BYE. Eight in, eight out.
constexpr int kRelayed = 8, kRelayBytes = 560;

double thread_cpu_ms() {
  timespec spent;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) * 1e3 + static_cast<double>(spent.tv_nsec) / 1e6;
}

/// Joins every call of 1001 with a new call to 1002.
class Joiner : public Events {
 public:
  void on_incoming(DialogId dialog, const Caller&, const std::string&, const MediaAddress&) override {
    auto leg = stack->invite({"1002", "1001", "", "127.0.0.1", 30000, false});
    if (!leg) return stack->hangup(dialog, 34);
    join(dialog, *leg);
  }
  void on_ringing(DialogId dialog) override { stack->ring(peers_[dialog]); }
  void on_answered(DialogId dialog, const MediaAddress&) override { stack->answer(peers_[dialog], "127.0.0.1", 30002); }
  void on_media(DialogId, const MediaAddress&) override {}
  void on_released(DialogId dialog, int cause, bool by_remote) override {
    auto peer = peers_.find(dialog);
    if (peer == peers_.end()) return;
    DialogId other = peer->second;
    peers_.erase(peer);
    if (by_remote) stack->hangup(other, cause);
    if (++ended_legs % 2 == 0) ++calls;
  }
  void on_registered(const std::string&, const std::string&, int) override { ++registered; }
  void on_unregistered(const std::string&, const std::string&) override {}
  void on_silent(const std::string&) override {}
  void on_reachable(const std::string&, int) override {}
  void on_trunk(const std::string&, bool, const std::string&) override {}
  void on_info_digit(DialogId, char, int) override {}

  Stack* stack = nullptr;
  std::atomic<int> calls = 0, registered = 0;

 private:
  void join(DialogId a, DialogId b) {
    peers_[a] = b;
    peers_[b] = a;
  }
  std::unordered_map<DialogId, DialogId> peers_;
  int ended_legs = 0;
};

pid_t spawn(std::vector<std::string> arguments) {
  pid_t pid = ::fork();
  if (pid != 0) return pid;
  int null = ::open("/dev/null", O_RDWR);
  for (int fd : {0, 1, 2}) ::dup2(null, fd);
  std::vector<char*> raw;
  for (auto& one : arguments) raw.push_back(one.data());
  raw.push_back(nullptr);
  ::execvp(raw[0], raw.data());
  ::_exit(127);
}

/// CPU of this thread for one datagram in and out of a bare relay, in ms; the other end is a child process.
double relay_ms() {
  constexpr int kDatagrams = 20000, kWindow = 32;
  Socket far(0), near(far.port);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<uint16_t>(near.port));
  (void)::connect(far.descriptor(), reinterpret_cast<sockaddr*>(&to), sizeof to);
  pid_t child = ::fork();
  std::string text(kRelayBytes, 'x');
  if (child == 0) {
    for (int i = 0; i < kWindow; ++i) far.send(text);
    for (;;) {
      far.receive();
      far.send(text);
    }
  }
  char buffer[65536];
  timeval wait{5, 0};
  (void)::setsockopt(near.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  double before = thread_cpu_ms();
  int relayed = 0;
  for (; relayed < kDatagrams; ++relayed) {
    pollfd ready{near.descriptor(), POLLIN, 0};
    (void)::poll(&ready, 1, 5000);  // as any event loop waits
    ssize_t got = ::recv(near.descriptor(), buffer, sizeof buffer, 0);
    if (got <= 0) break;
    (void)!::send(near.descriptor(), buffer, static_cast<size_t>(got), 0);
  }
  double spent = thread_cpu_ms() - before;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return relayed ? spent / relayed : 0;
}

/// Heap of one of our calls to a phone that has answered, the transactions that still linger included (for 32 s they
/// do).
double dialog_bytes() {
  constexpr int kDialogs = 500;
  Server server;
  Socket reserved(server.port);
  Telephone phone(server.port, "1002", "green");
  if (status_of(phone.enroll(3600)) != 200) return 0;
  pid_t child = ::fork();  // its heap is not ours
  if (child == 0)
    for (;;) {
      std::string request = phone.socket.receive("INVITE");
      if (!request.empty()) phone.socket.send(phone.reply_to(request, 200, "", phone.sdp()));
    }
  size_t before = ::mallinfo2().uordblks;
  int up = 0;
  for (int i = 0; i < kDialogs; ++i) {
    if (server.invite("1002") == 0) break;
    if (server.events.take("answered").empty()) break;
    ++up;
  }
  size_t after = ::mallinfo2().uordblks;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return up ? static_cast<double>(after - before) / up : 0;
}

void row(const char* name, double value, const char* unit, double floor, const char* how) {
  if (floor > 0)
    std::printf("%s\t%.4g\t%s\t%.4g\t%.2f\t%s\n", name, value, unit, floor, value / floor, how);
  else
    std::printf("%s\t%.4g\t%s\t-\t-\t%s\n", name, value, unit, how);
}

}  // namespace

int main() {
  ::mallopt(M_ARENA_MAX, 1);  // mallinfo2() sees one arena only
  double bytes = dialog_bytes();
  double floor_ms = relay_ms() * kRelayed;
  int port = free_port(), caller_port = free_port(), callee_port = free_port();
  Joiner joiner;
  double cpu_ms = 0;
  std::promise<Loop*> ready;
  std::thread server([&] {
    Loop loop;
    Config config;
    config.port = static_cast<uint16_t>(port);
    config.domain = "hotline";
    config.expires_max_s = 3600;
    auto started = Stack::start(loop, config, joiner);
    require(started);
    joiner.stack = started->get();
    joiner.stack->set_phones({{"1001", "red", ""}, {"1002", "green", ""}});
    ready.set_value(&loop);
    double before = thread_cpu_ms();
    auto warm = loop.every(milliseconds(20), [&, warmed = false]() mutable {
      if (!warmed && joiner.registered == 2) before = thread_cpu_ms(), warmed = true;
    });
    joiner.stack->run();
    cpu_ms = thread_cpu_ms() - before;
    started->reset();
  });
  Loop* loop = ready.get_future().get();
  Telephone caller(port, "1001", "red"), callee(port, "1002", "green");
  callee.contact_port = callee_port;
  bool enrolled = status_of(caller.enroll(3600)) == 200 && status_of(callee.enroll(3600)) == 200;

  std::string scenarios = std::filesystem::exists("tests/sipp/uac.xml") ? "tests/sipp/" : "../tests/sipp/";
  std::string here = "127.0.0.1", server_at = here + ":" + std::to_string(port),
              seconds_max = std::to_string(kCalls / kRate + 30);
  pid_t answering = spawn({"timeout", "-k", "2", seconds_max, "sipp", "-sf", scenarios + "uas.xml", "-i", here, "-mi",
                           here, "-p", std::to_string(callee_port), "-nostdin", server_at});
  pid_t calling = spawn({"timeout",
                         "-k",
                         "2",
                         seconds_max,
                         "sipp",
                         "-sf",
                         scenarios + "uac.xml",
                         "-i",
                         here,
                         "-mi",
                         here,
                         "-p",
                         std::to_string(caller_port),
                         "-s",
                         "96116",
                         "-au",
                         "1001",
                         "-ap",
                         "red",
                         "-m",
                         std::to_string(kCalls),
                         "-r",
                         std::to_string(kRate),
                         "-d",
                         "500",
                         "-nostdin",
                         server_at});
  int status = 0;
  ::waitpid(calling, &status, 0);
  ::kill(answering, SIGTERM);
  ::waitpid(answering, nullptr, 0);
  loop->stop();
  server.join();

  int calls = joiner.calls;
  bool good = enrolled && WIFEXITED(status) && WEXITSTATUS(status) == 0 && calls == kCalls;
  if (!good) std::fprintf(stderr, "sip_call_setup: %d of %d calls, sipp ended with %d\n", calls, kCalls, status);
  if (bytes > 0)
    row("sip_dialog_bytes", bytes, "octets", 0, "heap of a call to a phone just answered, its transactions included");
  if (calls)
    row("sip_call_setup", cpu_ms / calls, "ms", floor_ms,
        "CPU of the stack's thread per call of two legs, signalling only, 200 calls/s from sipp to sipp; floor: a bare "
        "UDP "
        "relay of as many datagrams");
  return good ? 0 : 1;
}
