// SPDX-License-Identifier: GPL-2.0-or-later
// One door for what flows say: the golden lists, the prompts that must exist, and values that are none.
#include <doctest/doctest.h>

#include <fstream>
#include <set>

#include "speech_prompts.h"

using namespace hotline;
using namespace hotline::speech;
using namespace std::chrono_literals;

namespace {

struct Golden {
  std::string value, kind, prompts, sentence;
};

std::vector<Golden> golden(const std::string& name) {
  std::string here = __FILE__;
  std::ifstream file(here.substr(0, here.rfind("tests/unit/")) + "tests/golden/speech-" + name + ".tsv");
  std::vector<Golden> all;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    auto fields = split(line, '\t');
    REQUIRE(fields.size() == 4);
    all.push_back({fields[0], fields[1], fields[2], fields[3]});
  }
  return all;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) text.replace(at, from.size(), to);
  return text;
}

/// The sentence as the prompts' texts read.
std::string as_read(Language language, const std::string& sentence) {
  if (language == Language::zh) return replaced(replaced(sentence, "〇", "零"), " ", "…");
  return replaced(sentence, ",", " …");
}

void check_golden(Language language, const std::string& name) {
  auto all = golden(name);
  CHECK(all.size() >= 500);
  std::set<std::string> kinds;
  for (const auto& [value, word, prompts, sentence] : all) {
    CAPTURE(value);
    CAPTURE(word);
    auto kind = kind_of(word);
    REQUIRE(kind);
    kinds.insert(word);
    auto said = say(language, *kind, value);
    REQUIRE(said);
    CHECK(join(*said, " ") == prompts);
    auto expected = split(prompts, ' ');
    CHECK((language == Language::zh ? zh_text(expected) : en_text(expected)) == as_read(language, sentence));
  }
  CHECK(kinds.size() == kind_words().size());
}

/// Every prompt that is said and has no text, of both languages: to be empty.
class Missing {
 public:
  void hear(const char* language, const Prompts& said) {
    for (const auto& prompt : said)
      if (texts_.at(language).count(prompt) == 0) missing_.insert(std::string(language) + "/" + prompt);
  }
  void say_all(Kind kind, const std::string& value) {
    for (auto [language, tag] : {std::pair(Language::zh, "zh-CN"), std::pair(Language::en, "en")}) {
      auto said = say(language, kind, value);
      if (!said) missing_.insert(said.error().text);
      if (said) hear(tag, *said);
    }
  }
  const std::set<std::string>& list() const { return missing_; }

 private:
  std::map<std::string, std::map<std::string, std::string>> texts_ = {{"zh-CN", prompt_texts("zh-CN")},
                                                                      {"en", prompt_texts("en")}};
  std::set<std::string> missing_;
};

std::string two(int value) { return (value < 10 ? "0" : "") + std::to_string(value); }

std::string wrong(Kind kind, std::string_view value) {
  auto said = say(Language::zh, kind, value);
  auto english = say(Language::en, kind, value);
  REQUIRE_FALSE(said);
  REQUIRE_FALSE(english);
  CHECK(said.error().code == Errc::bad_data);
  CHECK(said.error().text == english.error().text);
  return said.error().text;
}

}  // namespace

TEST_CASE("Mandarin says the golden list as it is written") { check_golden(Language::zh, "zh"); }
TEST_CASE("English says the golden list as it is written") { check_golden(Language::en, "en"); }

