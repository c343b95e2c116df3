// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base sip
// What ccswitchd still connects when three times as many calls come as it can take: sipp calls as phone 1001 over a trunk
// to a gateway, which is another sipp, at growing rates until a rate brings no more calls to their end than the one before; then
// at three times the best. The floor is the best rate. All on this machine, so that sipp takes part of it, too.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "../unit/sip_harness.h"

using namespace hotline;
using namespace hotline::sip::test;

namespace {

constexpr int kSeconds = 10;

pid_t spawn(const std::vector<std::string>& words, const std::string& log) {
  pid_t pid = ::fork();
  if (pid != 0) return pid;
  int null = ::open("/dev/null", O_RDWR), out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(null, 0), ::dup2(out, 1), ::dup2(out, 2);
  std::vector<char*> raw;
  for (const auto& word : words) raw.push_back(const_cast<char*>(word.c_str()));
  raw.push_back(nullptr);
  ::execvp(raw[0], raw.data());
  ::_exit(127);
}

struct Bench {
  std::string home, scenarios;
  int port = free_port(), caller_port = free_port(), callee_port = free_port();
  pid_t switch_pid = 0, callee = 0;

  void start() {
    char name[] = "/tmp/hl-goodput.XXXXXX";
    require(::mkdtemp(name));
    home = name;
    for (const char* folder : {"etc", "run", "var"}) std::filesystem::create_directories(home + "/" + folder);
    std::ofstream(home + "/etc/hotline.toml")
        << "[switch]\ncalls_max = 5000\nmusic = \"\"\n[sip]\nlisten = \"127.0.0.1:" << port
        << "\"\ndomain = \"hotline\"\nrtp_ports = \"40000-59999\"\n[[phone]]\nid = \"1001\"\nsecret = \"red\"\n"
           "[[trunk]]\nname = \"gateway\"\nqualify = \"0s\"\ncalls_max = 5000\naddress = [\"127.0.0.1:" << callee_port
        << "\"]\n[[route]]\ncalled = \"1002\"\nto = \"trunk:gateway/1002\"\n";
    ::setenv("HOTLINE_HOME", name, 1);
    scenarios = std::filesystem::exists("tests/sipp/uac.xml") ? "tests/sipp/" : "../tests/sipp/";
    switch_pid = spawn({"ccswitchd", "--log-level", "warning"}, home + "/ccswitchd.log");
    Telephone caller_phone(port, "1001", "red");
    bool there = false;
    for (int i = 0; i < 20 && !there; ++i) there = status_of(caller_phone.enroll(3600)) == 200;
    require(there);
    std::string at = "127.0.0.1", server = at + ":" + std::to_string(port);
    callee = spawn({"sipp", "-sf", scenarios + "uas.xml", "-i", at, "-mi", at, "-p", std::to_string(callee_port), "-nostdin",
                    server}, home + "/uas.log");
  }

  /// Calls that came to their end in every second of `rate` offered.
  double goodput(int rate) {
    std::string stats = home + "/stats." + std::to_string(rate), at = "127.0.0.1";
    pid_t pid = spawn({"timeout", "-k", "2", std::to_string(kSeconds + 40), "sipp", "-sf", scenarios + "uac.xml", "-i", at,
                       "-mi", at, "-p", std::to_string(caller_port), "-s", "1002", "-au", "1001", "-ap", "red", "-m",
                       std::to_string(rate * kSeconds), "-r", std::to_string(rate), "-d", "500", "-l", "100000",
                       "-recv_timeout", "10000", "-trace_stat", "-stf", stats, "-fd", "1", "-nostdin",
                       at + ":" + std::to_string(port)},
                      home + "/uac.log");
    int status = 0;
    ::waitpid(pid, &status, 0);
    std::ifstream file(stats);
    std::string line, last, heads;
    std::getline(file, heads);
    while (std::getline(file, line))
      if (!line.empty()) last = line;
    auto names = split(heads, ';'), values = split(last, ';');
    for (size_t i = 0; i < names.size() && i < values.size(); ++i)
      if (names[i] == "SuccessfulCall(C)") return std::atof(values[i].c_str()) / kSeconds;
    return 0;
  }

  ~Bench() {
    for (pid_t pid : {callee, switch_pid})
      if (pid > 0) ::kill(pid, SIGKILL), ::waitpid(pid, nullptr, 0);
    std::error_code ignored;
    std::filesystem::remove_all(home, ignored);
  }
};

}  // namespace

int main() {
  Bench bench;
  bench.start();
  double best = 0;
  int best_rate = 0, worse = 0;
  for (int rate = 50; rate <= 1600 && worse < 2; rate += rate / 2) {
    double good = bench.goodput(rate);
    std::fprintf(stderr, "overload_goodput: %d calls/s offered, %.0f connected\n", rate, good);
    if (good > best * 1.02)
      best = good, best_rate = rate, worse = 0;
    else
      ++worse;
  }
  double at_three = bench.goodput(static_cast<int>(best * 3));
  std::fprintf(stderr, "overload_goodput: %.0f calls/s offered, %.0f connected\n", best * 3, at_three);
  if (best < 1) return 1;
  std::printf("overload_goodput\t%.4g\tcalls/s\t%.4g\t%.2f\tcalls connected and ended at three times the best rate (%d offered), ccswitchd with two sipp beside it; floor: the best rate\n",
              at_three, best, at_three / best, best_rate);
  return 0;
}
