// SPDX-License-Identifier: GPL-2.0-or-later
// The address of a host, known before anybody asks. Inside the room only.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/loop.h"
#include "lookup/child.h"

namespace hotline::lookup {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  std::string text;  ///< numeric, without port
};

/// "127.0.0.1", "::1" with a port; nullopt for a name.
std::optional<Address> numeric_address(const std::string& host, const std::string& port);

/// Resolves a name beside the loop, by getent(1), again and again: a lookup in the DNS may take half a minute, in a
/// thread it cannot be ended, and addresses change.
///
///     numeric: known for ever        name: asked at once; known for kRefresh, or after a failure asked again after
///     kRetry
class Host {
 public:
  static constexpr seconds kRefresh{300}, kRetry{10}, kAnswerMax{20};

  Host(Loop& loop, Reaper& reaper, std::string name, std::string port);

  /// The last that was learned.
  const std::optional<Address>& address() const { return address_; }
  /// Calls back once, when the first answer is there, good or not; at once if it is. Forgotten under `key` by forget().
  void when_asked(const void* key, std::function<void()> known);
  void forget(const void* key) { waiting_.erase(key); }
  const std::string& name() const { return name_; }

 private:
  void resolve();
  void learn(const std::string& output);

  Loop& loop_;
  Reaper& reaper_;
  const std::string name_, port_;
  std::optional<Address> address_;
  bool asked_ = false;
  std::unique_ptr<Child> child_;
  Loop::Handle timer_;
  std::map<const void*, std::function<void()>> waiting_;
};

}  // namespace hotline::lookup
