// SPDX-License-Identifier: GPL-2.0-or-later
// Transfers, and calls that are taken over. A blind one dials its target beside the two who talk: the one who is handed
// on hears music, then the target's ringing, and the one who hands on may stay or go. Meanwhile the call is the
// controller "switch"'s, and goes back to where it was should the target not answer.
//
//                    target answers    target fails, by is there   target fails, by has gone
//     by             released          talks with other again      -
//     other          talks with target talks with by again         its controller has it again, or is told why
//
// A call can be lent to a controller, too, as for a PIN that a menu asks for: `by` stays, and has it back with the next
// handover.
//
// What is known of a transfer stands here only as long as it is under way: a switch that dies takes its calls along.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/loop.h"
#include "calls.h"
#include "routes.h"

namespace hotline::ccswitchd {

class Switch;

class Transfers {
 public:
  Transfers(Switch& owner, Loop& loop) : switch_(owner), loop_(loop), alive_(std::make_shared<bool>(true)) {}

  /// Events of this call are for hear() and for nobody else in the switch.
  bool busy(const std::string& call) const { return under_way_.count(call) > 0; }
  /// Somebody waits for a controller to give it back.
  bool lent(const std::string& call) const;
  /// An event of a busy call; acted upon once the table has settled.
  void hear(const wire::Event& event);

  /// Why `by` cannot be transferred now, or "": it must be up and talk with exactly one other.
  std::string wrong(const Leg& by) const;

  /// `to` as in dial. An error reply of dial's, and nothing has changed, when it cannot be dialled.
  wire::Reply blind(Leg& by, const std::string& to);
  /// To where a number leads that a phone could dial: to an endpoint, or to another controller.
  wire::Reply to_number(Leg& by, const Destination& where, const std::string& number);
  /// To another controller. With `back` it is lent: `by` waits, and who hands the call on gives it back to him.
  wire::Reply to_controller(Leg& by, const std::string& controller, const Json& tags, bool back);
  /// The call was lent, and its borrower hands it over, or is lost: the two talk again. False when it was not.
  bool give_back(Call& call, const Json& tags, const char* result = "done");
  /// The far end of `by` with that of `with`, which may ring still; both of these are released.
  wire::Reply attended(Leg& by, Leg& with);

  /// A call that came in takes the place of leg `old`: its own phone's, or one that rings. Nullopt when it cannot; else
  /// the new leg has been answered, and the rest follows when it is up.
  bool take_over(Far far, uint32_t port, const std::string& phone, Leg& old);

 private:
  struct Transfer {
    std::string by, other, target;  ///< legs; `by` may have gone
    std::string to, with;           ///< as asked; with: of an attended one whose target rings
    std::string controller;         ///< whose the call was
    std::string mode;               ///< blind, attended, pickup, lent
    std::string merged;             ///< the call that the target came from
    bool recorded = false;
  };

  void act(const wire::Event& event);
  void act_lent(const wire::Event& event, const Transfer& transfer);
  wire::Reply to_direct(Leg& by, const std::string& to, const std::string& number);
  void hand_on(Leg& by, const std::string& to, const std::string& controller, const Json& tags);
  void target_rings(const Transfer& transfer);
  void complete(const std::string& call);
  void fail(const std::string& call, int cause);
  void abandon(const std::string& call);
  void progress(const std::string& leg, int status);
  void part(Call& call, const std::string& leg, bool& recorded);
  void tell(const Call& call, const std::string& leg, const Transfer& transfer);
  Leg* partner(const Leg& leg) const;
  Leg* up(const std::string& leg) const;

  Switch& switch_;
  Loop& loop_;
  std::map<std::string, Transfer> under_way_;  // by call
  std::shared_ptr<bool> alive_;
};

}  // namespace hotline::ccswitchd
