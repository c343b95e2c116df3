// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/loop.h"
#include "sip/requests.h"
#include "sip/sip.h"
#include "sip/target.h"

namespace hotline::sip {

/// What phones have subscribed to (RFC 6665): their own messages (RFC 3842) and the lamps of others (RFC 4235).
///
/// A subscription is a dialog of its own. Each change is told with the whole state; while a NOTIFY waits for its answer
/// further changes wait with it, so that there is never more than one under way and the last state always arrives. One
/// that is not answered, or refused with a final word, ends the subscription. Bounded in number; nothing is kept for
/// one that has run out.
class Subscriptions {
 public:
  static constexpr size_t kAllMax = 10000, kPhoneMax = 200;
  static constexpr int kExpiresMin_s = 60, kExpiresMax_s = 3600;

  struct Host {
    nta_agent_t* nta;
    Requests& requests;
    std::string domain;
    std::function<std::string(const std::string& hop)> contact_for;
    std::function<bool(const std::string& phone)> known;  ///< a phone of ours: it has a lamp even if never told of
  };
  explicit Subscriptions(Host host) : host_(std::move(host)) {}
  ~Subscriptions();

  /// An authenticated phone's SUBSCRIBE outside a dialog; answers it and gives `irq` back to Sofia.
  void subscribe(nta_incoming_t* irq, const sip_t* sip, const std::string& phone, const Source& source);

  void set_mailbox(const std::string& phone, Mailbox mailbox);
  Mailbox mailbox(const std::string& phone) const;
  void set_lamp(const std::string& name, Lamp lamp);
  /// The phone has asked for its messages by itself: it needs no unasked NOTIFY.
  bool asked_for_mailbox(const std::string& phone) const;
  /// Header lines and body of a NOTIFY with that phone's messages.
  std::string mailbox_text(const std::string& phone) const;

  void step(Instant now);  ///< once a second: those that have run out
  /// Ends those of phones that are no more.
  void keep(const std::function<bool(const std::string& phone)>& known);
  void end_all(const std::string& reason);
  size_t size() const { return all_.size(); }

 private:
  enum class Package { mailbox, dialog };
  struct One {
    Subscriptions* owner = nullptr;
    uint64_t number = 0;
    Package package = Package::mailbox;
    std::string phone, about;  ///< who asks, and about whom
    std::string hop;
    std::string event;  ///< "dialog;id=7", as it was asked
    nta_leg_t* leg = nullptr;
    Instant expires{};
    uint32_t version = 0;
    bool telling = false, news = false;
    std::string ending;  ///< why it is over; then the last NOTIFY goes out
    uint64_t request = 0;
    ~One();
  };
  int refusal(const sip_t* sip, const std::string& phone, Package& package, std::string& about) const;
  static int on_request(Dialog* context, nta_leg_t*, nta_incoming_t* irq, const sip_t* sip);
  int refresh(One& one, nta_incoming_t* irq, const sip_t* sip);
  void answer(nta_incoming_t* irq, int status, int expires_s, const std::string& contact);
  void tell(One& one);
  void tell_all(Package package, const std::string& about);
  void on_told(uint64_t number, const Requests::Answer& answer);
  std::string dialog_info(One& one) const;

  Host host_;
  uint64_t last_ = 0;
  std::map<uint64_t, std::unique_ptr<One>> all_;
  std::map<std::string, size_t> of_phone_;
  std::map<std::pair<Package, std::string>, std::set<uint64_t>> about_;  ///< those to be told of a change
  std::map<std::string, Mailbox> mailboxes_;
  std::map<std::string, Lamp> lamps_;
};

}  // namespace hotline::sip
