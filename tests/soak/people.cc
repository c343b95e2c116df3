// SPDX-License-Identifier: GPL-2.0-or-later
#include "people.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/fd.h"
#include "base/require.h"
#include "base/text.h"

namespace hotline::soak {

Instance::Instance(std::string build) : build_(std::filesystem::absolute(build)) {
  char name[] = "/tmp/hl-soak.XXXXXX";  // short: sockets live in it
  require(::mkdtemp(name) != nullptr);
  home_ = name;
  for (const char* folder : {"etc", "run", "var"}) std::filesystem::create_directories(home_ + "/" + folder);
  ::setenv("HOTLINE_HOME", home_.c_str(), 1);
  ::setenv("PATH", (build_ + "/bin:" + std::getenv("PATH")).c_str(), 1);
}

Instance::~Instance() {
  for (auto& [name, pid] : children_) before_.push_back(pid);
  for (pid_t pid : before_) ::kill(pid, SIGKILL);
  for (pid_t pid : before_) ::waitpid(pid, nullptr, 0);
  std::error_code ignored;
  if (!keep_) std::filesystem::remove_all(home_, ignored);
}

void Instance::write(const std::string& file, const std::string& text) const {
  std::ofstream(home_ + "/" + file) << text;
}

void Instance::start(const std::string& name, std::vector<std::string> command) {
  if (children_.contains(name)) before_.push_back(children_[name]);
  pid_t pid = ::fork();
  require(pid >= 0);
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    int log = ::open((home_ + "/" + name + ".log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(null, 0), ::dup2(log, 1), ::dup2(log, 2);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    std::vector<char*> raw;
    for (auto& word : command) raw.push_back(word.data());
    raw.push_back(nullptr);
    ::execvp(raw[0], raw.data());
    ::_exit(127);
  }
  children_[name] = pid;
}

void Instance::kill(const std::string& name) {
  auto child = children_.extract(name);
  if (child.empty()) return;
  ::kill(child.mapped(), SIGKILL);
  ::waitpid(child.mapped(), nullptr, 0);
}

pid_t Instance::pid(const std::string& name) const {
  auto child = children_.find(name);
  return child == children_.end() ? 0 : child->second;
}

bool Instance::runs(const std::string& name) {
  auto child = children_.find(name);
  if (child == children_.end()) return false;
  if (::waitpid(child->second, nullptr, WNOHANG) == 0) return true;
  children_.erase(child);
  return false;
}

int64_t rss_kib(pid_t pid) {
  auto text = read_file("/proc/" + std::to_string(pid) + "/status");
  if (!text) return -1;
  for (const auto& line : split(*text, '\n'))
    if (line.starts_with("VmRSS:")) return std::atoll(line.c_str() + 6);
  return -1;
}

int64_t descriptors(pid_t pid) {
  std::error_code failed;
  int64_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", failed))
    count += !entry.path().empty();
  return failed ? -1 : count;
}

}  // namespace hotline::soak