TEST_CASE("every prompt that a value can need exists in both languages") {
  Missing missing;
  for (int value = -200; value <= 120000; value += value < 11000 ? 1 : 97)
    missing.say_all(Kind::number, std::to_string(value));
  for (int64_t unit = 1; unit <= 1'000'000'000'000'000'000; unit *= unit < 1'000'000'000'000'000'000 ? 10 : 100) {
    for (int64_t near : {unit - 1, unit, unit + 1, unit * 2, unit / 2 * 5})
      missing.say_all(Kind::number, std::to_string(near));
    if (unit == 1'000'000'000'000'000'000) break;
  }
  for (int fen = 0; fen < 25000; ++fen) {
    std::string text = std::to_string(fen / 100) + "." + two(fen % 100);
    missing.say_all(Kind::money, text);
    missing.say_all(Kind::decimal, "-" + text);
    missing.say_all(Kind::percent, text);
  }
  for (auto day = std::chrono::sys_days(1895y / 1 / 1); day < std::chrono::sys_days(2105y / 1 / 1);
       day += std::chrono::days(1)) {
    std::string date = utc_date(Utc(day));
    missing.say_all(Kind::date, date);
    missing.say_all(Kind::day, date);
  }
  for (int minute = 0; minute < 1440; ++minute) {
    std::string time = two(minute / 60) + ":" + two(minute % 60);
    missing.say_all(Kind::time, time);
    missing.say_all(Kind::datetime, "2026-11-26 " + time);
  }
  for (int span = 0; span < 200000; span += span < 8000 ? 1 : 7) missing.say_all(Kind::duration, std::to_string(span));
  for (Kind kind : {Kind::digits, Kind::phone}) missing.say_all(kind, "0123456789*#");
  missing.say_all(Kind::phone, "+86 571-8888 0000");
  missing.say_all(Kind::ticket, "20261126-0123456789");
  for (int64_t callers : {0, 1, 2, 12, 110, 2000}) {
    missing.hear("zh-CN", callers_ahead(Language::zh, callers));
    missing.hear("en", callers_ahead(Language::en, callers));
  }
  missing.hear("zh-CN", agent_number(Language::zh, "1001"));
  missing.hear("en", agent_number(Language::en, "1001"));
  CHECK(missing.list() == std::set<std::string>{});
}

TEST_CASE("a kind is known by its word") {
  for (const auto& word : kind_words()) {
    auto kind = kind_of(word);
    REQUIRE(kind);
    CHECK(kind_words()[static_cast<size_t>(*kind)] == word);
  }
  CHECK(kind_of("money") == Kind::money);
  CHECK(kind_of("day") == Kind::day);
  CHECK_FALSE(kind_of("Money"));
  CHECK_FALSE(kind_of(""));
}

TEST_CASE("a moment with an offset is told by the clock on the wall") {
  auto shanghai = [](Utc time) {
    return std::chrono::local_seconds(std::chrono::floor<seconds>(time.time_since_epoch()) + 8h);
  };
  auto said = [&](const char* value) { return zh_text(*say(Language::zh, Kind::datetime, value, shanghai)); };
  CHECK(said("2026-11-26T06:15:00Z") == "二零二六年十一月二十六日下午两点十五分");
  CHECK(said("2026-11-26T17:01:45.123456Z") == "二零二六年十一月二十七日凌晨一点零一分");
  CHECK(said("2026-12-31T18:30:00+02:00") == "二零二七年一月一日凌晨零点三十分");
  CHECK(said("2026-11-26T02:00:00-05:30") == "二零二六年十一月二十六日下午三点三十分");
  CHECK(said("2026-11-26 14:15") == "二零二六年十一月二十六日下午两点十五分");
}

TEST_CASE("blanks around a value are nothing") {
  CHECK(zh_text(*say(Language::zh, Kind::money, " 3.5\n")) == "三元五角");
}

