// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "route/number.h"

namespace hotline::route {

/// Whom a telephone may call outside; each includes those before it.
enum class Class { internal, local, long_distance, international };
std::optional<Class> class_named(const std::string& name);
const char* name_of(Class one);
/// What a number asks for under the Chinese numbering plan: 00 or + is international (but +86 is not), 0 long distance
/// (an area code), the rest local.
Class class_of(const std::string& number);

/// A way out: a span or a group of spans ("": any span), or a SIP trunk.
struct Via {
  enum class Kind { span, trunk } kind = Kind::span;
  std::string name;
  std::string text() const { return (kind == Kind::span ? "span:" : "trunk:") + name; }
  bool operator==(const Via&) const = default;
};
/// "span:e1", "span", "trunk:telco"; nullopt for anything else.
std::optional<Via> read_via(const std::string& text);

/// One [[outbound]].
struct Outbound {
  std::string place;
  Pattern called;
  std::vector<Via> via;  ///< in the order in which they are tried
  int strip = 0;         ///< digits taken off the front, then
  std::string prepend;   ///< put before it
  std::string caller;    ///< what the far end sees; "": what the dialling asked for
  std::vector<int> failover = kFailover;
  std::optional<Class> needs;  ///< instead of what the number asks for

  /// Causes that speak of the way and not of the called: the next way is tried. ITU-T Q.850: 27 destination out of
  /// order, 34 no circuit, 38 network out of order, 41 temporary failure, 42 congestion, 44 channel not available.
  static const std::vector<int> kFailover;
};

/// How a number is reached.
struct Way {
  const Outbound* row = nullptr;  ///< nullptr: there is no table, or an emergency number that no row names
  std::vector<Via> via;
  std::string number;  ///< as the way out wants it
  std::string caller;  ///< "": as asked
  std::vector<int> failover;
  Class needs = Class::local;
  bool emergency = false;  ///< needs no class
  bool fails_over(int cause) const;
};

class Outbounds {
 public:
  Outbounds() = default;
  Outbounds(std::vector<Outbound> rows, std::vector<std::string> emergency)
      : rows_(std::move(rows)), emergency_(std::move(emergency)) {}
  /// The narrowest row, the first of those. Without any row: any span. An emergency number always has a way. nullopt
  /// when there are rows and none fits.
  std::optional<Way> find(const std::string& number) const;
  bool is_emergency(const std::string& number) const;
  const std::vector<Outbound>& all() const { return rows_; }
  const std::vector<std::string>& emergency() const { return emergency_; }

 private:
  std::vector<Outbound> rows_;
  std::vector<std::string> emergency_;
};

}  // namespace hotline::route
