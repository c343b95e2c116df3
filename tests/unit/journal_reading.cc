// SPDX-License-Identifier: GPL-2.0-or-later
#include <fstream>

#include "base/text.h"
#include "journal_folder.h"

using namespace hotline;

namespace {

/// Three days with two events each: 1 to 6.
void write_three_days(JournalFolder& folder) {
  auto writer = folder.open();
  for (const char* day : {"2026-11-20", "2026-11-21", "2026-11-22"})
    for (int i = 0; i < 2; ++i) folder.append(*writer, "digit", std::string(day) + "T12:00:00.000000Z");
}

/// Everything a follower sees, as "1,2,3".
struct Following {
  std::unique_ptr<journal::Follower> follower;
  std::string numbers;
  std::vector<std::string> damage;
  Following(const JournalFolder& folder, int64_t first) : follower(journal::Follower::open(folder.dir, "ccx", first)) {}
  int64_t poll(int64_t entries_max = 1000) {
    auto taken =
        follower->poll([&](const journal::Entry& entry) { numbers += std::to_string(entry.event.number) + ","; },
                       [&](const std::string& what) { damage.push_back(what); }, entries_max);
    REQUIRE(taken);
    return *taken;
  }
};

}  // namespace

TEST_CASE("reading begins at the number asked for, in whichever file it is") {
  JournalFolder folder;
  write_three_days(folder);
  CHECK(folder.numbers(1) == std::vector<int64_t>{1, 2, 3, 4, 5, 6});
  CHECK(folder.numbers(4) == std::vector<int64_t>{4, 5, 6});
  CHECK(folder.numbers(7).empty());
  CHECK(folder.numbers(0).size() == 6);
}

TEST_CASE("an entry says where it stands, and its fields are the event's own") {
  JournalFolder folder;
  write_three_days(folder);
  auto read = journal::read(
      folder.dir, "ccx", 4,
      [&](const journal::Entry& entry) {
        CHECK(entry.file == folder.file("2026-11-21"));
        CHECK(entry.line_number == 2);
        CHECK(entry.event.fields.empty());
        CHECK(entry.line.find("\"prev\"") != std::string::npos);
        return false;
      },
      [](const std::string&) {});
  CHECK(read);
}

TEST_CASE("a damaged line is named with file and line and passed over") {
  JournalFolder folder;
  write_three_days(folder);
  auto text = whole(folder.file("2026-11-21"));
  text[3] = 'x';
  write_whole(folder.file("2026-11-21"), text);
  std::vector<std::string> damage;
  std::vector<int64_t> numbers;
  auto read = journal::read(
      folder.dir, "ccx", 1, [&](const journal::Entry& entry) { return numbers.push_back(entry.event.number), true; },
      [&](const std::string& what) { damage.push_back(what); });
  CHECK(read);
  CHECK(numbers == std::vector<int64_t>{1, 2, 4, 5, 6});
  REQUIRE(damage.size() == 1);
  CHECK(damage[0].rfind(folder.file("2026-11-21") + ":1: ", 0) == 0);
}

TEST_CASE("a line without its newline is waited for, not damage") {
  JournalFolder folder;
  folder.append(*folder.open());
  auto text = whole(folder.today());
  write_whole(folder.today(), text.substr(0, 40));
  Following following(folder, 1);
  CHECK(following.poll() == 0);
  CHECK(following.damage.empty());
  write_whole(folder.today(), text);
  CHECK(following.poll() == 1);
}

TEST_CASE("a follower reads on where it stopped, over the files of following days") {
  JournalFolder folder;
  Following following(folder, 1);
  CHECK(following.poll() == 0);
  auto writer = folder.open();
  folder.append(*writer, "digit", "2026-11-20T12:00:00.000000Z");
  CHECK(following.poll() == 1);
  CHECK(following.poll() == 0);
  folder.append(*writer, "digit", "2026-11-20T13:00:00.000000Z");
  folder.append(*writer, "digit", "2026-11-21T12:00:00.000000Z");
  folder.append(*writer, "digit", "2026-11-22T12:00:00.000000Z");
  CHECK(following.poll() == 3);
  CHECK(following.numbers == "1,2,3,4,");
}

