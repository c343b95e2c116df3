// SPDX-License-Identifier: GPL-2.0-or-later
#include "desk/rights.h"

#include <algorithm>

#include "base/text.h"

namespace hotline::desk {

const std::vector<std::string>& right_names() {
  static const std::vector<std::string> names = {"add", "modify", "delete", "query", "print", "audit", "un-audit"};
  return names;
}

const std::string& right_name(Right right) {
  size_t place = 0;
  for (auto bit = int64_t(right); bit > 1; bit >>= 1) ++place;
  return right_names().at(place);
}

Result<Right> parse_right(const std::string& text) {
  const auto& names = right_names();
  auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end())
    return Error{Errc::usage, "'" + text + "' is no right; they are " + join(names, ", ") + did_you_mean(text, names)};
  return Right(int64_t(1) << (found - names.begin()));
}

Result<int64_t> parse_rights(const std::string& text) {
  if (text == "all") return kAllRights;
  if (text == "none") return 0;
  int64_t bits = 0;
  for (const auto& name : split(text, ',')) {
    auto right = parse_right(name);
    if (!right) return right.error();
    bits |= int64_t(*right);
  }
  return bits;
}

std::string rights_text(int64_t bits) {
  if (bits == kAllRights) return "all";
  std::vector<std::string> names;
  for (size_t i = 0; i < right_names().size(); ++i)
    if (bits & (int64_t(1) << i)) names.push_back(right_names()[i]);
  return names.empty() ? "none" : join(names, ",");
}

const std::vector<std::string>& blocks() {
  static const std::vector<std::string> names = {"users",      "roles",      "organisation", "customers", "accounts",
                                                 "orders",     "stock",      "tickets",      "knowledge", "bulletins",
                                                 "phone-book", "recordings", "reports",      "alarms",    "store"};
  return names;
}

Result<void> check_block(const std::string& block) {
  const auto& names = blocks();
  if (std::find(names.begin(), names.end(), block) != names.end()) return {};
  return Error{Errc::usage, "'" + block + "' is no block; they are " + join(names, ", ") + did_you_mean(block, names)};
}

Rights Rights::all() {
  Rights rights;
  for (const auto& block : blocks()) rights.grant(block, kAllRights);
  return rights;
}

int64_t Rights::bits(const std::string& block) const {
  auto found = bits_.find(block);
  return found == bits_.end() ? 0 : found->second;
}

}  // namespace hotline::desk
