// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/loop.h"
#include "sip/requests.h"
#include "sip/sip.h"
#include "sip/target.h"

namespace hotline::sip {

/// One trunk: its gates, its registration, and whether calls can be made over it.
///
/// Registration (RFC 3261 §10.2), when it is wanted:
///
///     state     200           401, 407            423            other, none        time
///     away      enrolled      once: answer it     once: longer   refused, wait      due: REGISTER -> away
///     enrolled  enrolled      once: answer it     once: longer   away when it runs  due: REGISTER
///                                                                out, wait
///
/// The wait doubles from kRetryFirst to kRetryLongest, and after an answer that says no it begins with kRefusedFirst.
class Trunk {
 public:
  static constexpr seconds kRetryFirst{5}, kRefusedFirst{60}, kRetryLongest{600};

  struct Host {  ///< what a trunk needs of the stack
    Loop& loop;
    nta_agent_t* nta;
    Requests& requests;
    std::function<std::string(const std::string& hop, const std::string& user)> contact_for;
    std::function<void(const std::string& trunk, bool up, const std::string& reason)> tell;
  };

  Trunk(Host host, TrunkConfig config);
  ~Trunk();
  Trunk(const Trunk&) = delete;
  Trunk& operator=(const Trunk&) = delete;

  const TrunkConfig& config() const { return config_; }
  TrunkState state() const;
  void step(Instant now);  ///< once a second
  void sign_off();         ///< tells the registrar that we are gone, without waiting for its answer

  /// This request comes from the trunk.
  bool sent(const Source& source, const sip_t* sip) const;
  /// Who calls and what was called.
  Caller caller(const sip_t* sip) const;
  std::string called(const sip_t* sip) const;

  /// Why no call can be made over it now; "" when one can.
  std::string unusable() const;
  /// The gates worth a try, the best first; all of them when none answers.
  std::vector<size_t> order() const;
  std::string hop(size_t gate) const;
  std::string domain(size_t gate) const;
  std::string uri_of(const std::string& number, size_t gate) const;
  /// From and what else tells who calls, as the trunk wants it: the value of From, and whole lines.
  std::string from_for(const Invite& invite, size_t gate, std::string& headers) const;
  /// The answer to a challenge as a whole header line; nullopt when there is none we can give.
  std::optional<std::string> answer(const sip_t* sip, const std::string& method, const std::string& uri) const;
  /// The far end's certificate has the name that is wanted, or none is.
  bool trusted(nta_outgoing_t* out) const;
  void failed(size_t gate);  ///< it did not take a call: others first for a while

  /// What it wants of SRTP, as a phone's wish.
  Phone as_phone() const { return {"trunk:" + config_.name, "", "", config_.srtp, ""}; }

  /// Held by every call of the trunk.
  std::shared_ptr<char> seat() const { return seats_; }
  int calls() const { return static_cast<int>(seats_.use_count()) - 1; }

 private:
  struct GateState {
    Pulse pulse;
    bool asking = false;
    Instant avoid_until{};
  };
  void ask(size_t gate, Instant now);
  void enroll(const std::string& credentials, int64_t expires_s);
  void on_enrolled(const Requests::Answer& answer, bool answered, int64_t asked_s);
  void wait(bool refused, const std::string& reason);
  void settle();
  int64_t granted_s(const sip_t* sip, int64_t asked_s) const;

  Host host_;
  TrunkConfig config_;
  std::string token_;  ///< user part of the contact that we register: nobody can guess it
  std::vector<GateState> gates_;
  nta_leg_t* leg_ = nullptr;
  uint64_t open_ = 0;  ///< the REGISTER that waits for its answer
  size_t registrar_ = 0;
  Instant due_{}, expires_{};
  seconds patience_{0};
  std::string enroll_reason_ = "not registered yet";
  std::optional<bool> told_;
  std::shared_ptr<char> seats_ = std::make_shared<char>();
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class Trunks {
 public:
  /// Those that are the same go on as they are.
  void set(const Trunk::Host& host, std::vector<TrunkConfig> configs);
  void step(Instant now);
  void clear() { all_.clear(); }
  Trunk* find(const std::string& name) const;
  Trunk* sender(const Source& source, const sip_t* sip) const;
  std::vector<TrunkState> states() const;

 private:
  std::vector<std::unique_ptr<Trunk>> all_;
};

}  // namespace hotline::sip
