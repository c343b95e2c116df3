// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "base/text.h"
#include "journal_folder.h"

using namespace hotline;

TEST_CASE("events are numbered from 1 and each line carries the hash of the one before") {
  JournalFolder folder;
  auto writer = folder.open();
  auto first = folder.append(*writer, "call.offered", "2026-11-22T01:02:03.000004Z");
  auto second = folder.append(*writer, "call.ended", "2026-11-22T01:02:04.000000Z");
  CHECK(
      first ==
      R"({"n":1,"time":"2026-11-22T01:02:03.000004Z","from":"ccx","event":"call.offered","prev":"0000000000000000000000000000000000000000000000000000000000000000"})");
  // printf '%s' "$first" | sha256sum
  CHECK(
      second ==
      R"({"n":2,"time":"2026-11-22T01:02:04.000000Z","from":"ccx","event":"call.ended","prev":"14796bddc2aa5ea19e2748f615ab3dd6b24cfea92abff83511f4f899fffb5aa5"})");
  CHECK(whole(folder.file("2026-11-22")) == first + "\n" + second + "\n");
}

TEST_CASE("a writer goes on with number and chain where the last one stopped") {
  JournalFolder folder;
  folder.append(*folder.open());
  auto writer = folder.open();
  CHECK(writer->last_number() == 1);
  folder.append(*writer);
  CHECK(folder.numbers() == std::vector<int64_t>{1, 2});
  CHECK(folder.faults().empty());
}

TEST_CASE("a second writer of the same journal is refused") {
  JournalFolder folder;
  auto writer = folder.open();
  auto second = journal::Writer::open(folder.dir, "ccx");
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::again);
}

TEST_CASE("a publisher's name that is a path is refused") {
  JournalFolder folder;
  CHECK_FALSE(journal::Writer::open(folder.dir, "../ccx"));
}

TEST_CASE("at midnight UTC a new file begins, and the chain goes through") {
  JournalFolder folder;
  {
    auto writer = folder.open();
    folder.append(*writer, "digit", "2026-11-22T23:59:59.999999Z");
    folder.append(*writer, "digit", "2026-11-23T00:00:00.000000Z");
    folder.append(*writer, "digit", "2026-11-22T23:59:59.999999Z");  // the clock was set back: files stay in order
  }
  CHECK(split(whole(folder.file("2026-11-22")), '\n').size() == 2);
  CHECK(split(whole(folder.file("2026-11-23")), '\n').size() == 3);
  CHECK(folder.faults().empty());
  CHECK(folder.numbers(2) == std::vector<int64_t>{2, 3});
}

TEST_CASE("a torn last line is set aside and its number given again") {
  JournalFolder folder;
  folder.append(*folder.open());
  folder.append(*folder.open());
  auto text = whole(folder.today());
  write_whole(folder.today(), text.substr(0, text.size() - 20));
  auto writer = folder.open();
  CHECK(writer->last_number() == 1);
  folder.append(*writer);
  CHECK(folder.faults().empty());
  CHECK(whole(folder.today() + ".torn") == split(text, '\n')[1].substr(0, split(text, '\n')[1].size() - 19) + "\n");
}

TEST_CASE("a last line that is damaged but whole keeps its number, and stays as it is") {
  JournalFolder folder;
  folder.append(*folder.open());
  write_whole(folder.today(), whole(folder.today()) + "garbage\n");
  auto writer = folder.open();
  CHECK(writer->last_number() == 2);
  folder.append(*writer);
  CHECK(folder.numbers() == std::vector<int64_t>{1, 3});
  auto faults = folder.faults();
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].find(".jsonl:2: no JSON") != std::string::npos);
}

TEST_CASE("a journal without any sound line is not written to") {
  JournalFolder folder;
  REQUIRE(make_directories(folder.dir + "/ccx"));
  write_whole(folder.file("2026-11-22"), "garbage\n");
  auto writer = journal::Writer::open(folder.dir, "ccx");
  REQUIRE_FALSE(writer);
  CHECK(writer.error().code == Errc::bad_data);
}

TEST_CASE("the end of a journal of many megabytes is found from its last lines") {
  JournalFolder folder;
  {
    auto writer = folder.open();
    for (int i = 0; i < 3000; ++i) {
      wire::Event event;
      event.name = "call.tagged";
      event.fields = {{"set", {{"note", std::string(3000, 'x')}}}};
      writer->append(event);
    }
  }
  auto writer = folder.open();
  CHECK(writer->last_number() == 3000);
  folder.append(*writer);
  int64_t events = 0;
  CHECK(folder.faults(&events).empty());
  CHECK(events == 3001);
}

TEST_CASE("an event that would not fit into a message keeps its number and says how long it was") {
  JournalFolder folder;
  auto writer = folder.open();
  wire::Event event;
  event.name = "call.tagged";
  event.fields = {{"text", std::string(2 << 20, 'x')}};
  auto line = writer->append(event);
  CHECK(line.size() < 300);
  CHECK(event.fields["oversize_bytes"].get<int64_t>() > 2 << 20);
  CHECK(folder.faults().empty());
}

TEST_CASE("fields cannot forge what belongs to the journal") {
  JournalFolder folder;
  auto writer = folder.open();
  wire::Event event;
  event.name = "digit";
  event.fields = {{"n", 99}, {"prev", "x"}, {"from", "ccy"}, {"digit", "1"}};
  writer->append(event);
  folder.append(*writer);
  CHECK(folder.faults().empty());
}

TEST_CASE("what was appended is on the disk soon, and synced_number says so") {
  JournalFolder folder;
  auto writer = folder.open();
  folder.append(*writer);
  Instant end = monotonic_now() + seconds(10);
  while (writer->synced_number() < 1 && monotonic_now() < end) ::usleep(1000);
  CHECK(writer->synced_number() == 1);
}

TEST_CASE("when the disk is full events wait, and all are written in order when there is room again") {
  JournalFolder folder;
  auto writer = folder.open();
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit little = before;
  little.rlim_cur = 1000;  // cuts a line in two, as a full disk does
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &little) == 0);
  for (int i = 0; i < 20; ++i) folder.append(*writer);
  std::string trouble = writer->trouble();
  int64_t last = writer->last_number();
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, old_handler);
  CHECK(trouble.find("events wait in memory") != std::string::npos);
  CHECK(last == 20);
  folder.append(*writer);
  CHECK(writer->trouble() == "");
  CHECK(folder.faults().empty());
  CHECK(folder.numbers().size() == 21);
}

TEST_CASE("kill -9 of the writer at random moments leaves a whole chain without a gap") {
  JournalFolder folder;
  std::mt19937 random(20261122);
  for (int round = 0; round < 30; ++round) {
    pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto writer = journal::Writer::open(folder.dir, "ccx");
      if (!writer) ::_exit(1);
      for (;;) JournalFolder::append(**writer);
    }
    ::usleep(2000 + random() % 20000);
    ::kill(child, SIGKILL);
    int status;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
  }
  int64_t events = 0;
  (void)folder.open();
  CHECK(folder.faults(&events).empty());
  CHECK(events > 30);
  CHECK(static_cast<int64_t>(folder.numbers().size()) == events);
}
