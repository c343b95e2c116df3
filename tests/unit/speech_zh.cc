// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <limits>

#include "speech_prompts.h"

using namespace hotline;
using namespace hotline::speech;
using namespace std::chrono_literals;

TEST_CASE("Chinese quantities are said as people say them") {
  struct {
    int64_t value;
    const char* said;
  } cases[] = {{0, "零"},
               {1, "一"},
               {2, "二"},
               {10, "十"},
               {11, "十一"},
               {12, "十二"},
               {20, "二十"},
               {22, "二十二"},
               {100, "一百"},
               {101, "一百零一"},
               {110, "一百一十"},
               {112, "一百一十二"},
               {200, "两百"},
               {202, "两百零二"},
               {222, "两百二十二"},
               {1005, "一千零五"},
               {1010, "一千零一十"},
               {1111, "一千一百一十一"},
               {2002, "两千零二"},
               {2200, "两千二百"},
               {10000, "一万"},
               {10001, "一万零一"},
               {10200, "一万零二百"},
               {12000, "一万两千"},
               {20000, "两万"},
               {100005, "十万零五"},
               {100500, "十万零五百"},
               {105000, "十万五千"},
               {120000, "十二万"},
               {2000000, "两百万"},
               {100000001, "一亿零一"},
               {100010000, "一亿零一万"},
               {100120000, "一亿零一十二万"},
               {120000000, "一亿两千万"},
               {200000002, "两亿零二"},
               {1000000000000, "一万亿"},
               {-7, "负七"}};
  for (const auto& [value, said] : cases) {
    CAPTURE(value);
    CHECK(zh_text(number(Language::zh, value)) == said);
  }
}

TEST_CASE("the tone of 一 follows what comes after it") {
  CHECK(number(Language::zh, 1) == Prompts{"digit-1"});
  CHECK(number(Language::zh, 100) == Prompts{"number-1-falling", "hundred"});
  CHECK(number(Language::zh, 1000) == Prompts{"number-1-falling", "thousand"});
  CHECK(number(Language::zh, 10000) == Prompts{"number-1-rising", "ten-thousand"});
  CHECK(number(Language::zh, 110000) == Prompts{"ten", "digit-1", "ten-thousand"});
  CHECK(money(Language::zh, 100) == Prompts{"number-1-falling", "yuan"});
  CHECK(money(Language::zh, 2100) == Prompts{"digit-2", "ten", "digit-1", "yuan"});
  CHECK(callers_ahead(Language::zh, 1) == Prompts{"queue-position", "number-1-rising", "queue-callers"});
}

TEST_CASE("the largest and least numbers are said without overflow") {
  CHECK(zh_text(number(Language::zh, std::numeric_limits<int64_t>::max())).size() > 30);
  CHECK(number(Language::zh, std::numeric_limits<int64_t>::min()) ==
        number(Language::zh, -std::numeric_limits<int64_t>::max()));
}

TEST_CASE("Chinese money is said in yuan, jiao and fen") {
  struct {
    int64_t fen;
    const char* said;
  } cases[] = {{0, "零元"},
               {1, "一分"},
               {2, "两分"},
               {5, "五分"},
               {20, "两角"},
               {22, "两角二分"},
               {50, "五角"},
               {100, "一元"},
               {105, "一元零五分"},
               {120, "一元两角"},
               {202, "两元零二分"},
               {225, "两元两角五分"},
               {10002, "一百元零二分"},
               {10500, "一百零五元"},
               {10520, "一百零五元两角"},
               {-500, "负五元"}};
  for (const auto& [fen, said] : cases) {
    CAPTURE(fen);
    CHECK(zh_text(money(Language::zh, fen)) == said);
  }
}

TEST_CASE("Chinese decimals and percentages name every place") {
  CHECK(zh_text(decimal(Language::zh, 5, 1)) == "零点五");
  CHECK(zh_text(decimal(Language::zh, 1005, 2)) == "十点零五");
  CHECK(zh_text(decimal(Language::zh, -2250, 2)) == "负二十二点五零");
  CHECK(zh_text(decimal(Language::zh, 7, 0)) == "七");
  CHECK(zh_text(percent(Language::zh, 25, 0)) == "百分之二十五");
  CHECK(zh_text(percent(Language::zh, -5, 1)) == "负百分之零点五");
}

