// SPDX-License-Identifier: GPL-2.0-or-later
// One spool file becomes one recording. The steps, and what a kill between any two of them leaves behind:
//
//     spool   tmp     final   rec.kept    what is done next time
//     -----   -----   -----   --------    ----------------------
//       +       -       -        -        all of it
//       +       +       -        -        all of it; tmp is written anew
//       +       -       +        -        all of it; the same octets are renamed over themselves
//       +       -       +        +        the spool file is removed
//       -       -       +        +        nothing: this is the end
//
// The commit is the event rec.kept in our own journal: it is written when the file is whole, named and synced, and the
// spool file goes only when the event has been synced. A damaged spool file goes in the same way to var/spool/bad/
// with rec.failed.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "conf/instance.h"
#include "wire/wire.h"

namespace hotline::ccrec {

struct Outcome {
  enum class Kind {
    kept,     ///< `event` is to be written, then the spool file removed
    failed,   ///< `event` is to be written, then the spool file moved to bad/
    gone,     ///< there is no such spool file (any more)
    not_now,  ///< disk full or the like; the spool file stays for another try
  };
  Kind kind = Kind::gone;
  std::string file;            ///< the spool file's name
  bool event_written = false;  ///< our journal has it already: a kill came before the last step
  wire::Event event;
  std::string text;  ///< of failed and not_now: why
};

/// Does the first steps of the table, up to a final file that is synced. Blocks; made for a thread of its own.
/// `gap_ms`: audio that ccswitchd could not write.
Outcome keep_spool_file(const conf::Instance& instance, const std::string& file, int64_t gap_ms);

/// Whether a name is that of a spool file: "<segment>.wav".
bool is_spool_name(const std::string& file);

/// The folder in which recordings are made before they are renamed into place.
std::string tmp_dir(const conf::Instance& instance);
std::string bad_dir(const conf::Instance& instance);

}  // namespace hotline::ccrec
