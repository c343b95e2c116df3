// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <filesystem>

#include "../../cmd/ccswitchd/route_program.h"
#include "base/fd.h"

namespace hotline::ccswitchd {

namespace {

constexpr const char* kHello = "read hello; printf 'hello\\t1\\n'; tab=$(printf '\\t')\n";

/// A program of a few lines of shell, and what came of it.
struct Bench {
  Loop loop;
  std::string path = "/tmp/hl-program-" + std::to_string(getpid());
  std::unique_ptr<RouteProgram> program;
  int ups = 0, downs = 0;
  std::string why;

  /// `greets`: it says hello first.
  Bench(bool greets, const std::string& rest) {
    std::string script = greets ? kHello : "";
    script.append(rest);
    REQUIRE(replace_file(path, script));
    program = std::make_unique<RouteProgram>(loop, "exec sh " + path, [this](bool up, const std::string& text) {
      (up ? ups : downs)++;
      why = text;
    });
  }
  ~Bench() { std::filesystem::remove(path); }

  bool until(const std::function<bool()>& done, milliseconds patience = milliseconds(20000)) {
    for (Instant end = monotonic_now() + patience; !done() && monotonic_now() < end;) loop.step(milliseconds(20));
    return done();
  }
  bool ready() {
    return until([&] { return program->state() == std::string("ready"); });
  }

  int answers = 0, nothing = 0;
  ProgramAnswer last;
  bool ask(const std::string& caller = "13800138000") {
    return program->ask({caller, "96116", "span:e1/17", from_us(1'700'000'000'000'000), false},
                        *conf::Zone::load("Asia/Shanghai"), [this](const auto& answer) {
                          if (answer) last = *answer;
                          (answer ? answers : nothing)++;
                        });
  }
  bool answered(int count = 1) {
    return until([&] { return answers + nothing >= count; });
  }
};

}  // namespace

TEST_CASE("a question is a line that a shell can read, an empty field a dash") {
  route::Question question{"", "96116", "span:e1/17", from_us(1'700'000'000'000'000), true};
  CHECK(question_line(7, question, *conf::Zone::load("+08:00")) ==
        "route\t7\t-\t96116\tspan:e1/17\t2023-11-15T06:13:20+08:00\tnight\n");
  question.caller = "1\n2\t3";
  CHECK(question_line(7, question, conf::Zone()).find("1?2?3") != std::string::npos);
}

TEST_CASE("answers are read strictly") {
  using Kind = ProgramAnswer::Kind;
  CHECK(read_answer("7\ttable")->second.kind == Kind::table);
  auto answer = read_answer("7\tcontroller\tccqueue\tqueue=vip\tpriority=9");
  REQUIRE(answer);
  CHECK(answer->first == 7);
  CHECK(answer->second.text == "ccqueue");
  CHECK(answer->second.tags == route::Tags{{"queue", "vip"}, {"priority", "9"}});
  CHECK(read_answer("7\trefuse\t21")->second.cause == 21);
  CHECK(read_answer("7\tcalled\t96117")->second.kind == Kind::called);
  CHECK(read_answer("7\tto\tphone:1001")->second.text == "phone:1001");
  for (const char* wrong : {"", "7", "x\ttable", "7\tcontroller", "7\tcontroller\tswitch", "7\tcontroller\tA B", "7\trefuse",
                            "7\trefuse\t0", "7\trefuse\t128", "7\tcalled\tabc", "7\tto", "7\tgo\t1",
                            "7\tcontroller\tccqueue\tqueue", "7\tcontroller\tccqueue\tdirect-to=pstn:1",
                            "7\tcontroller\tccqueue\tQ=1", "route\t7"}) {
    CAPTURE(wrong);
    CHECK_FALSE(read_answer(wrong));
  }
}

TEST_CASE("a right answer is used") {
  Bench bench(true, "while IFS=$tab read -r word id caller rest; do printf '%s\\tcontroller\\tccqueue\\tcaller=%s\\n' \"$id\" \"$caller\"; done\n");
  REQUIRE(bench.ready());
  // A loaded machine may need more than 200 ms for one answer; not for each of twenty.
  for (int i = 1; i <= 20 && bench.answers == 0; ++i) {
    CHECK(bench.ask());
    CHECK(bench.answered(i));
  }
  CHECK(bench.answers > 0);
  CHECK(bench.last.text == "ccqueue");
  CHECK(bench.last.tags.at("caller") == "13800138000");
}

TEST_CASE("a slow answer is none, and comes to nothing later") {
  Bench bench(true, "while IFS=$tab read -r word id rest; do sleep 0.6; printf '%s\\ttable\\n' \"$id\"; done\n");
  REQUIRE(bench.ready());
  Instant began = monotonic_now();
  CHECK(bench.ask());
  CHECK(bench.answered());
  CHECK(bench.nothing == 1);
  CHECK(monotonic_now() - began >= RouteProgram::kAnswerMax);
  CHECK(bench.program->late() == 1);
  bench.until([] { return false; }, milliseconds(900));
  CHECK(bench.answers == 0);
  CHECK(bench.program->state() == std::string("ready"));
}

TEST_CASE("a program that dies leaves its questions to the tables and is started again") {
  Bench bench(true, "read -r line; exit 1\n");
  REQUIRE(bench.ready());
  CHECK(bench.ask());
  CHECK(bench.answered());
  CHECK(bench.nothing == 1);
  CHECK(bench.until([&] { return bench.downs == 1; }));
  CHECK_FALSE(bench.ask());
  CHECK(bench.until([&] { return bench.ups == 2; }));
  CHECK(bench.ask());
}

TEST_CASE("garbage is no answer, and eight times of it the end") {
  Bench bench(true, "while read -r line; do echo garbage; done\n");
  REQUIRE(bench.ready());
  for (int i = 0; i < RouteProgram::kFaultsMax && bench.downs == 0; ++i) bench.ask();
  CHECK(bench.until([&] { return bench.downs == 1; }));
  CHECK(bench.why.find("too many faults") == 0);
  CHECK(bench.answers == 0);
  CHECK(bench.nothing > 0);
}

TEST_CASE("who does not greet is not asked") {
  Bench bench(false, "echo good morning; sleep 60\n");
  CHECK(bench.until([&] { return bench.downs == 1; }));
  CHECK(bench.why.find("did not begin with hello") != std::string::npos);
  CHECK(bench.ups == 0);
  CHECK_FALSE(bench.ask());
}

TEST_CASE("a flood without an end of line is cut off") {
  Bench bench(true, "tr '\\0' x </dev/zero\n");
  CHECK(bench.until([&] { return bench.downs >= 1; }));
  CHECK(bench.why.find("more than 4096 octets") != std::string::npos);
}

TEST_CASE("a program that is closed leaves what is open to the tables") {
  Bench bench(true, "sleep 60\n");
  REQUIRE(bench.ready());
  CHECK(bench.ask());
  bench.program->close();
  CHECK(bench.nothing == 1);
  CHECK_FALSE(bench.ask());
}

TEST_CASE("questions are bounded: one more goes to the tables at once") {
  Bench bench(true, "sleep 60\n");
  REQUIRE(bench.ready());
  for (size_t i = 0; i < RouteProgram::kQuestionsMax; ++i) CHECK(bench.ask());
  CHECK_FALSE(bench.ask());
  CHECK(bench.until([&] { return bench.downs == 1; }));  // it is silent: killed after eight
  CHECK(bench.nothing == static_cast<int>(RouteProgram::kQuestionsMax));
}

}  // namespace hotline::ccswitchd
