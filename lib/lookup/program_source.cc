// SPDX-License-Identifier: GPL-2.0-or-later
// A site's own program, started for each question; the protocol is PROGRAMS in cclookups(5).
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "base/text.h"
#include "lookup/child.h"
#include "lookup/source.h"

namespace hotline::lookup {

namespace {

constexpr std::string_view kHello = "hello\t1";

Outcome read_end(const Child::End& end, const AnswerReader& reader) {
  if (end.too_long) return Outcome::failed(Reason::bad_answer, "the program said more than 64 KiB");
  if (!WIFEXITED(end.status))
    return Outcome::failed(Reason::failed, "the program was ended by signal " + std::to_string(WTERMSIG(end.status)));
  int status = WEXITSTATUS(end.status);
  if (status == 127) return Outcome::failed(Reason::unavailable, "the program was not found, or one that it needs");
  if (status > 1) return Outcome::failed(Reason::failed, "the program ended with status " + std::to_string(status));
  // Hello first, whatever follows: a program that broke before it began may well end with 1.
  std::string_view text = end.output;
  size_t newline = text.find('\n');
  std::string_view line = text.substr(0, newline);
  if (newline == std::string_view::npos || (line != kHello && !line.starts_with(std::string(kHello) + "\t")))
    return Outcome::failed(Reason::bad_answer, "the program did not begin with hello and version 1");
  return status == 1 ? Outcome::none() : reader.read(text.substr(newline + 1));
}

class ProgramRun final : public Run {
 public:
  std::unique_ptr<Child> child;
};

class ProgramSource final : public Source {
 public:
  ProgramSource(Loop& loop, const Definition& definition, bool show_stderr)
      : loop_(loop),
        definition_(definition),
        show_stderr_(show_stderr),
        reader_(AnswerReader::make(definition.answer).value()),
        reaper_(loop) {}

  std::unique_ptr<Run> ask(const Fields& parameters, microseconds, Done done) override {
    Child::Order order;
    order.command = definition_.program.command;
    order.directory = definition_.program.directory;
    order.input = std::string(kHello) + "\t" + definition_.name + "\n" + format_lines(parameters);
    order.output_max = kAnswerBytesMax;
    order.show_stderr = show_stderr_;
    auto run = std::make_unique<ProgramRun>();
    auto child = Child::start(loop_, reaper_, std::move(order),
                              [this, done](const Child::End& end) { done(read_end(end, reader_)); });
    if (child)
      run->child = std::move(*child);
    else
      done(Outcome::failed(Reason::unavailable, child.error().text));
    return run;
  }

  std::unique_ptr<Run> reach(microseconds, Done done) override {
    const auto& file = definition_.program.command[0];
    if (runs(file)) {
      auto outcome = Outcome::found({});
      outcome.text = "can be run";
      done(outcome);
    } else {
      done(Outcome::failed(Reason::unavailable, "'" + file + "' is no program that may be run"));
    }
    return nullptr;
  }

 private:
  static bool runs(const std::string& file) {
    if (file.find('/') != std::string::npos) return ::access(file.c_str(), X_OK) == 0;
    const char* path = ::getenv("PATH");
    for (const auto& folder : split(path ? path : "/usr/bin:/bin", ':'))
      if (::access((folder + "/" + file).c_str(), X_OK) == 0) return true;
    return false;
  }

  Loop& loop_;
  const Definition definition_;
  const bool show_stderr_;
  const AnswerReader reader_;
  Reaper reaper_;
};

}  // namespace

std::unique_ptr<Source> make_program_source(Loop& loop, const Definition& definition, bool show_stderr) {
  return std::make_unique<ProgramSource>(loop, definition, show_stderr);
}

}  // namespace hotline::lookup
