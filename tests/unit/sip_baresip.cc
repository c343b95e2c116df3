// SPDX-License-Identifier: GPL-2.0-or-later
// With a telephone that others wrote: baresip, headless.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>

#include "sip_harness.h"

using namespace hotline;
using namespace hotline::sip;
using namespace hotline::sip::test;

namespace {

class Baresip {
 public:
  Baresip(int server, const std::string& secret, const std::string& mode = "auto") {
    char name[] = "/tmp/hotline-baresip-XXXXXX";
    dir_ = ::mkdtemp(name);
    port_ = free_port();
    control_port_ = free_port();
    write("config",
          "sip_listen 127.0.0.1:" + std::to_string(port_) +
              "\nnet_interface 127.0.0.1\ncall_max_calls 8\naudio_player aufile,x\naudio_source aufile," + dir_ +
              "/silence.wav\n"
              "audio_alert aufile,/dev/null\naudio_srate 8000\naudio_channels 1\nausrc_srate 8000\nauplay_srate 8000\n"
              "ausrc_channels 1\nauplay_channels 1\nrtp_ports 34500-34999\nmodule_path /usr/lib/baresip/modules\n"
              "module g711.so\nmodule aufile.so\nmodule_tmp account.so\nmodule_app menu.so\n"
              "module_app ctrl_tcp.so\nctrl_tcp_listen 127.0.0.1:" +
              std::to_string(control_port_) + "\nstatmode_default off\n");
    write("contacts", "");
    write("silence.wav", silence());
    write("accounts", "<sip:1001@127.0.0.1:" + std::to_string(server) + ">;auth_user=1001;auth_pass=" + secret +
                          ";answermode=" + mode + ";audio_codecs=PCMA;regint=60;ptime=20;mwi=no\n");
    pid_ = ::fork();
    if (pid_ == 0) {
      int log = ::open((dir_ + "/log").c_str(), O_WRONLY | O_CREAT, 0600), null = ::open("/dev/null", O_RDONLY);
      ::dup2(null, 0);
      ::dup2(log, 1);
      ::dup2(log, 2);
      ::execlp("baresip", "baresip", "-f", dir_.c_str(), "-t", "60", nullptr);
      ::_exit(127);
    }
  }
  ~Baresip() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    std::filesystem::remove_all(dir_);
  }
  /// A command on its control port (netstring of JSON); true when it was taken.
  bool command(const std::string& name, const std::string& parameters = "") {
    int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<uint16_t>(control_port_));
    std::string json = R"({"command":")" + name + R"(","params":")" + parameters + R"(","token":"t"})";
    std::string text = std::to_string(json.size()) + ":" + json + ",";
    timeval wait{3, 0};
    (void)::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    bool sent =
        ::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0 && ::write(fd, text.data(), text.size()) > 0;
    char reply[4096];
    std::string heard;
    while (sent && heard.find("\"response\":true") == std::string::npos) {
      ssize_t got = ::read(fd, reply, sizeof reply);
      if (got <= 0) break;
      heard.append(reply, static_cast<size_t>(got));
    }
    ::close(fd);
    return heard.find("\"response\":true") != std::string::npos;
  }
  std::string log() const {
    std::ifstream file(dir_ + "/log");
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  /// Ten seconds of 16-bit PCM, 8 kHz, mono.
  static std::string silence() {
    constexpr uint32_t kBytes = 160000;
    const uint32_t head[] = {0x46464952, kBytes + 36, 0x45564157, 0x20746d66, 16,    0x00010001,
                             8000,       16000,       0x00100002, 0x61746164, kBytes};
    return std::string(reinterpret_cast<const char*>(head), sizeof head) + std::string(kBytes, 0);
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(dir_ + "/" + name) << text; }
  std::string dir_;
  int port_ = 0, control_port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("baresip registers, answers our call by itself, and hears when we hang up") {
  Server server;
  Baresip phone(server.port, "red");
  REQUIRE_MESSAGE(server.events.take("registered 1001") != "", phone.log());
  REQUIRE(server.invite("1001", true) == 1);
  CHECK(server.events.take("answered 1 127.0.0.1:") != "");
  server.run([](Stack& stack) { stack.hangup(1, 16); });
  CHECK(server.events.take("released 1") == "released 1 16 local");
}

TEST_CASE("baresip calls us, holds, resumes and hangs up") {
  Server server;
  Baresip phone(server.port, "red");
  REQUIRE_MESSAGE(server.events.take("registered 1001") != "", phone.log());
  REQUIRE_MESSAGE(phone.command("dial", "96116"), phone.log());
  CHECK(server.events.take("incoming 1 1001 96116 127.0.0.1:") != "");
  server.run([](Stack& stack) {
    stack.ring(1);
    stack.answer(1, "127.0.0.1", 30002);
  });
  // The call is established for baresip when the 200 has come; hold is refused before that.
  bool held = false;
  for (int i = 0; i < 50 && !held; ++i) {
    phone.command("hold");
    held = server.events.take("media 1", milliseconds(100)).ends_with("hold");
  }
  CHECK(held);
  CHECK(phone.command("resume"));
  CHECK(server.events.take("media 1").ends_with("send"));
  CHECK(phone.command("hangup"));
  CHECK(server.events.take("released 1") == "released 1 16 remote");
}

TEST_CASE("baresip rings, is not answered, and our CANCEL ends it; a second call finds it well") {
  Server server;
  Baresip phone(server.port, "red", "manual");
  REQUIRE_MESSAGE(server.events.take("registered 1001") != "", phone.log());
  for (DialogId call : {1u, 2u}) {
    REQUIRE(server.invite("1001") == call);
    CHECK(server.events.take("ringing " + std::to_string(call)) != "");
    server.run([&](Stack& stack) { stack.hangup(call, 19); });
    CHECK(server.events.take("released") == "released " + std::to_string(call) + " 19 local");
  }
  REQUIRE(server.invite("1001") == 3);
  CHECK(server.events.take("ringing 3") != "");
  CHECK(phone.command("hangup"));
  CHECK(server.events.take("released 3").ends_with(" remote"));
}

TEST_CASE("baresip with a wrong password is not let in") {
  Server server;
  Baresip phone(server.port, "blue");
  // Ten tries, each challenged anew, then silence: it never hears whether its name exists, and it never registers.
  for (int i = 0; i < 100 && phone.log().find("ready") == std::string::npos; ++i)
    CHECK(server.events.take("registered", milliseconds(100)) == "");
  CHECK_MESSAGE(phone.log().find("ready") != std::string::npos, phone.log());
  CHECK(server.events.take("registered", milliseconds(3000)) == "");
  CHECK_MESSAGE(phone.log().find("200 OK") == std::string::npos, phone.log());
}
