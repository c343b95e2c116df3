// SPDX-License-Identifier: GPL-2.0-or-later
// Speech by real engines (tests/tts/engine): what is kept, what is refused, what is killed.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "audio/audio.h"
#include "base/fd.h"
#include "base/text.h"
#include "tts/tts.h"

using namespace hotline;
using namespace hotline::tts;
namespace fs = std::filesystem;

namespace {

struct Desk {
  std::string dir;
  Loop loop;
  Settings settings;

  explicit Desk(const std::string& engine, seconds timeout = seconds(20)) {
    char name[] = "/tmp/tts-XXXXXX";
    dir = ::mkdtemp(name);
    std::string here = __FILE__;
    settings.command = {here.substr(0, here.rfind("unit/")) + "tts/engine", engine, dir};
    settings.timeout = timeout;
    settings.folder = dir + "/var/tts";
  }
  ~Desk() { fs::remove_all(dir); }

  std::vector<std::string> runs() const {
    auto text = read_file(dir + "/runs");
    std::vector<std::string> lines = text ? split(*text, '\n') : std::vector<std::string>{""};
    lines.pop_back();
    return lines;
  }
  /// Steps the loop until `is` holds, twenty seconds at most.
  void until(const std::function<bool()>& is) {
    bool late = false;
    auto end = loop.after(seconds(20), [&] { late = true; });
    while (!is() && !late) loop.step(milliseconds(20));
    REQUIRE(is());
  }
  Result<File> say(Speaker& speaker, const std::string& language, std::string_view text) {
    std::vector<Result<File>> answers;
    speaker.say(language, text, [&](const Result<File>& answer) { answers.push_back(answer); });
    CHECK(answers.empty());
    until([&] { return !answers.empty(); });
    return answers.front();
  }
  Errc fails(Speaker& speaker, const std::string& language, std::string_view text) {
    auto answer = say(speaker, language, text);
    REQUIRE_FALSE(answer);
    CHECK((text.empty() || answer.error().text.find(text) == std::string::npos));
    return answer.error().code;
  }
};

bool lives(pid_t pid) { return ::kill(pid, 0) == 0; }

/// Those that an engine wrote into DIR/pids.
std::vector<pid_t> pids_of(Desk& desk) {
  std::string text;
  desk.until([&] {
    auto file = read_file(desk.dir + "/pids");
    text = file ? *file : "";
    return text.ends_with('\n');
  });
  std::vector<pid_t> pids;
  for (const auto& word : split(std::string(trim(text)), ' ')) pids.push_back(static_cast<pid_t>(*parse_int(word)));
  return pids;
}

milliseconds since(Instant begin) { return std::chrono::duration_cast<milliseconds>(monotonic_now() - begin); }

}  // namespace

TEST_CASE("a text becomes a file of A-law, and the next who asks gets it without an engine") {
  Desk desk("good");
  Speaker speaker(desk.loop, desk.settings);
  auto first = desk.say(speaker, "zh-CN", " 您好,\n\t世界 ");
  REQUIRE(first);
  CHECK_FALSE(first->cached);
  CHECK(first->path == desk.dir + "/var/" + first->name);
  CHECK(first->name.starts_with("tts/zh-CN/"));
  CHECK(first->name.size() == std::string("tts/zh-CN/.wav").size() + 64);
  auto speech = audio::inspect_speech(first->path);
  REQUIRE(speech);
  CHECK(*speech > 300);
  auto again = desk.say(speaker, "zh-CN", "您好, 世界");
  REQUIRE(again);
  CHECK(again->cached);
  CHECK(again->path == first->path);
  CHECK(desk.runs() == std::vector<std::string>{"zh-CN\t您好, 世界"});
  Speaker later(desk.loop, desk.settings);
  CHECK(desk.say(later, "zh-CN", "您好, 世界")->cached);
}

TEST_CASE("the same text asked for by many at once runs one engine") {
  Desk desk("good");
  Speaker speaker(desk.loop, desk.settings);
  int good = 0;
  for (int i = 0; i < 50; ++i)
    speaker.say("en", "the same", [&](const Result<File>& file) { good += static_cast<bool>(file); });
  desk.until([&] { return good == 50; });
  CHECK(desk.runs().size() == 1);
  CHECK(speaker.counts().joined == 49);
  CHECK(speaker.counts().made == 1);
}

