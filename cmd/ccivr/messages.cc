// SPDX-License-Identifier: GPL-2.0-or-later
#include "messages.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <filesystem>

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

Result<std::string> Messages::deposit(const std::string& file, const std::string& mailbox) {
  if (!file.starts_with(kNew) || !is_plain(file.substr(kNew.size())) || !is_plain(mailbox))
    return Error{Errc::bad_data, "'" + file + "' is no recording that can be left"};
  std::string folder = var_ + "/messages/" + mailbox, kept = "messages/" + mailbox + "/" + file.substr(kNew.size());
  if (auto made = make_directories(folder); !made) return made.error();
  if (::rename((var_ + "/" + file).c_str(), (var_ + "/" + kept).c_str()) != 0)
    return errno_error("cannot leave '" + file + "' in mailbox '" + mailbox + "'", errno);
  if (auto synced = sync_folder(folder); !synced) return synced.error();
  return kept;
}

void Messages::drop(const std::string& file) {
  if (file.starts_with(kNew) && is_plain(file.substr(kNew.size()))) ::unlink((var_ + "/" + file).c_str());
}

void Messages::sweep(seconds age) {
  std::error_code failed;
  for (fs::directory_iterator it(var_ + "/" + kNew, failed), end; !failed && it != end; it.increment(failed)) {
    struct stat about {};
    if (::stat(it->path().c_str(), &about) == 0 && std::time(nullptr) - about.st_mtime > age.count())
      ::unlink(it->path().c_str());
  }
}

}  // namespace hotline::ccivr
