// SPDX-License-Identifier: GPL-2.0-or-later
// A PostgreSQL server of the test program's own (tests/postgres), started when the first test asks for it.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "store/store.h"

class PostgresServer {
 public:
  /// None when PostgreSQL is not installed.
  static PostgresServer* running() {
    static PostgresServer server;
    return server.pid_ > 0 ? &server : nullptr;
  }
  /// A connection URI of a database of one's own, empty.
  std::string new_database() {
    std::string name = "t" + std::to_string(++made_);
    require(std::system(("createdb -h " + dir_ + " -U hotline " + name).c_str()) == 0);
    return url(name);
  }
  std::string url(const std::string& database) const { return "postgresql://hotline@/" + database + "?host=" + dir_; }

 private:
  PostgresServer() {
    if (!std::filesystem::exists("/usr/lib/postgresql")) return;
    char name[] = "/tmp/hotline-pg-XXXXXX";
    require(::mkdtemp(name));
    dir_ = name;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::execl("tests/postgres", "tests/postgres", dir_.c_str(), nullptr);
      ::_exit(127);
    }
    await();
  }
  ~PostgresServer() {
    if (pid_ > 0) {
      ::kill(pid_, SIGINT);
      ::waitpid(pid_, nullptr, 0);
    }
    if (!dir_.empty()) std::filesystem::remove_all(dir_);
  }
  /// Half a minute at most.
  void await() {
    for (int tries = 0; tries < 600; ++tries) {
      if (std::system(("pg_isready -q -h " + dir_).c_str()) == 0) return;
      if (::waitpid(pid_, nullptr, WNOHANG) == pid_) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    require(!"PostgreSQL did not start");
  }

  std::string dir_;
  pid_t pid_ = 0;
  int made_ = 0;
};
