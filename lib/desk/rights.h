// SPDX-License-Identifier: GPL-2.0-or-later
// Seven rights in each of some function blocks.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace hotline::desk {

/// Bits as role_rights.bits has them. `audit` freezes a row until somebody with `unaudit` frees it.
enum class Right : int64_t { add = 1, modify = 2, remove = 4, query = 8, print = 16, audit = 32, unaudit = 64 };
inline constexpr int64_t kAllRights = 127;

/// In the order of their bits: "add", "modify", "delete", "query", "print", "audit", "un-audit".
const std::vector<std::string>& right_names();
const std::string& right_name(Right right);
/// `usage` with the nearest.
Result<Right> parse_right(const std::string& text);
/// "add,query", "all", "none"; as what rights_text() makes.
Result<int64_t> parse_rights(const std::string& text);
std::string rights_text(int64_t bits);

/// The function blocks; a block in which somebody has no right at all does not exist for him.
const std::vector<std::string>& blocks();
/// `usage` with the nearest.
Result<void> check_block(const std::string& block);

/// What one person may: bits by block.
class Rights {
 public:
  Rights() = default;
  /// Everything: the operator's.
  static Rights all();
  void grant(const std::string& block, int64_t bits) { bits_[block] |= bits; }
  bool has(const std::string& block, Right right) const { return (bits(block) & int64_t(right)) != 0; }
  bool sees(const std::string& block) const { return bits(block) != 0; }
  int64_t bits(const std::string& block) const;

 private:
  std::map<std::string, int64_t> bits_;
};

}  // namespace hotline::desk