TEST_CASE("another language, another voice and another program are other files") {
  Desk desk("good");
  Speaker speaker(desk.loop, desk.settings);
  auto english = desk.say(speaker, "en", "one"), scottish = desk.say(speaker, "en-gb-scotland", "one");
  REQUIRE(english);
  REQUIRE(scottish);
  CHECK(fs::path(english->path).filename() != fs::path(scottish->path).filename());
  auto other = desk.settings;
  other.command[1] = "gate";
  Speaker another(desk.loop, other);
  auto same_words = desk.say(another, "en", "one");
  REQUIRE(same_words);
  CHECK_FALSE(same_words->cached);
  auto copy = desk.settings;
  copy.command = {desk.dir + "/engine", desk.dir};
  for (const char* script :
       {"#!/bin/sh\nespeak-ng -v en --stdin --stdout\n", "#!/bin/sh\nespeak-ng -v en+f3 --stdin --stdout\n"}) {
    REQUIRE(replace_file(copy.command[0], script));
    REQUIRE(::chmod(copy.command[0].c_str(), 0755) == 0);
    copy.command[1] = desk.dir;
    Speaker edited(desk.loop, copy);
    auto file = desk.say(edited, "en", "one");
    REQUIRE(file);
    CHECK_FALSE(file->cached);  // a script that was edited is another voice
  }
}

TEST_CASE("an engine that hangs is killed with its children, and the asker told in time") {
  Desk desk("hang");
  desk.settings.timeout = milliseconds(400);
  Speaker speaker(desk.loop, desk.settings);
  auto begin = monotonic_now();
  auto answer = desk.say(speaker, "en", "nobody hears this");
  REQUIRE_FALSE(answer);
  CHECK(since(begin) >= milliseconds(390));
  CHECK(since(begin) < milliseconds(2000));
  auto pids = pids_of(desk);
  REQUIRE(pids.size() == 2);
  desk.until([&] { return !lives(pids[0]) && !lives(pids[1]); });
  CHECK(speaker.running() == 0);
}

TEST_CASE("a text that an engine failed with is refused at once for some time") {
  Desk desk("sick");
  Speaker speaker(desk.loop, desk.settings);
  CHECK(desk.fails(speaker, "en", "one") == Errc::unavailable);
  CHECK(desk.fails(speaker, "en", "one") == Errc::unavailable);
  CHECK(desk.runs().size() == 1);
  REQUIRE(replace_file(desk.dir + "/well", ""));
  CHECK(desk.say(speaker, "en", "two"));  // one failure is a text's
}

TEST_CASE("an engine that failed twice costs nobody time, what is kept is still said, and it is tried again") {
  Desk desk("sick");
  desk.settings.remember = milliseconds(500);
  Speaker speaker(desk.loop, desk.settings);
  REQUIRE(replace_file(desk.dir + "/well", ""));
  REQUIRE(desk.say(speaker, "en", "known"));
  fs::remove(desk.dir + "/well");
  CHECK(desk.fails(speaker, "en", "one") == Errc::unavailable);
  CHECK(desk.fails(speaker, "en", "two") == Errc::unavailable);
  auto broken = monotonic_now();
  CHECK(desk.runs().size() == 3);
  for (int i = 0; i < 20; ++i) CHECK(desk.fails(speaker, "en", "number " + std::to_string(i)) == Errc::unavailable);
  CHECK(desk.runs().size() == 3);
  auto known = desk.say(speaker, "en", "known");
  REQUIRE(known);
  CHECK(known->cached);
  REQUIRE(replace_file(desk.dir + "/well", ""));
  desk.until([&] { return since(broken) > milliseconds(500); });
  CHECK(desk.say(speaker, "en", "three"));
  CHECK(desk.say(speaker, "en", "one"));
}

TEST_CASE("while a broken engine is tried nobody else is kept waiting for it") {
  Desk desk("sick");
  desk.settings.remember = milliseconds(100);
  Speaker speaker(desk.loop, desk.settings);
  CHECK(desk.fails(speaker, "en", "one") == Errc::unavailable);
  CHECK(desk.fails(speaker, "en", "two") == Errc::unavailable);
  auto broken = monotonic_now();
  desk.until([&] { return since(broken) > milliseconds(100); });
  int refused = 0;
  for (int i = 0; i < 10; ++i)
    speaker.say("en", "number " + std::to_string(i), [&](const Result<File>& file) { refused += !file; });
  desk.until([&] { return refused == 10; });
  CHECK(desk.runs().size() == 3);
}

