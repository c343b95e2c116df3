// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "base/fd.h"
#include "lookup/lookups.h"

namespace hotline::lookup {

/// An instance in a folder of its own, with the look-ups that a test writes down, asked on a loop.
class Bench {
 public:
  Bench() {
    char name[] = "/tmp/hotline-lookup-XXXXXX";
    require(::mkdtemp(name));
    home = name;
    for (const char* folder : {"/etc/programs", "/var", "/run"}) std::filesystem::create_directories(home + folder);
    ::setenv("HOTLINE_HOME", home.c_str(), 1);
    ::setenv("HOTLINE_SHARE", (home + "/share").c_str(), 1);
    std::filesystem::create_directories(home + "/share");
    std::filesystem::create_directory_symlink(std::filesystem::absolute("share/sql"), home + "/share/sql");
  }
  ~Bench() {
    lookups.reset();
    std::filesystem::remove_all(home);
  }

  void write(const std::string& file, const std::string& text) const { std::ofstream(home + "/" + file) << text; }
  /// A shell script below etc/programs/ that has read its hello already.
  void program(const std::string& name, const std::string& body) const {
    write("etc/programs/" + name, "#!/bin/sh\nread -r hello\n" + body);
    std::filesystem::permissions(home + "/etc/programs/" + name, std::filesystem::perms(0755));
  }
  /// Statements of SQL in the database below var/.
  void sql(const std::string& text, const std::string& file = "billing.db") const {
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open((home + "/var/" + file).c_str(), &database) == SQLITE_OK);
    char* error = nullptr;
    CHECK_MESSAGE(sqlite3_exec(database, text.c_str(), nullptr, nullptr, &error) == SQLITE_OK, (error ? error : ""));
    sqlite3_close(database);
  }

  Result<Definitions> load(const std::string& toml) const {
    write("etc/hotline.toml", "include = [\"lookups.toml\"]\n");
    write("etc/lookups.toml", toml);
    return lookup::load("", conf::Instance::from_environment());
  }
  /// The complaints, without the folder; "" when all is well.
  std::string complaints(const std::string& toml) const {
    auto loaded = load(toml);
    if (loaded) return "";
    std::string text = loaded.error().text;
    for (size_t at; (at = text.find(home + "/etc/")) != std::string::npos;) text.erase(at, home.size() + 5);
    for (size_t at; (at = text.find(home)) != std::string::npos;) text.replace(at, home.size(), "HOME");
    return text;
  }
  void begin(const std::string& toml) {
    auto loaded = load(toml);
    REQUIRE_MESSAGE(loaded, (loaded ? "" : loaded.error().text));
    lookups = std::make_unique<Lookups>(loop, *loaded);
  }

  bool until(const std::function<bool()>& done, milliseconds patience = milliseconds(20000)) {
    for (Instant end = monotonic_now() + patience; !done() && monotonic_now() < end;) loop.step(milliseconds(20));
    return done();
  }
  Outcome ask(const std::string& name, const Fields& parameters = {}) {
    std::optional<Outcome> outcome;
    auto handle = lookups->ask(name, parameters, [&](const Outcome& answered) { outcome = answered; });
    REQUIRE(until([&] { return outcome.has_value(); }));
    return *outcome;
  }
  /// "found a=1 b=2", "none", "failed timeout".
  std::string told(const std::string& name, const Fields& parameters = {}) { return text_of(ask(name, parameters)); }
  static std::string text_of(const Outcome& outcome) {
    std::string text = outcome.name();
    for (const auto& [key, value] : outcome.fields) text += " " + key + "=" + value;
    return outcome.kind == Outcome::Kind::failed ? text + " " + reason_name(outcome.reason) : text;
  }

  std::string home;
  Loop loop;
  std::unique_ptr<Lookups> lookups;
};

}  // namespace hotline::lookup