TEST_CASE("what is no value is refused with what was wanted") {
  CHECK(wrong(Kind::number, "12a") == "'12a' is no whole number; wanted such as 105 or -7, of at most 18 digits");
  CHECK(wrong(Kind::money, "1.234") ==
        "'1.234' is no amount; wanted yuan with at most two places, such as 105.20 or -3.5");
  CHECK(wrong(Kind::money, "92233720368547758.1") ==
        "'92233720368547758.1' is too much; wanted less than 92 quadrillion yuan");
  CHECK(wrong(Kind::date, "2026-02-30") ==
        "'2026-02-30' is no date; wanted a day such as 2026-11-26, or a month such as 2026-11");
  CHECK(wrong(Kind::time, "24:00") == "'24:00' is no time of day; wanted hours and minutes such as 09:05 or 14:15");
  CHECK(wrong(Kind::duration, "1500ms") ==
        "'1500ms' is no duration; wanted whole seconds such as 90, or with a unit, 90s, 5m, 2h or 1d");
  CHECK(wrong(Kind::day, "0") == "'0' is no day of the week; wanted 1 (Monday) to 7, or a date such as 2026-11-26");
}

TEST_CASE("nothing that is almost a value is said") {
  struct {
    Kind kind;
    std::vector<const char*> values;
  } cases[] = {
      {Kind::number, {"", "-", "+5", "1.0", "1 000", "1,000", "0x10", "九", "9223372036854775808", "--1"}},
      {Kind::decimal, {"", ".", ".5", "5.", "-.5", "1.2.3", "1.-5", "1e3", "0.1234567890", "1,5", "nan"}},
      {Kind::percent, {"", "%", "%5", "5%%", "5 %", "a"}},
      {Kind::money, {"", "-", ".20", "1.", "1.005", "¥5", "5元", "1,000.00", "9223372036854775807.00"}},
      {Kind::date,
       {"", "2026", "2026-11-31", "2026-13", "2026-00", "2026-1-1", "26-11-26", "2026/11/26", "2023-02-29",
        "2026-11-26 ?", "1900-02-29", "-026-11-26"}},
      {Kind::time,
       {"", "9:05", "14", "14:60", "14:1", "14:15:60", "14:15:", "14:15:00.", "-1:00", "14-15", "2pm", "14:15Z"}},
      {Kind::datetime,
       {"", "2026-11-26", "14:15", "2026-11-26 24:00", "2026-11-26_14:15", "2026-11-26 14:15 +08:00",
        "2026-11-26T14:15:00+0800", "2026-11-26T14:15:00+24:00", "2026-02-29T14:15:00Z", "2026-11-26T14:15:00ZZ"}},
      {Kind::duration, {"", "-5", "5 minutes", "m", "1.5h", "99999999999999999999", "-5m", "500ms"}},
      {Kind::digits, {"", " ", "12a", "+1", "一", "1.2"}},
      {Kind::phone, {"", "+", "()", "1+2", "12x", "++86"}},
      {Kind::ticket, {"", "-", "A123", "12#", "12.3"}},
      {Kind::day, {"", "8", "Monday", "01", "2026-02-30"}},
  };
  for (const auto& [kind, values] : cases)
    for (const char* value : values) {
      CAPTURE(value);
      CAPTURE(kind_words()[static_cast<size_t>(kind)]);
      auto said = say(Language::zh, kind, value);
      CHECK_FALSE(said);
      if (!said) CHECK(said.error().code == Errc::bad_data);
    }
}

TEST_CASE("an error names no caller's number") {
  for (Kind kind : {Kind::digits, Kind::phone, Kind::ticket})
    CHECK(wrong(kind, "13800138000x").find("0013") == std::string::npos);
  CHECK(wrong(Kind::digits, std::string(65, '7')) == "65 digits; wanted 1 to 64");
  CHECK(wrong(Kind::phone, std::string(65, '7')) == "a telephone number of 65 digits; wanted 1 to 64");
  CHECK(wrong(Kind::ticket, std::string(65, '7')) == "a ticket's number of 65 digits; wanted 1 to 64");
}

TEST_CASE("a long value is quoted in part and a broken one made whole") {
  CHECK(wrong(Kind::number, std::string(5000, 'x')).size() < 200);
  CHECK(wrong(Kind::money, "\xff").find("\xff") == std::string::npos);
}