TEST_CASE("what is no speech is a failure of the engine, and leaves no file") {
  for (const char* what : {"crash", "status", "junk", "nothing", "silent", "long", "flood"}) {
    CAPTURE(what);
    Desk desk(what);
    Speaker speaker(desk.loop, desk.settings);
    CHECK(desk.fails(speaker, "en", "one") == Errc::unavailable);
    CHECK(speaker.counts().failed == 1);
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(desk.dir + "/var", ignored)) CHECK(entry.is_directory());
  }
}

TEST_CASE("a program that is not there is said to be missing") {
  Desk desk("good");
  desk.settings.command = {desk.dir + "/nowhere"};
  Speaker speaker(desk.loop, desk.settings);
  auto answer = desk.say(speaker, "en", "one");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().text == "cannot start '" + desk.dir + "/nowhere': No such file or directory");
}

TEST_CASE("an engine's children that it leaves behind end with it") {
  Desk desk("leave");
  Speaker speaker(desk.loop, desk.settings);
  CHECK(desk.say(speaker, "en", "one"));
  auto pids = pids_of(desk);
  desk.until([&] { return !lives(pids[0]); });
}

TEST_CASE("a damaged file is made anew") {
  Desk desk("good");
  Speaker speaker(desk.loop, desk.settings);
  auto file = desk.say(speaker, "en", "one");
  REQUIRE(file);
  auto whole = read_file(file->path);
  REQUIRE(whole);
  for (const auto& damaged :
       {std::string(), whole->substr(0, whole->size() / 2), std::string(5000, 'x'), *whole + "more"}) {
    REQUIRE(replace_file(file->path, damaged));
    auto anew = desk.say(speaker, "en", "one");
    REQUIRE(anew);
    CHECK_FALSE(anew->cached);
    CHECK(*read_file(anew->path) == *whole);
  }
}

TEST_CASE("the cache is bounded, and what was not used for longest goes first") {
  Desk desk("good");
  Speaker first(desk.loop, desk.settings);
  std::vector<File> files;
  int64_t bytes = 0;
  for (const char* text : {"one", "two", "three"}) {
    auto file = desk.say(first, "en", text);
    REQUIRE(file);
    files.push_back(*file);
    bytes += static_cast<int64_t>(fs::file_size(file->path));
  }
  CHECK(desk.say(first, "en", "one")->cached);  // and so it is younger than "two"
  desk.settings.cache_bytes = bytes;
  Speaker second(desk.loop, desk.settings);
  auto four = desk.say(second, "en", "four");
  REQUIRE(four);
  CHECK(fs::exists(files[0].path));
  CHECK_FALSE(fs::exists(files[1].path));
  CHECK(fs::exists(four->path));
  desk.settings.cache_bytes = 1;
  Speaker third(desk.loop, desk.settings);
  auto five = desk.say(third, "zh-CN", "五");
  REQUIRE(five);
  CHECK(fs::exists(five->path));  // what was just asked for is there all the same
  CHECK_FALSE(fs::exists(files[0].path));
  CHECK_FALSE(fs::exists(four->path));
}

TEST_CASE("so many engines run at once, and who waits longer than the time-out is told to come again") {
  Desk desk("gate");
  desk.settings.processes = 2;
  desk.settings.timeout = milliseconds(1500);
  REQUIRE(::mkfifo((desk.dir + "/gate").c_str(), 0600) == 0);
  Fd gate(::open((desk.dir + "/gate").c_str(), O_RDWR | O_CLOEXEC));
  Speaker speaker(desk.loop, desk.settings);
  int again = 0, answered = 0;
  for (int i = 0; i < 5; ++i)
    speaker.say("en", "number " + std::to_string(i), [&](const Result<File>& file) {
      ++answered;
      again += !file && file.error().code == Errc::again;
    });
  desk.until([&] { return desk.runs().size() == 2; });
  CHECK(speaker.running() == 2);
  desk.until([&] { return answered == 5; });
  CHECK(again >= 3);
  CHECK(desk.runs().size() == 2);
}

