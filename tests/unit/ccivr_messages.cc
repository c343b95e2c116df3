// SPDX-License-Identifier: GPL-2.0-or-later
// Messages: which there are, by their events; their files, whatever moment we are killed in; the lamps that tell of
// them.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "../../cmd/ccivr/lamps.h"
#include "../../cmd/ccivr/message_book.h"
#include "../../cmd/ccivr/messages.h"
#include "base/check_digit.h"

using namespace hotline;
using namespace hotline::ccivr;

namespace {

const std::string kFile = "messages/service/a-r1.wav";

wire::Event event_of(const std::string& name, const std::string& file = kFile, const std::string& number = "123") {
  wire::Event event;
  event.name = name;
  event.call = "a";
  event.time = from_us(1'000'000);
  event.fields = {{"file", file}, {"number", number}, {"mailbox", "service"}};
  return event;
}

struct Book : MessageBook {
  uint32_t drawn = 7;
  Book() : MessageBook([this](uint32_t below) { return drawn++ / 2 % below; }) {}  // each number twice
};

struct Folder {
  std::filesystem::path var;
  Messages files;
  Folder() : var(make()), files(var) {
    std::filesystem::create_directories(var / "spool");
    std::ofstream(var / "spool/a-r1.wav") << "speech";
  }
  ~Folder() { std::filesystem::remove_all(var); }
  static std::string make() {
    char name[] = "/tmp/hotline-messages-XXXXXX";
    return ::mkdtemp(name);
  }
  bool has(const std::string& name) const { return std::filesystem::exists(var / name); }
  void age(const std::string& name) const {
    utimbuf times{1'000'000, 1'000'000};
    ::utime((var / name).c_str(), &times);
  }
  void sweep(bool left) {
    files.sweep(seconds(3600), [left](const std::string&) { return left; });
  }
  mode_t mode(const std::string& name) const {
    struct stat about {};
    ::stat((var / name).c_str(), &about);
    return about.st_mode & 0777;
  }
};

}  // namespace

TEST_CASE("a message goes from new to heard to answered and never back; what is deleted is not there") {
  Book book;
  book.apply(event_of("voicemail.left"));
  CHECK(book.find("123")->state == "new");
  CHECK(book.find("a-r1") == book.find("123"));
  CHECK(book.count("service") == MessageBook::Count{1, 0});
  book.apply(event_of("message.answered"));
  book.apply(event_of("message.heard"));
  CHECK(book.find("123")->state == "answered");
  CHECK(book.count("service") == MessageBook::Count{0, 1});
  book.apply(event_of("message.deleted"));
  CHECK(book.find("123") == nullptr);
  CHECK(book.find("a-r1") == nullptr);
  book.apply(event_of("message.heard"));
  CHECK(book.size() == 0);
}

TEST_CASE("a number is right by its check digit, belongs to one message, and stays until it is taken") {
  Book book;
  std::string first = book.number_for("messages/new/a-r1.wav");
  CHECK(first.size() == 9);
  CHECK(has_check_digit(first));
  CHECK(book.number_for("messages/new/b-r1.wav") == first);
  book.apply(event_of("voicemail.left", kFile, first));
  CHECK(book.number_for("messages/new/a-r1.wav") == first);  // asked again after a kill
  std::string second = book.number_for("messages/new/b-r1.wav");
  CHECK(second != first);
  CHECK(has_check_digit(second));
}

TEST_CASE("messages older than a moment are found, the oldest first and so many") {
  Book book;
  for (int i = 5; i > 0; --i) {
    auto event = event_of("voicemail.left", "messages/service/" + std::to_string(i) + ".wav", std::to_string(i));
    event.time = from_us(i);
    book.apply(event);
  }
  auto old = book.left_before("service", from_us(4), 2);
  REQUIRE(old.size() == 2);
  CHECK(old[0].number + old[1].number == "12");
  CHECK(book.left_before("other", from_us(9), 9).empty());
}

TEST_CASE("a recording is in two places while its call lasts, and leaving it twice is leaving it once") {
  Folder folder;
  CHECK(folder.files.keep("a-r1.wav").value() == "messages/new/a-r1.wav");
  CHECK(folder.files.deposit("messages/new/a-r1.wav", "service", "").value() == kFile);
  CHECK(folder.has("messages/new/a-r1.wav"));
  CHECK(folder.files.deposit("messages/new/a-r1.wav", "service", "").value() == kFile);
  folder.files.drop("messages/new/a-r1.wav");
  CHECK_FALSE(folder.has("messages/new/a-r1.wav"));
  CHECK(folder.files.deposit("messages/new/a-r1.wav", "service", "").value() == kFile);
  folder.files.remove(kFile);
  CHECK_FALSE(folder.has(kFile));
  CHECK_FALSE(folder.files.deposit("messages/new/a-r1.wav", "service", ""));
}

