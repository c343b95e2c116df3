// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "base/result.h"

namespace hotline::conf {

/// Where one instance lives. HOTLINE_HOME names its root; without it the system-wide layout of `make install` holds:
///
///              HOTLINE_HOME set     system-wide
///     etc()    $HOTLINE_HOME/etc    /etc/hotline
///     run()    $HOTLINE_HOME/run    /run/hotline
///     var()    $HOTLINE_HOME/var    /var/lib/hotline
///
/// share() is what came with the programs (prompts, SQL, sites): $HOTLINE_SHARE, or ../share/hotline beside the
/// folder of the running program, so that a build tree and an installed tree both find their own.
class Instance {
 public:
  static Instance from_environment();
  /// The instance below `home`, whatever the environment says of another.
  static Instance at(const std::string& home);

  const std::string& etc() const { return etc_; }
  const std::string& run() const { return run_; }
  const std::string& var() const { return var_; }
  const std::string& share() const { return share_; }

  std::string config_file() const { return etc_ + "/hotline.toml"; }
  std::string journal_dir() const { return var_ + "/journal"; }
  std::string spool_dir() const { return var_ + "/spool"; }
  std::string recordings_dir() const { return var_ + "/recordings"; }
  std::string store_file() const { return var_ + "/hotline.db"; }
  /// Where the store is: `store` of hotline.toml ("sqlite:hotline.db", below var/ when it is no whole path;
  /// "postgresql://user@host/database"), or store_file() where nothing is said. What else the file says, and whether it
  /// is right, is not asked.
  Result<std::string> store_location() const;

  /// The socket of daemon `name`: "<run>/<name>.cmd" takes commands, "<run>/<name>.evt" publishes events.
  std::string command_endpoint(const std::string& name) const { return "ipc://" + run_ + "/" + name + ".cmd"; }
  std::string event_endpoint(const std::string& name) const { return "ipc://" + run_ + "/" + name + ".evt"; }

  /// Makes run/ and the folders of var/ when missing. Fails when run/ is too long for a Unix socket's path (107
  /// octets, unix(7)), naming the remedy.
  Result<void> prepare() const;

 private:
  void find_share();

  std::string etc_, run_, var_, share_;
};

}  // namespace hotline::conf