TEST_CASE("an engine that ends after its asker has left is kept for the next") {
  Desk desk("gate");
  REQUIRE(::mkfifo((desk.dir + "/gate").c_str(), 0600) == 0);
  Fd gate(::open((desk.dir + "/gate").c_str(), O_RDWR | O_CLOEXEC));
  Speaker speaker(desk.loop, desk.settings);
  bool called = false;
  uint64_t ask = speaker.say("en", "one", [&](const Result<File>&) { called = true; });
  desk.until([&] { return speaker.running() == 1 && desk.runs().size() == 1; });
  speaker.cancel(ask);
  fs::remove(desk.dir + "/gate");
  gate.reset();
  desk.until([&] { return speaker.counts().made == 1; });
  CHECK_FALSE(called);
  CHECK(desk.say(speaker, "en", "one")->cached);
}

TEST_CASE("a speaker that goes kills its engines and calls nobody") {
  Desk desk("hang");
  bool called = false;
  std::vector<pid_t> pids;
  {
    Speaker speaker(desk.loop, desk.settings);
    speaker.say("en", "one", [&](const Result<File>&) { called = true; });
    pids = pids_of(desk);
  }
  desk.until([&] { return !lives(pids[0]) && !lives(pids[1]); });
  CHECK_FALSE(called);
}

TEST_CASE("texts and languages that are none are refused") {
  Desk desk("good");
  Speaker speaker(desk.loop, desk.settings);
  CHECK(desk.fails(speaker, "en", "") == Errc::bad_data);
  CHECK(desk.fails(speaker, "en", " \n\t ") == Errc::bad_data);
  CHECK(desk.fails(speaker, "en", "\xff\xfe") == Errc::bad_data);
  std::string longest;
  for (size_t i = 0; i < kTextCharactersMax; ++i) longest += "水";
  CHECK(speakable(longest));
  CHECK(desk.fails(speaker, "zh-CN", longest + "水") == Errc::bad_data);
  for (const char* language : {"", "..", "../en", "en/x", "-en", "en-", "en--gb", "中文", "a-name-that-is-too-long"})
    CHECK(desk.fails(speaker, language, "a text") == Errc::bad_data);
  CHECK(desk.runs().empty());
}

TEST_CASE("a text is told to engines in one line, without control characters") {
  CHECK(*speakable("  a\r\n\r\nb\x1b[0m\tc ") == "a b [0m c");
  CHECK(*speakable("您好") == "您好");
}

TEST_CASE("the table is read, with bounds, and a program of ours is found by its name") {
  auto instance = conf::Instance::from_environment();
  auto settings_of = [&](const std::string& text, std::string& complaints) {
    auto document = conf::Document::parse(text, "hotline.toml");
    REQUIRE(document);
    auto root = document->root();
    auto settings = read_settings(root, instance);
    complaints = join(document->complaints(), "\n");
    return settings;
  };
  std::string complaints;
  auto plain = settings_of("", complaints);
  CHECK(complaints.empty());
  CHECK(plain.timeout == milliseconds(2000));
  CHECK(plain.command.size() == 1);
  CHECK(plain.folder == instance.var() + "/tts");
  auto given = settings_of(
      "[tts]\ncommand = [\"/opt/voice\", \"--fast\"]\ntimeout = \"900ms\"\ncache_bytes = 2000000\nprocesses = 2\n",
      complaints);
  CHECK(complaints.empty());
  CHECK(given.command == std::vector<std::string>{"/opt/voice", "--fast"});
  CHECK(given.timeout == milliseconds(900));
  CHECK(given.cache_bytes == 2000000);
  CHECK(given.processes == 2);
  settings_of("[tts]\ncommand = []\ntimeout = \"0s\"\nprocesses = 0\ncache = 1\n", complaints);
  CHECK(complaints.find("hotline.toml:2") != std::string::npos);
  CHECK(complaints.find("hotline.toml:3") != std::string::npos);
  CHECK(complaints.find("hotline.toml:4") != std::string::npos);
  CHECK(complaints.find("hotline.toml:5") != std::string::npos);
}