TEST_CASE("killed before the event, the orphan goes from both places once it is old; after it, the message stays") {
  Folder folder;
  REQUIRE(folder.files.keep("a-r1.wav"));
  REQUIRE(folder.files.deposit("messages/new/a-r1.wav", "service", ""));
  folder.sweep(false);
  CHECK(folder.has("messages/new/a-r1.wav"));  // young: its caller may be on the line yet
  folder.sweep(true);
  CHECK(folder.has("messages/new/a-r1.wav"));
  folder.age("messages/new/a-r1.wav");
  folder.sweep(true);
  CHECK_FALSE(folder.has("messages/new/a-r1.wav"));
  CHECK(folder.has(kFile));
  REQUIRE(folder.files.keep("a-r1.wav"));
  folder.age("messages/new/a-r1.wav");
  folder.sweep(false);
  CHECK_FALSE(folder.has("messages/new/a-r1.wav"));
  CHECK_FALSE(folder.has(kFile));
  CHECK(folder.has("spool/a-r1.wav"));  // the recorder's
}

TEST_CASE("nothing outside of a mailbox can be left or removed") {
  Folder folder;
  REQUIRE(folder.files.keep("a-r1.wav"));
  for (const char* mailbox : {"", ".", "..", "../spool", "a/b"})
    CHECK_FALSE(folder.files.deposit("messages/new/a-r1.wav", mailbox, ""));
  for (const char* file : {"spool/a-r1.wav", "messages/new/../../spool/a-r1.wav", "/etc/passwd", "messages/new/"})
    CHECK_FALSE(folder.files.deposit(file, "service", ""));
  for (const char* file : {"spool/a-r1.wav", "messages/../spool/a-r1.wav", "messages/service/../../spool/a-r1.wav"})
    folder.files.remove(file);
  CHECK(folder.has("spool/a-r1.wav"));
  CHECK_FALSE(folder.files.keep("../a"));
}

TEST_CASE("a mailbox of a group that there is not can be read by nobody else") {
  Folder folder;
  REQUIRE(folder.files.keep("a-r1.wav"));
  REQUIRE(folder.files.deposit("messages/new/a-r1.wav", "director", "there-is-no-such-group"));
  CHECK(folder.mode("messages/director") == 0700);
  CHECK(folder.mode("messages/director/a-r1.wav") == 0600);
}

namespace {

struct Lamp {
  Loop loop;
  std::vector<std::string> asked;
  std::vector<Doors::Answered> open;
  Lamps lamps{[this](const std::string& verb, const wire::Json& body, Doors::Answered answered) {
                asked.push_back(verb + " " + wire::text(body, "phone") + " " +
                                std::to_string(wire::integer(body, "new")) + "/" +
                                std::to_string(wire::integer(body, "old")));
                open.push_back(std::move(answered));
              },
              [this](microseconds span, std::function<void()> due) {
                CHECK(span == kLampRetryAfter);
                return loop.after(milliseconds(1), std::move(due));
              }};
  std::string commands() {
    std::string text;
    for (const auto& one : std::exchange(asked, {})) text += one + "; ";
    return text;
  }
  void answer(Result<wire::Reply> reply) {
    auto all = std::exchange(open, {});
    for (auto& one : all) one(reply);
  }
};

}  // namespace

TEST_CASE("a lamp is told what changed, and a change on the way once the switch has answered") {
  Lamp lamp;
  lamp.lamps.show({{"1001", {1, 0}}, {"1002", {0, 0}}});
  CHECK(lamp.commands() == "mwi 1001 1/0; mwi 1002 0/0; ");
  lamp.lamps.show({{"1001", {2, 0}}, {"1002", {0, 0}}});
  CHECK(lamp.commands().empty());
  lamp.answer(wire::Reply::yes());
  CHECK(lamp.commands() == "mwi 1001 2/0; ");
  lamp.answer(wire::Reply::yes());
  CHECK(lamp.commands().empty());
}

TEST_CASE("a phone that has no mailbox any more goes dark") {
  Lamp lamp;
  lamp.lamps.show({{"1001", {1, 0}}});
  lamp.answer(wire::Reply::yes());
  lamp.commands();
  lamp.lamps.show({});
  CHECK(lamp.commands() == "mwi 1001 0/0; ");
}

TEST_CASE("a switch that is away is told later, one that says no is not asked again") {
  Lamp lamp;
  lamp.lamps.show({{"1001", {1, 0}}});
  lamp.commands();
  lamp.answer(Error{Errc::unavailable, "away"});
  for (int i = 0; i < 100 && lamp.asked.empty(); ++i) lamp.loop.step(milliseconds(100));
  CHECK(lamp.commands() == "mwi 1001 1/0; ");
  lamp.answer(wire::Reply::no(wire::code::kNotFound, "no such phone"));
  lamp.lamps.show({{"1001", {1, 0}}});
  CHECK(lamp.commands().empty());
}
