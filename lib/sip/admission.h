// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <unordered_set>

namespace hotline::sip {

/// Asks once a call whether it may come in: its INVITE comes twice, without credentials and with them, and more often
/// when it is repeated. Remembers the last 4096 that were let in.
class Admission {
 public:
  explicit Admission(std::function<bool()> admit = {}) : admit_(std::move(admit)) {}

  bool admit(const std::string& call_id) {
    if (!admit_ || let_in_.contains(call_id)) return true;
    if (!admit_()) return false;
    let_in_.insert(call_id);
    order_.push_back(call_id);
    if (order_.size() > kRemembered) {
      let_in_.erase(order_.front());
      order_.pop_front();
    }
    return true;
  }

 private:
  static constexpr size_t kRemembered = 4096;
  std::function<bool()> admit_;
  std::unordered_set<std::string> let_in_;
  std::deque<std::string> order_;
};

}  // namespace hotline::sip