TEST_CASE("one is 幺 in telephone and agent numbers") {
  CHECK(zh_text(digits(Language::zh, "10*#")) == "幺零星号井号");
  CHECK(zh_text(digits(Language::zh, "1 0-x")) == "幺零");
  CHECK(zh_text(agent_number(Language::zh, "1001")) == "工号幺零零幺为您服务。");
}

TEST_CASE("telephone numbers are said in breaths") {
  CHECK(zh_text(telephone(Language::zh, "13800138000")) == "幺三八…零零幺三…八零零零");
  CHECK(zh_text(telephone(Language::zh, "96116")) == "九六幺幺六");
  CHECK(zh_text(telephone(Language::zh, "057188880000")) == "零五七幺…八八八八…零零零零");
  CHECK(zh_text(telephone(Language::zh, "8765432")) == "八七六…五四三二");
  CHECK(telephone(Language::zh, "").empty());
}

TEST_CASE("Chinese dates use 一 and plain digits for the year") {
  using namespace std::chrono;
  CHECK(zh_text(date(Language::zh, 2011y / 11 / 22)) == "二零一一年十一月二十二日");
  CHECK(zh_text(date(Language::zh, 2026y / 2 / 2)) == "二零二六年二月二日");
  CHECK(date(Language::zh, 2026y / 1 / 1) ==
        Prompts{"digit-2", "digit-0", "digit-2", "digit-6", "year", "digit-1", "month", "digit-1", "day"});
  CHECK(date(Language::zh, 2026y / 2 / 30).empty());
  CHECK(zh_text(day_of_week(Language::zh, Sunday)) == "星期日");
}

TEST_CASE("Chinese times name the part of the day") {
  struct {
    int hour, minute;
    const char* said;
  } cases[] = {{0, 0, "凌晨零点"},          {2, 5, "凌晨两点零五分"},    {9, 30, "上午九点三十分"},
               {11, 2, "上午十一点零二分"}, {12, 0, "中午十二点"},       {13, 1, "下午一点零一分"},
               {14, 15, "下午两点十五分"},  {22, 22, "晚上十点二十二分"}};
  for (const auto& [hour, minute, said] : cases) {
    CAPTURE(hour);
    CHECK(zh_text(time_of_day(Language::zh, hour, minute)) == said);
  }
  CHECK(time_of_day(Language::zh, 24, 0).empty());
  CHECK(time_of_day(Language::zh, 10, 60).empty());
}

TEST_CASE("Chinese durations leave out what is zero") {
  struct {
    seconds span;
    const char* said;
  } cases[] = {{0s, "零秒"},
               {2s, "两秒"},
               {30s, "三十秒"},
               {60s, "一分钟"},
               {65s, "一分五秒"},
               {122s, "两分二秒"},
               {3605s, "一小时零五秒"},
               {3630s, "一小时三十秒"},
               {7320s, "两小时两分钟"},
               {90000s, "一天一小时"},
               {-5s, "零秒"}};
  for (const auto& [span, said] : cases) {
    CAPTURE(span.count());
    CHECK(zh_text(duration(Language::zh, span)) == said);
  }
}

TEST_CASE("a caller hears how many wait before") {
  CHECK(zh_text(callers_ahead(Language::zh, 2)) == "您前面还有两位客户在等候。");
  CHECK(zh_text(callers_ahead(Language::zh, 12)) == "您前面还有十二位客户在等候。");
  CHECK(zh_text(callers_ahead(Language::zh, 0)) == "您是下一位,请稍候。");
}

TEST_CASE("a language is known by its tag") {
  CHECK(language_of("zh-CN") == Language::zh);
  CHECK(language_of("en") == Language::en);
  CHECK_FALSE(language_of("zh"));
  CHECK_FALSE(language_of(""));
}
