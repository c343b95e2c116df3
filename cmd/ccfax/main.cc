// SPDX-License-Identifier: GPL-2.0-or-later
// ccfax: one fax in a process of its own. See ccfax(1).
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/text.h"
#include "cli/app.h"
#include "fax/lines.h"
#include "verbs.h"

namespace hotline::ccfax {

namespace {

struct Words {
  std::string file, station, header, begin_time = "60s", page_time = "240s", end_time = "30s", time = "1h";
  bool no_ecm = false, hold = false;
  int64_t speed = 14400, pages = 200, bytes = 32 << 20, audio_fd = -1, udptl_fd = -1;
};

void add_options(cli::Verb& verb, Words& words) {
  verb.argument("FILE", words.file, "a TIFF file")
      .option("--station", words.station, "our number: digits, + and blanks, at most 20")
      .option("--header", words.header, "text at the top of every page that is sent")
      .flag("--no-ecm", words.no_ecm, "without error correction")
      .option("--speed", words.speed, "bits a second at most (14400)")
      .option("--pages", words.pages, "so many at most (200)")
      .option("--bytes", words.bytes, "octets of the file at most (33554432)")
      .option("--begin-time", words.begin_time, "until both have agreed on how to send (60s)")
      .option("--page-time", words.page_time, "for a page (240s)")
      .option("--end-time", words.end_time, "from the end of the last page on (30s)")
      .option("--time", words.time, "for all of it (1h)")
      .option("--audio-fd", words.audio_fd, "a socket with packets of A-law instead of stdin and stdout")
      .option("--udptl-fd", words.udptl_fd, "a UDP socket for T.38")
      .flag("--hold", words.hold, "begin when told to");
}

Result<fax::Job> job_of(const Words& words, fax::Direction direction) {
  fax::Job job;
  job.direction = direction;
  job.file = words.file;
  job.station = words.station;
  job.header = words.header;
  job.ecm = !words.no_ecm;
  if (auto wrong = fax::wrong_station(job.station); !wrong.empty()) return Error{Errc::usage, "--station: " + wrong};
  if (auto wrong = fax::wrong_header(job.header); !wrong.empty()) return Error{Errc::usage, "--header: " + wrong};
  if (words.speed < 2400 || words.speed > 14400) return Error{Errc::usage, "--speed is 2400 to 14400"};
  if (words.pages < 1 || words.pages > 10000) return Error{Errc::usage, "--pages is 1 to 10000"};
  if (words.bytes < 1024 || words.bytes > int64_t{1} << 30) return Error{Errc::usage, "--bytes is 1024 to 1073741824"};
  job.speed_max = static_cast<int>(words.speed);
  job.bounds.pages_max = static_cast<int>(words.pages);
  job.bounds.bytes_max = words.bytes;
  struct Time {
    const char* name;
    const std::string& text;
    milliseconds& into;
  };
  const Time times[] = {{"--begin-time", words.begin_time, job.bounds.begin_max},
                        {"--page-time", words.page_time, job.bounds.page_max},
                        {"--end-time", words.end_time, job.bounds.end_max},
                        {"--time", words.time, job.bounds.total_max}};
  for (const auto& one : times) {
    auto time = parse_duration(one.text);
    if (!time || *time < seconds(1) || *time > std::chrono::hours(24))
      return Error{Errc::usage, std::string(one.name) + ": '" + one.text + "' is no time of 1s to 24h"};
    one.into = std::chrono::duration_cast<milliseconds>(*time);
  }
  return job;
}

/// A fax reads what strangers send: it may become neither big nor anything else.
void confine(const fax::Job& job) {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::signal(SIGXFSZ, SIG_IGN);  // a write beyond the bound fails instead
  auto limit = [](auto what, rlim_t most) {
    rlimit bound{most, most};
    ::setrlimit(what, &bound);
  };
  static constexpr rlim_t kSlack = 1 << 20;
  if (job.direction == fax::Direction::receive) limit(RLIMIT_FSIZE, static_cast<rlim_t>(job.bounds.bytes_max) + kSlack);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, 64);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  limit(RLIMIT_AS, rlim_t{1} << 29);
#endif
}

int run(const Words& words, fax::Direction direction) {
  auto job = job_of(words, direction);
  if (!job) return cli::fail(job.error());
  confine(*job);
  Options options{*job, static_cast<int>(words.audio_fd), static_cast<int>(words.udptl_fd), words.hold};
  if (options.audio_fd < 0 && (options.udptl_fd >= 0 || options.hold))
    return cli::fail(Errc::usage, "--udptl-fd and --hold need --audio-fd");
  return options.audio_fd < 0 ? run_pipe(options) : run_line(options);
}

}  // namespace
}  // namespace hotline::ccfax

int main(int argc, char** argv) {
  using namespace hotline;
  cli::App app("ccfax", "one fax, to or from a TIFF file");
  ccfax::Words sending, receiving;
  auto& send = app.verb("send", "send a TIFF file", [&] { return ccfax::run(sending, fax::Direction::send); });
  ccfax::add_options(send, sending);
  auto& receive =
      app.verb("receive", "receive one into a TIFF file", [&] { return ccfax::run(receiving, fax::Direction::receive); });
  ccfax::add_options(receive, receiving);
  std::vector<std::string> files;
  int64_t pages = 200, bytes = 32 << 20;
  app.verb("check", "say whether TIFF files can be sent", [&] { return ccfax::check(files, pages, bytes); })
      .arguments("FILE", files, "TIFF files")
      .option("--pages", pages, "so many pages at most (200)")
      .option("--bytes", bytes, "octets at most (33554432)");
  return app.run(argc, argv);
}
