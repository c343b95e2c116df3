// SPDX-License-Identifier: GPL-2.0-or-later
#include "messages.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <tuple>

#include "base/fd.h"
#include "base/log.h"

namespace hotline::ccivr {

namespace fs = std::filesystem;

namespace {

const std::string kNew = "messages/new/";

bool is_plain(const std::string& name) {
  return !name.empty() && name[0] != '.' && name.find('/') == std::string::npos;
}

Result<void> sync_folder(const std::string& folder) {
  Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return errno_error("cannot sync '" + folder + "'", errno);
  return {};
}

}  // namespace

Result<std::string> Messages::keep(const std::string& spool_file) {
  if (!is_plain(spool_file)) return Error{Errc::bad_data, "'" + spool_file + "' is no name of a spool file"};
  if (auto made = make_directories(var_ + "/" + kNew); !made) return made.error();
  std::string file = kNew + spool_file;
  if (::link((var_ + "/spool/" + spool_file).c_str(), (var_ + "/" + file).c_str()) != 0 && errno != EEXIST)
    return errno_error("cannot keep the recording as '" + file + "'", errno);
  return file;
}

Result<std::string> Messages::deposit(const std::string& file, const std::string& mailbox, const std::string& group) {
  if (!file.starts_with(kNew) || !is_plain(file.substr(kNew.size())) || !is_plain(mailbox))
    return Error{Errc::bad_data, "'" + file + "' is no recording that can be left"};
  std::string folder = var_ + "/messages/" + mailbox, kept = "messages/" + mailbox + "/" + file.substr(kNew.size());
  if (auto made = make_directories(folder); !made) return made.error();
  bool there = ::access((var_ + "/" + kept).c_str(), F_OK) == 0;
  if (!there && ::link((var_ + "/" + file).c_str(), (var_ + "/" + kept).c_str()) != 0)
    return errno_error("cannot leave '" + file + "' in mailbox '" + mailbox + "'", errno);
  if (!group.empty()) give_to(group, folder, var_ + "/" + kept);
  if (auto synced = sync_folder(folder); !synced) return synced.error();
  return kept;
}

/// Those of the group may read it and nobody else but us; where we cannot give it to them, nobody else at all.
void Messages::give_to(const std::string& group, const std::string& folder, const std::string& path) {
  const struct group* found = ::getgrnam(group.c_str());
  for (const auto& [what, mode, alone] : {std::tuple(folder, 0750, 0700), std::tuple(path, 0640, 0600)}) {
    bool given = found && ::chown(what.c_str(), static_cast<uid_t>(-1), found->gr_gid) == 0;
    if (!given)
      log_warning("message.group text='cannot give " + what + " to group " + group + ": its members cannot play it'");
    if (::chmod(what.c_str(), static_cast<mode_t>(given ? mode : alone)) != 0)
      log_error("message.mode text='" + what + ": " + errno_text(errno) + "'");
  }
}

void Messages::drop(const std::string& file) {
  if (file.starts_with(kNew) && is_plain(file.substr(kNew.size()))) ::unlink((var_ + "/" + file).c_str());
}

void Messages::remove(const std::string& left) {
  fs::path path(left);
  std::string mailbox = path.parent_path().filename();
  if (!is_plain(path.filename()) || !is_plain(mailbox) ||
      left != "messages/" + mailbox + "/" + path.filename().string())
    return;
  drop(kNew + path.filename().string());
  if (::unlink((var_ + "/" + left).c_str()) != 0 && errno != ENOENT)
    log_error("message.not-removed file=" + left + " text='" + errno_text(errno) + "'");
}

/// Of what was never confirmed, in whichever mailbox it has a name already.
void Messages::discard(const std::string& name) {
  std::error_code failed;
  for (fs::directory_iterator it(var_ + "/messages", failed), end; !failed && it != end; it.increment(failed))
    if (is_plain(it->path().filename())) ::unlink((it->path() / name).c_str());
}

void Messages::sweep(seconds age, const Left& left) {
  std::error_code failed;
  for (fs::directory_iterator it(var_ + "/" + kNew, failed), end; !failed && it != end; it.increment(failed)) {
    struct stat about {};
    if (::stat(it->path().c_str(), &about) != 0 || std::time(nullptr) - about.st_mtime <= age.count()) continue;
    if (left(it->path().stem()))
      ::unlink(it->path().c_str());
    else
      discard(it->path().filename());
  }
}

}  // namespace hotline::ccivr