TEST_CASE("a follower takes no more at once than it is allowed to, and loses none") {
  JournalFolder folder;
  write_three_days(folder);
  Following following(folder, 2);
  CHECK(following.poll(2) == 2);
  CHECK(following.poll(2) == 2);
  CHECK(following.poll(2) == 1);
  CHECK(following.numbers == "2,3,4,5,6,");
}

TEST_CASE("a follower whose file became shorter says so and goes on with what is added") {
  JournalFolder folder;
  {
    auto writer = folder.open();
    for (int i = 0; i < 3; ++i) folder.append(*writer);
  }
  Following following(folder, 1);
  CHECK(following.poll() == 3);
  auto lines = split(whole(folder.today()), '\n');
  write_whole(folder.today(), lines[0] + "\n");
  CHECK(following.poll() == 0);
  REQUIRE(following.damage.size() == 1);
  CHECK(following.damage[0].find("the file has become shorter") != std::string::npos);
  folder.append(*folder.open());
  CHECK(following.poll() == 1);
  CHECK(following.numbers == "1,2,3,2,");
}

TEST_CASE("a line longer than a message is passed over without being held in memory") {
  JournalFolder folder;
  folder.append(*folder.open());
  std::ofstream(folder.today(), std::ios::app) << std::string(3 << 20, 'x') << "\n";
  folder.append(*folder.open());
  Following following(folder, 1);
  CHECK(following.poll() == 2);
  CHECK(following.numbers == "1,3,");
  REQUIRE(following.damage.size() == 1);
  CHECK(following.damage[0].find(":2: the line is too long") != std::string::npos);
}

TEST_CASE("verify finds a changed field, a removed line, a foreign event and missing files") {
  JournalFolder folder;
  write_three_days(folder);
  int64_t events = 0;
  CHECK(folder.faults(&events).empty());
  CHECK(events == 6);

  SUBCASE("a changed field") {
    auto text = whole(folder.file("2026-11-21"));
    text.replace(text.find("digit"), 5, "digot");
    write_whole(folder.file("2026-11-21"), text);
    auto faults = folder.faults();
    REQUIRE(faults.size() == 1);
    CHECK(faults[0] ==
          folder.file("2026-11-21") + ":2: 'prev' is not the hash of the line before: one of the two was changed");
  }
  SUBCASE("a removed line") {
    auto lines = split(whole(folder.file("2026-11-21")), '\n');
    write_whole(folder.file("2026-11-21"), lines[1] + "\n");
    auto faults = folder.faults();
    REQUIRE(faults.size() == 2);
    CHECK(faults[0] == folder.file("2026-11-21") + ":1: number 4 where 3 was due");
  }
  SUBCASE("the first file is missing") {
    std::filesystem::remove(folder.file("2026-11-20"));
    auto faults = folder.faults();
    REQUIRE(faults.size() == 1);
    CHECK(faults[0] == folder.file("2026-11-21") + ":1: begins at number 3; the files before are missing");
  }
  SUBCASE("another publisher's events") {
    std::filesystem::rename(folder.dir + "/ccx", folder.dir + "/ccy");
    CHECK(journal::verify(folder.dir, "ccy", nullptr).size() == 6);
  }
}

TEST_CASE("publishers are those with a day file, sorted") {
  JournalFolder folder;
  write_three_days(folder);
  std::filesystem::copy(folder.dir + "/ccx", folder.dir + "/cca");
  std::filesystem::create_directories(folder.dir + "/empty");
  CHECK(journal::publishers(folder.dir) == std::vector<std::string>{"cca", "ccx"});
  CHECK(journal::publishers(folder.dir + "/nowhere").empty());
}
