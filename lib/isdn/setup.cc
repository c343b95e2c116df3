// SPDX-License-Identifier: GPL-2.0-or-later
#include "isdn/setup.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace hotline::isdn {

namespace {

constexpr int kNormalUnspecified = 31;

// Type of number, Q.931 table 4-9.
NumberType type_of(int plan) {
  switch ((plan >> 4) & 7) {
    case PRI_TON_INTERNATIONAL:
      return NumberType::international;
    case PRI_TON_NATIONAL:
      return NumberType::national;
    case PRI_TON_NET_SPECIFIC:
      return NumberType::network;
    case PRI_TON_SUBSCRIBER:
      return NumberType::subscriber;
    case PRI_TON_ABBREVIATED:
      return NumberType::abbreviated;
    default:
      return NumberType::unknown;
  }
}

// An unknown type goes with an unknown plan, the others with that of E.164.
int plan_of(const std::string& number, NumberType type) {
  if (number.starts_with('+')) type = NumberType::international;
  switch (type) {
    case NumberType::international:
      return PRI_INTERNATIONAL_ISDN;
    case NumberType::national:
      return PRI_NATIONAL_ISDN;
    case NumberType::network:
      return PRI_TON_NET_SPECIFIC << 4 | PRI_NPI_E163_E164;
    case NumberType::subscriber:
      return PRI_LOCAL_ISDN;
    case NumberType::abbreviated:
      return PRI_TON_ABBREVIATED << 4 | PRI_NPI_E163_E164;
    default:
      return PRI_UNKNOWN;
  }
}

std::string digits_of(const std::string& number) { return number.substr(number.starts_with('+') ? 1 : 0); }

template <size_t n>
void copy_text(char (&into)[n], const std::string& text) {
  const size_t octets = std::min(text.size(), n - 1);
  std::memcpy(into, text.data(), octets);
  into[octets] = 0;
}

// At most so many octets, no character cut through.
std::string fitting(std::string text, size_t octets) {
  if (text.size() <= octets) return text;
  text.resize(octets);
  while (!text.empty() && valid_utf8(text) != text) text.pop_back();
  return text;
}

struct Reason {
  int code;
  const char* name;
};
constexpr Reason kReasons[] = {{PRI_REDIR_UNKNOWN, "unknown"},
                               {PRI_REDIR_FORWARD_ON_BUSY, "busy"},
                               {PRI_REDIR_FORWARD_ON_NO_REPLY, "no-answer"},
                               {PRI_REDIR_DEFLECTION, "deflection"},
                               {PRI_REDIR_DTE_OUT_OF_ORDER, "out-of-order"},
                               {PRI_REDIR_FORWARDED_BY_DTE, "by-user"},
                               {PRI_REDIR_UNCONDITIONAL, "unconditional"}};

const char* reason_name(int code) {
  for (const auto& reason : kReasons) {
    if (reason.code == code) return reason.name;
  }
  return "unknown";
}

int reason_code(const std::string& name) {
  for (const auto& reason : kReasons) {
    if (name == reason.name) return reason.code;
  }
  return PRI_REDIR_UNKNOWN;
}

// A name as it stands on the line is UTF-8 by now with most, Latin-1 with the rest; control characters are nobody's
// name.
std::string name_of_caller(const char* text) {
  std::string name(text);
  if (valid_utf8(name) != name) {
    std::string utf8;
    for (const char c : name) {
      const auto octet = static_cast<uint8_t>(c);
      if (octet < 0x80) {
        utf8 += c;
      } else if (octet >= 0xA0) {  // below are control characters
        utf8 += static_cast<char>(0xC0 | octet >> 6);
        utf8 += static_cast<char>(0x80 | (octet & 0x3F));
      }
    }
    name = utf8;
  }
  std::erase_if(name, [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7F; });
  return std::string(trim(name));
}

constexpr int64_t kMultipliers[] = {1, 10, 100, 1000, 10'000, 100'000, 1'000'000};  // thousandth to thousand

bool read_money(const pri_aoc_recorded_currency& money, Charge& charge) {
  constexpr int64_t kCostMax = 1'000'000'000'000;
  if (money.amount.multiplier < 0 || money.amount.multiplier > PRI_AOC_MULTIPLIER_THOUSAND) return false;
  if (money.amount.cost < 0 || money.amount.cost > kCostMax) return false;
  charge.thousandths = money.amount.cost * kMultipliers[money.amount.multiplier];
  charge.currency = name_of_caller(money.currency);
  return true;
}

bool read_units(const pri_aoc_recorded_units& list, Charge& charge) {
  int64_t sum = 0;
  bool any = false;
  for (int i = 0; i < list.num_items && i < 32; i++) {
    if (list.item[i].number < 0) continue;
    sum += list.item[i].number;
    any = true;
  }
  if (any) charge.units = sum;
  return any;
}

template <typename Advice>
std::optional<Charge> read_charge(const Advice& advice, bool final) {
  Charge charge;
  charge.final = final;
  switch (advice.charge) {
    case PRI_AOC_DE_CHARGE_FREE:
      charge.free = true;
      return charge;
    case PRI_AOC_DE_CHARGE_CURRENCY:
      if (read_money(advice.recorded.money, charge)) return charge;
      return std::nullopt;
    case PRI_AOC_DE_CHARGE_UNITS:
      if (read_units(advice.recorded.unit, charge)) return charge;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

template <typename Advice>
void write_charge(const Charge& charge, Advice& advice) {
  if (charge.units) {
    advice.charge = PRI_AOC_DE_CHARGE_UNITS;
    advice.recorded.unit.num_items = 1;
    advice.recorded.unit.item[0].number = *charge.units;
    advice.recorded.unit.item[0].type = -1;
  } else if (charge.thousandths) {
    advice.charge = PRI_AOC_DE_CHARGE_CURRENCY;
    auto& money = advice.recorded.money;
    // The greatest multiplier that leaves a whole number: costs have 24 bits (EN 300 182-1).
    int multiplier = PRI_AOC_MULTIPLIER_THOUSANDTH;
    int64_t cost = *charge.thousandths;
    while (cost != 0 && cost % 10 == 0 && multiplier < PRI_AOC_MULTIPLIER_THOUSAND) {
      cost /= 10;
      multiplier++;
    }
    money.amount.cost = cost;
    money.amount.multiplier = multiplier;
    copy_text(money.currency, charge.currency);
  } else {
    advice.charge = PRI_AOC_DE_CHARGE_FREE;
  }
}

}  // namespace

std::string number_of(const char* digits, int plan) {
  std::string number = type_of(plan) == NumberType::international ? "+" : "";
  for (; *digits; digits++) {
    if (std::strchr("0123456789*#", *digits)) number += *digits;
  }
  number.resize(std::min<size_t>(number.size(), 31));
  return number == "+" ? "" : number;
}

bool is_audio(int capability) {
  return capability == PRI_TRANS_CAP_SPEECH || capability == PRI_TRANS_CAP_3_1K_AUDIO ||
         capability == PRI_TRANS_CAP_DIGITAL_W_TONES;
}

int valid_cause(int cause) { return cause >= 1 && cause <= 127 ? cause : kNormalUnspecified; }

int wire_cause(int cause) {
  return cause == 6 || cause == 7 || cause == 26 || cause == 81 ? kNormalUnspecified : valid_cause(cause);
}

Setup setup_of(const pri_event_ring& ring) {
  Setup setup;
  setup.withheld = (ring.callingpres & PRI_PRES_RESTRICTION) == PRI_PRES_RESTRICTED;
  const bool told = (ring.callingpres & PRI_PRES_RESTRICTION) == PRI_PRES_ALLOWED;
  if (told) {
    setup.from = number_of(ring.callingnum, ring.callingplan);
    setup.from_type = type_of(ring.callingplan);
  }
  if (!setup.withheld) setup.name = name_of_caller(ring.callingname);
  setup.to = number_of(ring.callednum, ring.calledplan);
  setup.to_type = type_of(ring.calledplan);
  if (ring.redirectingnum[0] != 0 || ring.redirectingreason != PRI_REDIR_UNKNOWN) {
    setup.redirecting.number = number_of(ring.redirectingnum, ring.callingplanrdnis);
    setup.redirecting.reason = reason_name(ring.redirectingreason);
  }
  const int channel = ring.channel & 0xFF;
  setup.channel = ring.channel >= 0 && is_channel(channel) ? channel : 0;
  setup.exclusive = setup.channel != 0 && !ring.flexible;
  return setup;
}

int send_setup(pri* pri, q931_call* handle, const Outgoing& outgoing) {
  pri_sr* request = pri_sr_new();
  if (!request) return -1;
  std::string called = digits_of(outgoing.to);
  pri_sr_set_channel(request, outgoing.channel, outgoing.exclusive ? 1 : 0, 0);
  pri_sr_set_bearer(request, PRI_TRANS_CAP_3_1K_AUDIO, PRI_LAYER_1_ALAW);
  pri_sr_set_called(request, called.data(), plan_of(outgoing.to, outgoing.to_type), outgoing.complete ? 1 : 0);
  pri_party_id caller;
  std::memset(&caller, 0, sizeof caller);
  caller.number.valid = 1;
  caller.number.presentation = PRES_PROHIB_USER_NUMBER_NOT_SCREENED;
  if (!outgoing.from.empty()) {
    caller.number.presentation = PRES_ALLOWED_USER_NUMBER_PASSED_SCREEN;
    caller.number.plan = plan_of(outgoing.from, outgoing.from_type);
    copy_text(caller.number.str, digits_of(outgoing.from));
  }
  if (!outgoing.name.empty()) {
    caller.name.valid = 1;
    caller.name.presentation = PRI_PRES_ALLOWED;
    caller.name.char_set = PRI_CHAR_SET_ISO8859_1;
    // A first octet with bit 8 set would be taken for the name of a character set.
    const bool wide = (outgoing.name[0] & 0x80) != 0;
    copy_text(caller.name.str, fitting((wide ? " " : "") + outgoing.name, sizeof caller.name.str - 1));
  }
  pri_sr_set_caller_party(request, &caller);
  if (!outgoing.redirecting.reason.empty()) {
    pri_party_redirecting redirecting;
    std::memset(&redirecting, 0, sizeof redirecting);
    auto& from = redirecting.from.number;
    from.valid = 1;
    from.plan = plan_of(outgoing.redirecting.number, outgoing.from_type);
    from.presentation = outgoing.redirecting.number.empty() ? PRES_PROHIB_USER_NUMBER_NOT_SCREENED
                                                            : PRES_ALLOWED_USER_NUMBER_PASSED_SCREEN;
    copy_text(from.str, digits_of(outgoing.redirecting.number));
    redirecting.count = 1;
    redirecting.reason = reason_code(outgoing.redirecting.reason);
    pri_sr_set_redirecting_parties(request, &redirecting);
  }
  const int result = pri_setup(pri, handle, request);
  pri_sr_free(request);
  return result;
}

void tell_connected(pri* pri, q931_call* call, const std::string& number) {
  if (!is_number(number)) return;
  pri_party_connected_line connected;
  std::memset(&connected, 0, sizeof connected);
  connected.id.number.valid = 1;
  connected.id.number.presentation = PRES_ALLOWED_USER_NUMBER_NOT_SCREENED;
  connected.id.number.plan = plan_of(number, NumberType::unknown);
  copy_text(connected.id.number.str, digits_of(number));
  pri_connected_line_update(pri, call, &connected);
}

std::optional<Charge> charge_of(const pri_subcommand& subcommand) {
  if (subcommand.cmd == PRI_SUBCMD_AOC_D) return read_charge(subcommand.u.aoc_d, false);
  if (subcommand.cmd == PRI_SUBCMD_AOC_E) return read_charge(subcommand.u.aoc_e, true);
  return std::nullopt;
}

void send_charge(pri* pri, q931_call* call, const Charge& charge) {
  if (charge.final) {
    pri_subcmd_aoc_e advice;
    std::memset(&advice, 0, sizeof advice);
    advice.billing_id = PRI_AOC_E_BILLING_ID_NORMAL;
    write_charge(charge, advice);
    pri_aoc_e_send(pri, call, &advice);
  } else {
    pri_subcmd_aoc_d advice;
    std::memset(&advice, 0, sizeof advice);
    advice.billing_id = PRI_AOC_D_BILLING_ID_NORMAL;
    write_charge(charge, advice);
    pri_aoc_d_send(pri, call, &advice);
  }
}

}  // namespace hotline::isdn
