// SPDX-License-Identifier: GPL-2.0-or-later
// One that hangs delays no other; bounds, cancelling, circuits.
#include <signal.h>

#include "lookup_bench.h"
#include "lookup_server.h"

namespace hotline::lookup {

namespace {

std::string hanging_http(const Server& server, const std::string& name, const std::string& more) {
  return "[lookup." + name + "]\nkind = \"http\"\nurl = \"" + server.url() + "\"\n" + more;
}

Server::Answer nothing() {
  return [](const std::string&) { return std::nullopt; };
}

/// Processes of the group that a program wrote down.
bool alive(const std::string& file) {
  auto text = read_file(file);
  return text && !text->empty() && ::kill(-std::stoi(*text), 0) == 0;
}

}  // namespace

TEST_CASE("100 HTTP requests and 100 programs that hang delay no statement") {
  Server server(nothing());
  Bench bench;
  bench.sql("CREATE TABLE bills (number TEXT, balance TEXT); INSERT INTO bills VALUES ('88001234', '12.50')");
  bench.program("hang", "exec sleep 60\n");
  std::string rest = "concurrency = 100\ntimeout = \"30s\"\n";
  bench.begin(hanging_http(server, "http", rest) +
              "[lookup.program]\nkind = \"program\"\ncommand = [\"programs/hang\"]\n" + rest +
              "[lookup.balance]\nkind = \"sql\"\nstore = \"sqlite:var/billing.db\"\nquery = \"SELECT balance FROM "
              "bills WHERE number = "
              ":number\"\nparameters = [\"number\"]\nresults = [\"balance\"]\ntimeout = \"30s\"\n");
  std::vector<Lookups::Handle> hanging;
  int ended = 0;
  for (int i = 0; i < 100; ++i)
    for (const char* name : {"http", "program"})
      hanging.push_back(bench.lookups->ask(name, {}, [&](const Outcome&) { ++ended; }));
  REQUIRE(bench.until([&] { return server.count() == 100; }));
  CHECK(bench.lookups->open() == 200);
  // All of these are asked after them and answered before any of them ends.
  for (int i = 0; i < 50; ++i) CHECK(bench.told("balance", {{"number", "88001234"}}) == "found balance=12.50");
  CHECK(ended == 0);
  CHECK(bench.lookups->open() == 200);
  hanging.clear();
  CHECK(bench.lookups->open() == 0);
  CHECK(ended == 0);
}

TEST_CASE("a program that hangs is killed at its time-out with all that it started") {
  Bench bench;
  bench.program("hang", "echo $$ >../var/group; sleep 60 & sleep 60\n");
  bench.begin("[lookup.x]\nkind = \"program\"\ncommand = [\"programs/hang\"]\ntimeout = \"500ms\"\n");
  CHECK(bench.told("x") == "failed timeout");
  CHECK(bench.until([&] { return !alive(bench.home + "/var/group"); }));
}

TEST_CASE("a question whose caller hung up is left: its program is killed, nothing is answered") {
  Bench bench;
  bench.program("hang", "echo $$ >../var/group; sleep 60\n");
  bench.begin("[lookup.x]\nkind = \"program\"\ncommand = [\"programs/hang\"]\ntimeout = \"30s\"\n");
  bool answered = false;
  auto handle = bench.lookups->ask("x", {}, [&](const Outcome&) { answered = true; });
  REQUIRE(bench.until([&] { return alive(bench.home + "/var/group"); }));
  handle.cancel();
  CHECK(bench.until([&] { return !alive(bench.home + "/var/group"); }));
  CHECK(!answered);
  CHECK(bench.lookups->open() == 0);
}

TEST_CASE("more than may run wait, and what waited too long is busy and not the source's fault") {
  Server server(nothing());
  Bench bench;
  bench.begin(hanging_http(server, "y", "concurrency = 2\ntimeout = \"500ms\"\n"));
  std::vector<std::string> told;
  std::vector<Lookups::Handle> handles;
  for (int i = 0; i < 4; ++i)
    handles.push_back(
        bench.lookups->ask("y", {}, [&](const Outcome& outcome) { told.push_back(Bench::text_of(outcome)); }));
  REQUIRE(bench.until([&] { return told.size() == 4; }));
  CHECK(std::count(told.begin(), told.end(), "failed timeout") >= 2);
  CHECK(std::count(told.begin(), told.end(), "failed busy") >= 1);
  CHECK(server.count() <= 3);
}

TEST_CASE("one more than may wait is busy at once") {
  Server server(nothing());
  Bench bench;
  bench.begin(hanging_http(server, "y", "concurrency = 1\ntimeout = \"30s\"\n"));
  std::vector<Lookups::Handle> handles;
  int answered = 0;
  for (size_t i = 0; i < kWaitingMax; ++i)
    handles.push_back(bench.lookups->ask("y", {}, [&](const Outcome&) { ++answered; }));
  CHECK(bench.told("y") == "failed busy");
  CHECK(answered == 0);
}

TEST_CASE("five failures in a row and the source is left alone") {
  Server server(http("500 Oops", ""));
  Bench bench;
  bench.begin(hanging_http(server, "y", ""));
  for (int i = 0; i < 5; ++i) CHECK(bench.told("y") == "failed failed");
  CHECK(bench.told("y") == "failed resting");
  CHECK(bench.told("y") == "failed resting");
  CHECK(server.count() == 5);
}

TEST_CASE("after a reload the same look-up goes on, another one is new, and who asks the old one is answered") {
  Server server(nothing());
  Bench bench;
  bench.program("x", "printf 'hello\\t1\\nn=1\\n'\n");
  std::string program = "[lookup.x]\nkind = \"program\"\ncommand = [\"programs/x\"]\nresults = [\"n\"]\n";
  bench.begin(program + hanging_http(server, "y", "timeout = \"500ms\"\n"));
  std::string told;
  auto handle = bench.lookups->ask("y", {}, [&](const Outcome& outcome) { told = Bench::text_of(outcome); });
  auto loaded = bench.load(program);
  REQUIRE(loaded);
  bench.lookups->replace(*loaded);
  CHECK(bench.told("y") == "failed unknown");
  CHECK(bench.told("x") == "found n=1");
  CHECK(bench.until([&] { return !told.empty(); }));
  CHECK(told == "failed timeout");
}

TEST_CASE("whoever is answered may ask again, and replace the look-ups") {
  Bench bench;
  bench.program("x", "printf 'hello\\t1\\nn=1\\n'\n");
  auto loaded = bench.load("[lookup.x]\nkind = \"program\"\ncommand = [\"programs/x\"]\nresults = [\"n\"]\n");
  REQUIRE(loaded);
  bench.lookups = std::make_unique<Lookups>(bench.loop, *loaded);
  std::string told;
  Lookups::Handle second;
  auto first = bench.lookups->ask("x", {}, [&](const Outcome&) {
    auto other = *loaded;
    other.at("x").timeout = seconds(5);
    bench.lookups->replace(other);
    second = bench.lookups->ask("x", {}, [&](const Outcome& outcome) { told = Bench::text_of(outcome); });
  });
  CHECK(bench.until([&] { return !told.empty(); }));
  CHECK(told == "found n=1");
}

}  // namespace hotline::lookup
