// SPDX-License-Identifier: GPL-2.0-or-later
// Versions of flows that calls may be in: a folder var/flows/NAME-VERSION with the flow's file and those of its
// sub-flows, as they were. A call that began with one goes on with it, also when the file has changed and we were
// killed meanwhile.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "flow/flow.h"

namespace hotline::ccivr {

/// How many versions of a flow are kept besides the one in use; the oldest go first.
inline constexpr size_t kVersionsKept = 10;

class Shelf {
 public:
  explicit Shelf(std::string folder) : folder_(std::move(folder)) {}

  /// Keeps a version, unless it is there. What cannot be kept is logged: the flow runs all the same.
  void put(const flow::Flow& flow);
  /// Null when it is not there, or is not what it was.
  std::shared_ptr<const flow::Flow> get(const std::string& name, const std::string& version) const;

  struct Version {
    std::string name, version;
    int64_t since_us = 0;
  };
  /// By name, the newest first.
  std::vector<Version> list() const;

 private:
  std::string place(const std::string& name, const std::string& version) const;
  void prune(const std::string& name);
  std::string folder_;
};

}  // namespace hotline::ccivr
