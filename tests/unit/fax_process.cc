// SPDX-License-Identifier: GPL-2.0-or-later
// The process of a fax as its daemon sees it: with programs that die, hang and talk nonsense in the place of ccfax.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "fax/process.h"

using namespace hotline;
using namespace hotline::fax;

namespace {

/// A program of sh, and the lines that were told of it until it was over.
struct Script {
  std::string path;
  Loop loop;
  std::vector<wire::Json> told;
  std::unique_ptr<Process> process;
  std::function<void(const wire::Json&)> react = [](const wire::Json&) {};

  explicit Script(const std::string& text) {
    char name[] = "/tmp/fax-script.XXXXXX";
    int fd = ::mkstemp(name);
    REQUIRE(fd >= 0);
    path = name;
    std::string all = "#!/bin/sh\n" + text + "\n";
    REQUIRE(::write(fd, all.data(), all.size()) == static_cast<ssize_t>(all.size()));
    ::fchmod(fd, 0700);
    ::close(fd);
    ::signal(SIGPIPE, SIG_IGN);
  }
  ~Script() { ::unlink(path.c_str()); }

  /// Its last word.
  wire::Json run() {
    Job job;
    job.file = "/nowhere.tif";
    auto sockets = audio_sockets();
    REQUIRE(sockets);
    Process::Ends ends;
    ends.audio = std::move(sockets->second);
    auto started = Process::start(loop, path, job, std::move(ends), [this](const wire::Json& line) {
      told.push_back(line);
      std::string event = wire::text(line, "event");
      if (event == "finished" || event == "refused") {
        process.reset();
        return loop.stop();
      }
      react(line);
    });
    REQUIRE(started);
    process = std::move(*started);
    auto guard = loop.after(seconds(60), [this] { loop.stop(); });
    loop.run();
    return told.empty() ? wire::Json() : told.back();
  }
};

}  // namespace

TEST_CASE("a fax's process says ready, is told to begin, and its last word is told") {
  Script script(R"(echo '{"event":"ready","pages":2}'; read order; echo "{\"event\":\"page\",\"order\":$order}"
echo '{"event":"finished","result":"ok","code":0}')");
  script.react = [&](const wire::Json& line) {
    if (line["event"] == "ready") script.process->begin();
  };
  auto last = script.run();
  CHECK(last["result"] == "ok");
  REQUIRE(script.told.size() == 3);
  CHECK(script.told[1]["order"]["do"] == "begin");
}

TEST_CASE("a process that dies is a fax that crashed, told once") {
  Script script(R"(echo '{"event":"ready"}'; kill -SEGV $$)");
  auto last = script.run();
  CHECK(last["event"] == "finished");
  CHECK(last["result"] == "crashed");
  CHECK(wire::text(last, "text").find("signal 11") != std::string::npos);
  CHECK(script.told.size() == 2);
}

TEST_CASE("a process that ends without a word, or was never a program, has crashed too") {
  Script script("exit 3");
  CHECK(wire::text(script.run(), "text").find("status 3") != std::string::npos);
}

TEST_CASE("a refusal is told with its reason") {
  Script script(R"(echo '{"event":"refused","code":65,"text":"is no TIFF file"}'; exit 65)");
  auto last = script.run();
  CHECK(last["event"] == "refused");
  CHECK(last["code"] == 65);
}

TEST_CASE("nonsense on its output ends it") {
  Script script(R"(echo 'Segmentation fault'; sleep 50)");
  auto last = script.run();
  CHECK(last["result"] == "crashed");
  CHECK(wire::text(last, "text").find("no line of a fax") != std::string::npos);
}

TEST_CASE("a line without an end is not waited for") {
  Script script(R"(yes x | tr -d '\n')");
  CHECK(wire::text(script.run(), "text").find("4096") != std::string::npos);
}

TEST_CASE("a process that hangs before it has checked its file is killed") {
  Script script("sleep 50");
  auto last = script.run();
  CHECK(last["result"] == "crashed");
  CHECK(wire::text(last, "text").find("did not check its file") != std::string::npos);
}

TEST_CASE("a process that does not obey a stop is killed, one that does has the last word") {
  Script stubborn(R"(echo '{"event":"ready"}'; sleep 50)");
  stubborn.react = [&](const wire::Json&) { stubborn.process->stop(); };
  CHECK(wire::text(stubborn.run(), "text").find("told to stop") != std::string::npos);
  Script obedient(R"(echo '{"event":"ready"}'; read order; echo '{"event":"finished","result":"stopped"}')");
  obedient.react = [&](const wire::Json&) { obedient.process->stop(); };
  CHECK(obedient.run()["result"] == "stopped");
}

TEST_CASE("a program that is not there is an error at once") {
  Loop loop;
  auto sockets = audio_sockets();
  Process::Ends ends;
  ends.audio = std::move(sockets->second);
  auto started = Process::start(loop, "/nowhere/ccfax", {}, std::move(ends), [](const wire::Json&) {});
  REQUIRE_FALSE(started);
  CHECK(started.error().text.find("/nowhere/ccfax") != std::string::npos);
}
