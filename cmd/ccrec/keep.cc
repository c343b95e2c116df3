// SPDX-License-Identifier: GPL-2.0-or-later
#include "keep.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>

#include "audio/audio.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/text.h"
#include "journal/journal.h"

namespace hotline::ccrec {

static constexpr std::string_view kSuffix = ".wav";
static constexpr size_t kCallDigits = 13;

std::string tmp_dir(const conf::Instance& instance) { return instance.recordings_dir() + "/tmp"; }
std::string bad_dir(const conf::Instance& instance) { return instance.spool_dir() + "/bad"; }

bool is_spool_name(const std::string& file) {
  if (file.size() <= kCallDigits + 2 + kSuffix.size() || !is_id(file.substr(0, kCallDigits))) return false;
  if (file.substr(kCallDigits, 2) != "-r" || file.substr(file.size() - kSuffix.size()) != kSuffix) return false;
  auto number = file.substr(kCallDigits + 2, file.size() - kCallDigits - 2 - kSuffix.size());
  return std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

namespace {

std::string segment_of(const std::string& file) { return file.substr(0, file.size() - kSuffix.size()); }

/// Whether our own journal already tells how `segment` ended. Walks it whole, which is rarely needed: a kill must have
/// come just before the last step.
bool is_journaled(const conf::Instance& instance, const std::string& segment, const char* name) {
  bool found = false;
  (void)journal::read(
      instance.journal_dir(), "ccrec", 1,
      [&](const journal::Entry& entry) {
        found = entry.event.name == name && wire::text(entry.event.fields, "segment") == segment;
        return !found;
      },
      [](const std::string&) {});
  return found;
}

Result<void> sync_folder(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return errno_error("cannot sync '" + path + "'", errno);
  return {};
}

/// Makes the day's folder; its own name and those above it are on the disk when it returns.
Result<void> make_day(const std::string& root, const std::string& day) {
  if (::access((root + "/" + day).c_str(), F_OK) == 0) return {};
  if (auto made = make_directories(root + "/" + day); !made) return made;
  for (std::filesystem::path folder = day; !folder.empty(); folder = folder.parent_path())
    if (auto synced = sync_folder((root / folder.parent_path()).string()); !synced) return synced;
  return {};
}

/// 2026-11-22 to 2026/11/22.
std::string day_folder(Utc started) {
  std::string day = local_date(started);
  std::replace(day.begin(), day.end(), '-', '/');
  return day;
}

/// When its first sample was heard: as the file itself says, else from its last change and length.
Utc started_at(const wire::Json& about, const std::string& path, int64_t frames) {
  if (auto said = parse_utc(wire::text(about, "started"))) return *said;
  struct stat status {};
  (void)::stat(path.c_str(), &status);
  auto changed = from_us(status.st_mtim.tv_sec * INT64_C(1000000) + status.st_mtim.tv_nsec / 1000);
  return changed - milliseconds(frames * 1000 / audio::kRate);
}

double tenth(double value) { return std::round(value * 10) / 10; }

wire::Event event_of(const char* name, const std::string& segment) {
  wire::Event event;
  event.name = name;
  event.call = segment.substr(0, kCallDigits);
  event.fields = {{"segment", segment}};
  return event;
}

wire::Event kept_event(const std::string& segment, const std::string& file, const wire::Json& about, Utc started,
                       const audio::Facts& facts, int64_t gap_ms, const std::string& sha256) {
  auto event = event_of("rec.kept", segment);
  event.fields.update({{"file", file},
                       {"started", format_utc(started)},
                       {"ms", facts.ms},
                       {"gap_ms", gap_ms},
                       {"bytes", facts.bytes},
                       {"sha256", sha256},
                       {"left_db", tenth(facts.level[0].rms_db)},
                       {"right_db", tenth(facts.level[1].rms_db)}});
  // The event's own "from" is its publisher, so the numbers have the names of call.offered.
  static constexpr std::pair<const char*, const char*> kAbout[] = {
      {"from", "caller"}, {"to", "called"}, {"agent", "agent"}, {"queue", "queue"}};
  for (auto [key, name] : kAbout)
    if (auto value = wire::text(about, key); !value.empty()) event.fields[name] = value;
  return event;
}

Result<wire::Event> make_recording(const conf::Instance& instance, const std::string& file, int64_t gap_ms) {
  std::string spool = instance.spool_dir() + "/" + file, root = instance.recordings_dir(), segment = segment_of(file);
  auto inside = audio::inspect_spool(spool);
  if (!inside) return inside.error();
  auto parsed = wire::parse(inside->about);
  auto about = parsed && parsed->is_object() ? *parsed : wire::Json::object();
  Utc started = started_at(about, spool, inside->frames);
  std::string day = day_folder(started), name = day + "/" + file, tmp = tmp_dir(instance) + "/" + file;

  if (auto made = make_directories(tmp_dir(instance)); !made) return made.error();
  auto facts = audio::keep(spool, tmp);
  if (!facts) {
    ::unlink(tmp.c_str());
    return facts.error();
  }
  auto sha256 = audio::sha256_file(tmp);
  if (!sha256) return sha256.error();
  if (auto made = make_day(root, day); !made) return made.error();
  if (::rename(tmp.c_str(), (root + "/" + name).c_str()) != 0)
    return errno_error("cannot rename '" + tmp + "' to '" + name + "'", errno);
  if (auto synced = sync_folder(root + "/" + day); !synced) return synced.error();
  return kept_event(segment, name, about, started, *facts, gap_ms, *sha256);
}

/// The recording's final file, if a run before this one came so far.
bool has_final_file(const conf::Instance& instance, const std::string& file) {
  auto inside = audio::inspect_spool(instance.spool_dir() + "/" + file);
  if (!inside) return false;
  auto about = wire::parse(inside->about);
  Utc started = started_at(about ? *about : wire::Json::object(), instance.spool_dir() + "/" + file, inside->frames);
  return ::access((instance.recordings_dir() + "/" + day_folder(started) + "/" + file).c_str(), F_OK) == 0;
}

}  // namespace

Outcome keep_spool_file(const conf::Instance& instance, const std::string& file, int64_t gap_ms) {
  Outcome outcome;
  outcome.file = file;
  std::string segment = segment_of(file);
  if (has_final_file(instance, file) && is_journaled(instance, segment, "rec.kept")) {
    outcome.kind = Outcome::Kind::kept;
    outcome.event_written = true;
    return outcome;
  }
  auto made = make_recording(instance, file, gap_ms);
  if (made) {
    outcome.kind = Outcome::Kind::kept;
    outcome.event = std::move(*made);
    return outcome;
  }
  outcome.text = made.error().text;
  if (::access((instance.spool_dir() + "/" + file).c_str(), F_OK) != 0) return outcome;
  if (made.error().code != Errc::bad_data) {
    outcome.kind = Outcome::Kind::not_now;
    return outcome;
  }
  outcome.kind = Outcome::Kind::failed;
  outcome.event_written = is_journaled(instance, segment, "rec.failed");
  outcome.event = event_of("rec.failed", segment);
  outcome.event.fields.update({{"file", file}, {"text", outcome.text}});
  return outcome;
}

}  // namespace hotline::ccrec
