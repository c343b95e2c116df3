// SPDX-License-Identifier: GPL-2.0-or-later
// A fax over pipes: A-law in on stdin, as many octets out on stdout, at whatever speed they come; what is told goes to
// stderr. Two of them can be joined by a shell, and then they are as fast as the machine:
//
//     mkfifo back; ccfax send a.tif <back | ccfax receive b.tif >back
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "base/fd.h"
#include "cli/app.h"
#include "fax/document.h"
#include "fax/lines.h"
#include "verbs.h"

namespace hotline::ccfax {

namespace {

using Packet = std::array<uint8_t, 160>;
constexpr uint8_t kSilence = 0xD5;

void say(const wire::Json& json) { std::fprintf(stderr, "%s\n", wire::dump(json).c_str()); }

bool read_packet(Packet& packet) {
  for (size_t have = 0; have < packet.size();) {
    ssize_t got = ::read(STDIN_FILENO, packet.data() + have, packet.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    have += static_cast<size_t>(got);
  }
  return true;
}

bool write_packet(const Packet& packet) {
  return static_cast<bool>(write_all(STDOUT_FILENO, {reinterpret_cast<const char*>(packet.data()), packet.size()}));
}

}  // namespace

int run_pipe(const Options& options) {
  if (::isatty(STDIN_FILENO) || ::isatty(STDOUT_FILENO))
    return cli::fail(Errc::usage, "stdin and stdout are the line, A-law at 8 kHz: they are no terminal");
  if (int status = prepare(options.job, say)) return status;
  fax::Session::Told told;
  told.agreed = [](const fax::Facts& facts) {
    wire::Json line = fax::to_json(facts);
    line["event"] = "agreed";
    say(line);
  };
  told.page = [](const fax::Facts& facts) {
    wire::Json line = fax::to_json(facts);
    line["event"] = "page";
    say(line);
  };
  auto session = fax::Session::begin(options.job, std::move(told));
  if (!session) return cli::fail(session.error());
  Packet heard, said;
  // Somebody has to speak first, or both would wait.
  said.fill(kSilence);
  bool line = options.job.direction == fax::Direction::receive || write_packet(said);
  while (line && !(*session)->over()) {
    line = read_packet(heard);
    if (!line) break;
    (*session)->audio(heard, said);
    line = write_packet(said);
  }
  // What is on its way still reaches the far end: half a second.
  for (int left = 25; line && left > 0 && read_packet(heard); --left) {
    (*session)->audio(heard, said);
    line = write_packet(said);
  }
  if (!(*session)->over()) (*session)->stop();
  auto outcome = (*session)->outcome();
  session->reset();
  return conclude(options.job, outcome, false, say);
}

}  // namespace hotline::ccfax
